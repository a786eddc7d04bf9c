/** One Nym client of the mixnet: what it does for its application, and what it does with messages that reach it. */
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import type { ClientRequest, ClientResponse } from "../../src/protocol/nym-client/frames.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import { anonymousPackets, plainPackets } from "../../src/protocol/packets.js";
import { Place, type Seat } from "../host/place.js";
import type { Agenda } from "./agenda.js";
import { type ClientSnapshot, columnOf, newCounters } from "./counters.js";
import type { Faults } from "./faults.js";
import { gatewayOf } from "./identity.js";
import type { LaneKey } from "./lanes.js";
import type { Network, Party } from "./network.js";
import { Outbox, type Packet } from "./outbox.js";
import { createRandom, type Random } from "./random.js";
import { SenderTags } from "./sender-tags.js";
import { SurbStore } from "./surb-store.js";
import { abandon, type Content, newTransit, type SurbGrant, type Transit } from "./transit.js";

/** Told of what passes between a client and its application, as it passes; for checks that must see both sides. */
export interface Watcher {
  /** The application asks the client for something. */
  readonly onRequest?: (request: ClientRequest) => void;
  /** A message has arrived for the application, with so many SURBs. */
  readonly onMessage?: (senderTag: SenderTag | undefined, message: Buffer, surbs: number) => void;
}

/** How a client process ends: asked to (SIGINT), or at once (SIGTERM, SIGKILL, a crash). */
export type StopKind = "graceful" | "killed";

/** What a client needs. */
export interface ClientComponents {
  readonly agenda: Agenda;
  readonly network: Network;
}

/** Settings of one client. */
export interface ClientOptions {
  readonly name: string;
  readonly address: NymAddress;
  readonly seed: string;
  readonly packetsPerSecond: number;
  readonly reserve: number;
  readonly starvationMs: number;
  readonly latePushMs: number;
  readonly retransmitMs: number;
  readonly replyRetransmissions: number;
  readonly restartMs: number;
  readonly faults: Faults;
}

/** The most packets of one message; a real client would be busy with it for half an hour. */
const MOST_PACKETS = 65_535;
/** SURBs that a client sends at most when it is asked for more, and how many go into one message. */
const MOST_FRESH_SURBS = 500;
const FRESH_SURBS_PER_MESSAGE = 100;

/** A running, or stopped, Nym client. */
export class LoopbackClient implements Party {
  readonly name: string;
  readonly address: NymAddress;
  readonly counters = newCounters();
  readonly random: Random;
  /** Told whenever its process has started or ended. */
  onRunning: (running: boolean) => void = () => undefined;
  /** Who looks on. */
  watcher: Watcher = {};
  /** What goes wrong with the messages that it sends, and with its socket. */
  faults: Faults;
  readonly #components: ClientComponents;
  readonly #options: ClientOptions;
  readonly #senderTags: SenderTags;
  readonly #place: Place;
  readonly #outbox: Outbox;
  readonly #surbs: SurbStore;
  #running = true;
  #hasGateway = true;
  #watchRunning: (running: boolean) => void = () => undefined;
  #run = 0;
  /** Counts the times that the reply keys were thrown away. */
  #keyRing = 0;
  #restarts = 0;

