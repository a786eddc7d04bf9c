/**
 * The SURBs of others that a client holds, by senderTag, and the replies that wait for more. The rules are those of the
 * real client's reply controller: a reserve that only asking may touch, asking by what is needed, and giving up.
 */
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import { replyPackets } from "../../src/protocol/packets.js";
import type { Agenda } from "./agenda.js";
import type { LossCounts } from "./counters.js";
import type { LaneKey } from "./lanes.js";
import { countAbandoned, type Packet } from "./outbox.js";
import { newTransit, type SurbGrant } from "./transit.js";

/** A client asks for as many SURBs as it lacks, within these, and for none above the third. */
const SMALLEST_REQUEST = 10;
const LARGEST_REQUEST = 50;
const ENOUGH_SURBS = 200;
/** Times that a client asks for SURBs that do not come, before it gives up; it looks nine times in the time of starvation. */
const ASKS_IN_VAIN = 5;
const LOOKS = 9;
/** Looks without fresh SURBs before it asks again. */
const PATIENCE = 2.5;

/** A reply, or one lost packet of it, that waits for SURBs. */
interface Waiting {
  readonly packet: Packet;
  readonly lane: LaneKey;
  packets: number;
}

interface Account {
  readonly tag: SenderTag;
  owner: NymAddress;
  keyRing: number;
  held: number;
  /** SURBs asked for and not come yet. */
  expected: number;
  /** When SURBs last came. */
  lastAt: number;
  asksInVain: number;
  waiting: Waiting[];
  waitingPackets: number;
}

/** What the store needs of its client. */
export interface SurbStoreComponents {
  readonly agenda: Agenda;
  readonly lost: LossCounts;
  /** Queues packets, whose SURBs have been taken. */
  readonly send: (lane: LaneKey, packet: Packet, packets: number) => void;
}

/** Settings of a store; the times in milliseconds. */
export interface SurbStoreOptions {
  readonly self: NymAddress;
  readonly reserve: number;
  readonly starvationMs: number;
  readonly latePushMs: number;
}

/** One client's store of SURBs. */
export class SurbStore {
  readonly #components: SurbStoreComponents;
  readonly #options: SurbStoreOptions;
  readonly #accounts = new Map<SenderTag, Account>();
  readonly #waitingByLane = new Map<LaneKey, number>();
  #looking = false;

  constructor(components: SurbStoreComponents, options: SurbStoreOptions) {
    this.#components = components;
    this.#options = options;
  }

