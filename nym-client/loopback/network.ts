/** What lies between the clients: the mix nodes, which delay, lose and reorder, and the gateway, which keeps what cannot be delivered. */
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import type { Agenda } from "./agenda.js";
import type { ClientCounters } from "./counters.js";
import type { Faults } from "./faults.js";
import type { Packet } from "./outbox.js";
import { createRandom, type Random } from "./random.js";
import { abandon, isData, type Transit } from "./transit.js";

interface Stored {
  readonly transit: Transit;
  readonly at: number;
}

/** A client, as the network knows it. */
export interface Party {
  readonly address: NymAddress;
  readonly counters: ClientCounters;
  readonly faults: Faults;
  readonly random: Random;
  readonly running: boolean;
  /** Counts starts: a packet of an earlier run is not sent again. */
  readonly run: number;
  /** Whether messages reach it: what comes while they do not is kept by its gateway. */
  readonly reachable: boolean;
  readonly ackTimeoutMs: number;
  receive(transit: Transit): void;
  resend(packet: Packet): void;
  rotateKeys(): void;
}

/** The network of one mixnet. */
export class Network {
  /** Counts key rotations; SURBs of an earlier one are dead. */
  rotation = 0;
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #keepMs: number;
  readonly #clients = new Map<NymAddress, Party>();
  readonly #stored = new Map<NymAddress, Stored[]>();
  readonly #heldBack = new Map<NymAddress, (() => void)[]>();

  constructor(agenda: Agenda, seed: string, keepMs: number) {
    this.#agenda = agenda;
    this.#random = createRandom(seed, "gateway");
    this.#keepMs = keepMs;
  }

  /** Makes a client reachable. */
  register(client: Party): void {
    this.#clients.set(client.address, client);
  }

  /** Messages kept for a client that does not run, or has no gateway. */
  stored(address: NymAddress): number {
    return this.#stored.get(address)?.length ?? 0;
  }

  /** Takes packets from a client. Once all packets of a message have got through, it is delivered. */
  carry(sender: Party, packet: Packet, packets: number): void {
    const { transit, needed } = packet;
    const arriving = this.#loseSome(sender, packet, packets);
    if (!needed) {
      const client = this.#clients.get(transit.to);
      if (client !== undefined) client.counters.received.retransmissions += arriving;
      return;
    }
    this.#delay(sender, transit, arriving);
    transit.missing -= arriving;
    if (transit.missing === 0) this.#complete(sender, transit);
  }

  /** Delivers what the gateway has kept for a client, in an order of its own. */
  login(client: Party): void {
    const stored = this.#stored.get(client.address) ?? [];
    this.#stored.delete(client.address);
    const oldest = this.#agenda.now() - this.#keepMs;
    const kept = stored.filter(({ at }) => at >= oldest);
    for (const { transit, at } of stored) if (at < oldest) client.counters.lost.dropped += abandon(transit);
    const [first] = kept;
    this.#random.shuffle(kept);
    if (kept[0] === first) kept.reverse();
    for (const { transit } of kept) client.receive(transit);
  }

  /** New keys at the mix nodes: all SURBs die, and each client asks for fresh ones. */
  rotateKeys(): void {
    this.rotation += 1;
    for (const client of this.#clients.values()) client.rotateKeys();
  }

  /** Loses packets and acks by chance, has them sent again, and says how many packets arrive. */
  #loseSome(sender: Party, { transit, attempt, needed }: Packet, packets: number): number {
    const { packetLoss } = sender.faults;
    if (packetLoss === 0) {
      sender.counters.received.acks += packets;
      return packets;
    }
    let arriving = 0;
    for (let index = 0; index < packets; index += 1) {
      const lost = sender.random.chance(packetLoss);
      if (!lost) arriving += 1;
      if (!lost && !sender.random.chance(packetLoss)) {
        sender.counters.received.acks += 1;
        continue;
      }
      const { run } = sender;
      this.#agenda.after(sender.ackTimeoutMs, () => {
        const again = { transit, attempt: attempt + 1, needed: lost && needed };
        if (sender.running && sender.run === run) sender.resend(again);
        else if (again.needed) sender.counters.lost.dropped += abandon(transit);
      });
    }
    return arriving;
  }

  #delay({ faults, random }: Party, transit: Transit, packets: number): void {
    if (faults.delayMs === 0 && faults.jitterMs === 0) return;
    const now = this.#agenda.now();
    for (let index = 0; index < packets; index += 1) {
      const jitter = faults.jitterMs === 0 ? 0 : faults.jitterMs * (2 * random.next() - 1);
      transit.arrivesAt = Math.max(transit.arrivesAt, now + Math.max(0, faults.delayMs + jitter));
    }
  }

  #complete(sender: Party, transit: Transit): void {
    const { faults, random, counters } = sender;
    if (random.chance(faults.loss)) {
      counters.lost.fault += abandon(transit);
      return;
    }
    const copies = isData(transit) && random.chance(faults.duplicate) ? 2 : 1;
    const heldBackMs = isData(transit) && random.chance(faults.reorder) ? faults.reorderMs : 0;
    for (let copy = 0; copy < copies; copy += 1) {
      const arriving = copy === 0 ? transit : withoutSurbs(transit);
      const arrive = (): void => this.#arrive(sender, arriving);
      const land = heldBackMs === 0 ? arrive : (): void => this.#holdBack(transit.to, arrive, heldBackMs);
      if (transit.arrivesAt <= this.#agenda.now()) this.#agenda.soon(land);
      else this.#agenda.at(transit.arrivesAt, land);
    }
  }

  #arrive(sender: Party, transit: Transit): void {
    const client = this.#clients.get(transit.to);
    if (client === undefined) sender.counters.lost.noRoute += 1;
    else if (client.reachable) client.receive(transit);
    else this.#store(transit);
    if (this.#heldBack.size > 0) this.#release(transit.to);
  }

  #store(transit: Transit): void {
    const stored = this.#stored.get(transit.to);
    const entry = { transit, at: this.#agenda.now() };
    if (stored === undefined) this.#stored.set(transit.to, [entry]);
    else stored.push(entry);
  }

  #holdBack(to: NymAddress, arrive: () => void, atMostMs: number): void {
    const heldBack = this.#heldBack.get(to) ?? [];
    this.#heldBack.set(to, heldBack);
    heldBack.push(arrive);
    this.#agenda.after(atMostMs, () => this.#release(to));
  }

  #release(to: NymAddress): void {
    const heldBack = this.#heldBack.get(to);
    if (heldBack === undefined) return;
    this.#heldBack.delete(to);
    for (const arrive of heldBack) arrive();
  }
}

/** The same message once more: SURBs are single-use, so it brings none. */
function withoutSurbs(transit: Transit): Transit {
  const { content } = transit;
  if (content.kind !== "anonymous") return transit;
  return { ...transit, content: { ...content, surbs: { ...content.surbs, count: 0 } } };
}
