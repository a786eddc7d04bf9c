/**
 * Watches one Nym client through its bridge: notes what comes in, asks and probes when nothing does, and has it revived
 * when too many checks in a row came to nothing. The probe is a plain message to ourselves, on a lane of its own, of
 * random bytes that are never read as a request; nobody else behind the bridge sees it.
 */
import { randomBytes, randomInt } from "node:crypto";
import { BridgeClosedError, BridgeFullError, type Bridge, type BridgeEvent } from "../bridge/bridge.js";
import type { NymAddress } from "../protocol/nym-client/address.js";
import type { Events } from "../telemetry/events.js";
import { judge, next, type Effect, type Event, type State } from "./state.js";

/** What a watch works with. */
export interface WatchComponents {
  readonly events: Pick<Events, "nymClientSilent" | "nymClientBusy">;
  /** What is queued at the Nym client, and all that has ever left its queue, in packets. */
  readonly load: () => { readonly queued: number; readonly departed: number };
  /** Whether it should be connected: a client that is starting is not missed. */
  readonly isExpected: () => boolean;
  /** Starts it again, or does what else can be done. */
  readonly revive: () => void;
}

/** Times in milliseconds. */
export interface WatchOptions {
  /** How long nothing is done after a check, or a sign of life. */
  readonly everyMs: number;
  readonly addressMs: number;
  readonly probeMs: number;
  /** So many misses in a row are a death. */
  readonly misses: number;
  readonly busySeconds: number;
  readonly packetsPerSecond: number;
}

/** A bridge that is watched. */
export interface WatchedBridge extends Bridge {
  /** Checks in a row that came to nothing. */
  readonly misses: number;
}

/** Watches what passes over `bridge`, which the result stands for. Closing that ends both. */
export function watchBridge(bridge: Bridge, components: WatchComponents, options: WatchOptions): WatchedBridge {
  return new Watch(bridge, components, options);
}

const PROBE_BYTES = 32;
/** Above the lanes of users, see `pipeline/session.ts`. */
const PROBE_LANES = [2 ** 47, 2 ** 48 - 1] as const;

class Watch implements WatchedBridge {
  readonly index: number;
  misses = 0;
  readonly #bridge: Bridge;
  readonly #components: WatchComponents;
  readonly #options: WatchOptions;
  readonly #lane = randomInt(...PROBE_LANES);
  /** Probes that may still come back, the newest last. */
  readonly #probes: Buffer[] = [];
  #state: State = "away";
  #timer: NodeJS.Timeout | undefined;
  #address: NymAddress | undefined;
  #askedAt = 0;
  #departed = 0;
  /** Whoever reads our events waits for more. While not, nothing can be heard, and the fault is ours. */
  #isRead = true;
  #closed = false;

  constructor(bridge: Bridge, components: WatchComponents, options: WatchOptions) {
    this.index = bridge.index;
    this.#bridge = bridge;
    this.#components = components;
    this.#options = options;
    this.#arm("checkDue", options.everyMs);
  }

  async *events(): AsyncGenerator<readonly BridgeEvent[], void, undefined> {
    for await (const batch of this.#bridge.events()) {
      const events = this.#observe(batch);
      this.#isRead = false;
      yield events;
      this.#isRead = true;
    }
  }

  get full(): boolean {
    return this.#bridge.full;
  }

  send(...request: Parameters<Bridge["send"]>): void {
    this.#bridge.send(...request);
  }

  /** What is dropped cannot be heard: nothing is watched any more. */
  endIntake(): void {
    this.#end();
    this.#bridge.endIntake();
  }

  reconnect(): void {
    this.#bridge.reconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await this.#bridge[Symbol.asyncDispose]();
  }

  #end(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** The events of a batch that are not ours. */
  #observe(batch: readonly BridgeEvent[]): readonly BridgeEvent[] {
    let probes = 0;
    let heard = false;
    for (const event of batch) {
      if (event.type === "received") {
        heard = true;
        if (this.#isProbe(event)) probes++;
      } else if (event.type === "opened") {
        this.#address = event.address;
        this.#dispatch("opened");
      } else if (event.type === "closed" || event.type === "selfAddress") {
        this.#dispatch(event.type === "closed" ? "closed" : "addressTold");
      }
    }
    if (heard) this.#dispatch("messageHeard");
    return probes === 0 ? batch : batch.filter((event) => !this.#isProbe(event));
  }

  #isProbe(event: BridgeEvent): boolean {
    if (event.type !== "received" || event.senderTag !== undefined) return false;
    return this.#probes.some((probe) => probe.equals(event.message));
  }

  #dispatch(event: Event): void {
    const { state, effects } = next(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#effects[effect]();
  }

  readonly #effects: Readonly<Record<Effect, () => void>> = {
    ask: () => this.#ask(),
    armCheck: () => this.#arm("checkDue", this.#options.everyMs),
    armAddress: () => this.#arm("addressOverdue", this.#options.addressMs),
    armProbe: () => {
      const left = this.#askedAt + this.#options.probeMs - performance.now();
      this.#arm("probeOverdue", Math.max(0, left));
    },
    alive: () => (this.misses = 0),
    miss: () => this.#miss(),
  };

  #arm(event: Event, ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => this.#dispatch(event), ms);
  }

  #ask(): void {
    this.#askedAt = performance.now();
    this.#departed = this.#components.load().departed;
    if (this.#address === undefined) return;
    const message = randomBytes(PROBE_BYTES);
    this.#probes.push(message);
    if (this.#probes.length > this.#options.misses + 1) this.#probes.shift();
    try {
      this.#bridge.send({ type: "selfAddress" });
      this.#bridge.send({ type: "send", recipient: this.#address, lane: this.#lane, message });
    } catch (error) {
      // The end of the connection will be told. One that reads nothing answers nothing.
      if (!(error instanceof BridgeClosedError || error instanceof BridgeFullError)) throw error;
    }
  }

  #miss(): void {
    if (!this.#isRead || !this.#components.isExpected()) return;
    const { misses: limit, busySeconds, packetsPerSecond } = this.#options;
    const { queued, departed } = this.#components.load();
    const [misses, queuedSeconds] = [this.misses + 1, queued / packetsPerSecond];
    const verdict = judge({ misses, limit, queuedSeconds, busySeconds, moving: departed > this.#departed });
    const client = this.index;
    if (verdict === "excused") {
      this.#components.events.nymClientBusy({ client, queuedSeconds: Math.round(queuedSeconds) });
      return;
    }
    this.misses = misses;
    this.#components.events.nymClientSilent({ client, misses });
    if (verdict === "dead") this.#components.revive();
  }
}