  /** SURBs held, of one tag or of all. */
  held(tag?: SenderTag): number {
    if (tag !== undefined) return this.#accounts.get(tag)?.held ?? 0;
    return [...this.#accounts.values()].reduce((sum, account) => sum + account.held, 0);
  }

  /** Reply packets that wait for SURBs, in one lane or in all. */
  waiting(lane?: LaneKey): number {
    if (lane !== undefined) return this.#waitingByLane.get(lane) ?? 0;
    return [...this.#waitingByLane.values()].reduce((sum, packets) => sum + packets, 0);
  }

  /** Sends what the SURBs above the reserve carry, lets the rest wait, and asks for more if that is needed. */
  reply(tag: SenderTag, message: Buffer, lane: LaneKey): void {
    const account = this.#accounts.get(tag);
    if (account === undefined) {
      this.#components.lost.unknownTag += 1;
      return;
    }
    const packets = replyPackets(message.length);
    const transit = newTransit(account.owner, { kind: "reply", keyRing: account.keyRing, message }, packets, tag);
    const covered = Math.min(packets, this.#spendable(account));
    account.held -= covered;
    const packet = { transit, attempt: 0, needed: true };
    if (covered > 0) this.#components.send(lane, packet, covered);
    if (covered < packets) this.#wait(account, { packet, lane, packets: packets - covered });
    if (this.#lacks(account)) this.#ask(account);
    if (covered < packets && this.#isLate(account)) this.#giveUp(account, "late");
  }

  /** Sends a lost packet of a reply again, with another SURB, or lets it wait for one. */
  resend(packet: Packet): void {
    const { by, content } = packet.transit;
    const account = by === undefined ? undefined : this.#accounts.get(by);
    if (account === undefined) return;
    const reserve = content.kind === "surbRequest" ? 0 : this.#options.reserve;
    if (account.held >= Math.max(1, reserve)) {
      account.held -= 1;
      this.#components.send("retransmissions", packet, 1);
      return;
    }
    this.#wait(account, { packet, lane: "retransmissions", packets: 1 });
    if (this.#lacks(account)) this.#ask(account);
  }

  /** Books SURBs that came with a message, and sends what waited for them. `alive`: how many of them can still be used. */
  receive(tag: SenderTag, surbs: SurbGrant, alive: number, requested: boolean): void {
    const account = this.#accounts.get(tag) ?? newAccount(tag, surbs);
    this.#accounts.set(tag, account);
    account.owner = surbs.owner;
    account.keyRing = surbs.keyRing;
    account.held += alive;
    account.lastAt = this.#components.agenda.now();
    account.asksInVain = 0;
    if (requested) account.expected = Math.max(0, account.expected - surbs.count);
    this.#sendWaiting(account);
    if (this.#lacks(account)) this.#ask(account);
  }

  /** The mix nodes have new keys: every SURB is dead; a client that runs asks each tag once for fresh ones. */
  rotate(running: boolean): void {
    for (const account of this.#accounts.values()) {
      if (running && account.held > 0) this.#ask(account, account.held);
      account.held = 0;
    }
  }

  /** Throws away the SURBs of one tag, or all, and says how many. The tag stays known. */
  exhaust(tag?: SenderTag): number {
    const thrownAway = this.held(tag);
    for (const account of this.#accounts.values()) if (tag === undefined || account.tag === tag) account.held = 0;
    return thrownAway;
  }

  /** Drops what waits, as the end of the process does; `forget` also throws away all SURBs. */
  stop(forget: boolean): void {
    for (const account of this.#accounts.values()) {
      this.#giveUp(account, "dropped");
      account.expected = 0;
    }
    if (forget) this.#accounts.clear();
  }

  #spendable(account: Account): number {
    return Math.max(0, account.held - this.#options.reserve);
  }

  #isLate(account: Account): boolean {
    return this.#components.agenda.now() - account.lastAt > this.#options.latePushMs;
  }

  /** Whether what is held and expected falls short of what waits and the reserve. */
  #lacks(account: Account): boolean {
    const available = account.held + account.expected;
    return available < ENOUGH_SURBS && available < account.waitingPackets + this.#options.reserve;
  }

  /** Spends one SURB, of the reserve if need be, on asking for more; does nothing if there is none. */
  #ask(account: Account, amount = clamp(account.waitingPackets, SMALLEST_REQUEST, LARGEST_REQUEST)): void {
    if (account.held === 0) return;
    account.held -= 1;
    account.expected += amount;
    const { owner, keyRing, tag } = account;
    const content = { kind: "surbRequest", keyRing, asker: this.#options.self, amount } as const;
    const transit = newTransit(owner, content, 1, tag);
    this.#components.send("surb requests", { transit, attempt: 0, needed: true }, 1);
  }

  #wait(account: Account, waiting: Waiting): void {
    account.waiting.push(waiting);
    this.#count(account, waiting.lane, waiting.packets);
    if (this.#looking) return;
    this.#looking = true;
    this.#components.agenda.after(this.#options.starvationMs / LOOKS, () => this.#look());
  }

  #sendWaiting(account: Account): void {
    let spendable = this.#spendable(account);
    while (spendable > 0) {
      const [first] = account.waiting;
      if (first === undefined) return;
      const packets = Math.min(spendable, first.packets);
      spendable -= packets;
      account.held -= packets;
      first.packets -= packets;
      this.#count(account, first.lane, -packets);
      if (first.packets === 0) account.waiting.shift();
      this.#components.send(first.lane, first.packet, packets);
    }
  }

  /** Looks at what waits: asks again where no SURBs came, and gives up where asking was in vain or it is too late. */
  #look(): void {
    this.#looking = false;
    const patience = (PATIENCE * this.#options.starvationMs) / LOOKS;
    for (const account of this.#accounts.values()) {
      if (account.waiting.length === 0) continue;
      if (account.asksInVain > ASKS_IN_VAIN) this.#giveUp(account, "starved");
      else if (this.#isLate(account)) this.#giveUp(account, "late");
      else if (this.#components.agenda.now() - account.lastAt > patience) {
        account.asksInVain += 1;
        this.#ask(account);
        account.expected = 0;
      }
    }
    if (this.waiting() === 0) return;
    this.#looking = true;
    this.#components.agenda.after(this.#options.starvationMs / LOOKS, () => this.#look());
  }

  #giveUp(account: Account, reason: "starved" | "late" | "dropped"): void {
    this.#components.lost[reason] += countAbandoned(account.waiting.map(({ packet }) => packet));
    for (const waiting of account.waiting) this.#count(account, waiting.lane, -waiting.packets);
    account.waiting = [];
    account.asksInVain = 0;
  }

  #count(account: Account, lane: LaneKey, packets: number): void {
    account.waitingPackets += packets;
    const count = this.waiting(lane) + packets;
    if (count === 0) this.#waitingByLane.delete(lane);
    else this.#waitingByLane.set(lane, count);
  }
}

function newAccount(tag: SenderTag, { owner, keyRing }: SurbGrant): Account {
  return { tag, owner, keyRing, held: 0, expected: 0, lastAt: 0, asksInVain: 0, waiting: [], waitingPackets: 0 };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