  constructor(components: ClientComponents, options: ClientOptions) {
    const { agenda } = components;
    this.name = options.name;
    this.address = options.address;
    this.faults = options.faults;
    this.random = createRandom(options.seed, "faults", options.name);
    this.#components = components;
    this.#options = options;
    this.#senderTags = new SenderTags(options.seed, options.name);
    this.#place = new Place({
      now: () => agenda.now(),
      refuseMs: () => this.faults.reconnectRefusedMs,
      onFailedHandshake: () => {
        if (this.faults.abortOnFailedHandshake) this.restart("killed");
      },
    });
    const emit = (packet: Packet, packets: number): void => this.#emit(packet, packets);
    const random = createRandom(options.seed, "pace", options.name);
    this.#outbox = new Outbox({ agenda, random, emit }, options.packetsPerSecond);
    this.#surbs = new SurbStore(
      {
        agenda,
        lost: this.counters.lost,
        send: (lane, packet, packets) => this.#outbox.send(lane, packet, packets),
      },
      { self: options.address, ...options },
    );
  }

  /** Whether the process runs. */
  get running(): boolean {
    return this.#running;
  }

  /** Whether messages reach it: what comes while they do not is kept by its gateway. */
  get reachable(): boolean {
    return this.#running && this.#hasGateway;
  }

  /**
   * Loses the gateway, or has it again. The process runs on, and answers its application; what it is to send waits, and
   * nothing of it is lost.
   */
  setGateway(there: boolean): void {
    this.#hasGateway = there;
    if (!there) {
      this.#outbox.hold();
      return;
    }
    this.#outbox.release();
    if (this.#running) this.#components.network.login(this);
  }

  /** What it has done, and what it holds. */
  snapshot(stored: number): ClientSnapshot {
    return {
      sent: { ...this.counters.sent },
      received: { ...this.counters.received },
      lost: { ...this.counters.lost },
      running: this.#running,
      connected: this.#place.connected,
      queued: this.#outbox.queued(),
      waiting: this.#surbs.waiting(),
      surbs: this.#surbs.held(),
      unread: this.#place.unread,
      stored,
    };
  }

  /** Takes the client's only place for an application; `undefined` when it is taken, or the client does not run. */
  admit(): Seat | undefined {
    return this.#running ? this.#place.take() : undefined;
  }

  /** Cuts the application's connection, and says whether there was one. The client runs on. */
  dropSocket(): boolean {
    return this.#place.cut();
  }

  /** Ends the process: what was queued, waiting or unread is lost; a kill also loses the SURBs and the reply keys. */
  stop(how: StopKind): void {
    if (!this.#running) return;
    this.#running = false;
    this.#surbs.stop(how === "killed");
    if (how === "killed") this.#keyRing += 1;
    this.counters.lost.dropped += this.#outbox.drop() + this.#place.vacate();
    this.#watchRunning(false);
  }

  /** Starts the process again: new senderTags, and what the gateway kept. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#run += 1;
    this.#senderTags.renew();
    if (this.#hasGateway) this.#components.network.login(this);
    this.onRunning(true);
    this.#watchRunning(true);
  }

  /** Has its port told when the process ends and starts: one that is down has none. */
  watchRunning(watch: (running: boolean) => void): void {
    this.#watchRunning = watch;
  }

  /** Stops the client and starts it `downMs` milliseconds later. */
  restart(how: StopKind, downMs = this.#options.restartMs, done?: () => void): void {
    this.stop(how);
    this.#restarts += 1;
    const restart = this.#restarts;
    this.#components.agenda.after(downMs, () => {
      if (this.#restarts === restart) this.start();
      done?.();
    });
  }

  /** Does what the application asks. Returns the answer, if there is one. */
  request(request: ClientRequest): ClientResponse | undefined {
    if (!this.#running) return undefined;
    this.watcher.onRequest?.(request);
    switch (request.type) {
      case "selfAddress":
        return { type: "selfAddress", address: this.address };
      case "closedConnection":
        this.counters.lost.dropped += this.#outbox.drop(request.lane);
        return undefined;
      case "laneQueueLength":
        return this.#laneQueueLength(request.lane);
      case "send":
      case "sendAnonymous":
      case "reply": {
        // The real client answers before it has cut the message into packets, so they do not count yet.
        const answer = request.lane === undefined ? undefined : this.#laneQueueLength(request.lane);
        this.#post(request);
        return answer;
      }
    }
  }

  /** Takes a message that has arrived. */
  receive({ content, packets }: Transit): void {
    this.counters.received[columnOf(content)] += packets;
    this.counters.sent.acks += packets;
    switch (content.kind) {
      case "plain":
        this.#push(undefined, content.message);
        return;
      case "anonymous":
        if (content.surbs.count > 0) this.#bookSurbs(content.senderTag, content.surbs, false);
        this.#push(content.senderTag, content.message, content.surbs.count);
        return;
      case "freshSurbs":
        this.#bookSurbs(content.senderTag, content.surbs, true);
        return;
      case "reply":
        if (content.keyRing !== this.#keyRing) this.counters.lost.noReplyKey += 1;
        else if (content.message.length === 0) this.counters.lost.empty += 1;
        else this.#push(undefined, content.message);
        return;
      case "surbRequest":
        if (content.keyRing === this.#keyRing) this.#sendFreshSurbs(content.asker, content.amount);
    }
  }

  /** Sends a packet again whose ack did not come: one of a reply a limited number of times, each with another SURB. */
  resend(packet: Packet): void {
    const { transit } = packet;
    if (transit.by === undefined) this.#outbox.send("retransmissions", packet, 1);
    else if (packet.attempt <= this.#options.replyRetransmissions) this.#surbs.resend(packet);
    else if (packet.needed) this.counters.lost.gaveUp += abandon(transit);
  }

  /** After which time (milliseconds) an ack is missed. */
  get ackTimeoutMs(): number {
    return 1.5 * 2 * this.faults.delayMs + this.#options.retransmitMs;
  }

  /** Counts starts: a packet of an earlier run is not sent again. */
  get run(): number {
    return this.#run;
  }

  /** The SURBs that it holds are dead: asks every known tag for fresh ones, if it runs. */
  rotateKeys(): void {
    this.#surbs.rotate(this.#running);
  }

  /** Throws away the SURBs of one tag, or all, and says how many. */
  exhaust(tag?: SenderTag): number {
    return this.#surbs.exhaust(tag);
  }

  #laneQueueLength(lane: number): ClientResponse {
    return { type: "laneQueueLength", lane, length: this.#outbox.queued(lane) + this.#surbs.waiting(lane) };
  }

  #post(request: Extract<ClientRequest, { type: "send" | "sendAnonymous" | "reply" }>): void {
    const message = asBuffer(request.message);
    const lane = request.lane ?? "general";
    if (request.type === "reply") {
      this.#surbs.reply(request.senderTag, message, lane);
      return;
    }
    const { recipient } = request;
    if (request.type === "send") {
      this.#dispatch(recipient, { kind: "plain", message }, plainPackets(message.length), lane);
      return;
    }
    const surbs = this.#grant(request.replySurbs);
    const content: Content = { kind: "anonymous", senderTag: this.#senderTags.for(recipient), surbs, message };
    this.#dispatch(recipient, content, anonymousPackets(message.length, surbs.count), lane);
  }

  #dispatch(to: NymAddress, content: Content, packets: number, lane: LaneKey): void {
    if (gatewayOf(to) !== gatewayOf(this.address)) this.counters.lost.noRoute += 1;
    else if (packets > MOST_PACKETS) this.counters.lost.tooLarge += 1;
    else this.#outbox.send(lane, { transit: newTransit(to, content, packets), attempt: 0, needed: true }, packets);
  }

  #emit(packet: Packet, packets: number): void {
    const column = packet.attempt > 0 ? "retransmissions" : columnOf(packet.transit.content);
    this.counters.sent[column] += packets;
    this.#components.network.carry(this, packet, packets);
  }

  #push(senderTag: SenderTag | undefined, message: Buffer, surbs = 0): void {
    this.watcher.onMessage?.(senderTag, message, surbs);
    this.#place.push({ type: "received", senderTag, message });
  }

  #bookSurbs(tag: SenderTag, surbs: SurbGrant, requested: boolean): void {
    const alive = surbs.rotation === this.#components.network.rotation ? surbs.count : 0;
    this.#surbs.receive(tag, surbs, alive, requested);
  }

  /** Answers a request for SURBs, if this run has ever sent the asker any. */
  #sendFreshSurbs(asker: NymAddress, amount: number): void {
    const senderTag = this.#senderTags.known(asker);
    if (senderTag === undefined) return;
    for (let left = Math.min(amount, MOST_FRESH_SURBS); left > 0; left -= FRESH_SURBS_PER_MESSAGE) {
      const surbs = this.#grant(Math.min(left, FRESH_SURBS_PER_MESSAGE));
      this.#dispatch(asker, { kind: "freshSurbs", senderTag, surbs }, anonymousPackets(0, surbs.count), "fresh surbs");
    }
  }

  #grant(count: number): SurbGrant {
    return { count, owner: this.address, keyRing: this.#keyRing, rotation: this.#components.network.rotation };
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
