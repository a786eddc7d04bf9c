/** Faults on demand: what can go wrong, checked, and changeable while the mixnet runs. */
import { z } from "zod";

const probability = z.number().min(0).max(1);
const milliseconds = z.number().nonnegative();

/** Changes to the faults, as a command brings them. */
export const faultChanges = z
  .strictObject({
    delayMs: milliseconds,
    jitterMs: milliseconds,
    loss: probability,
    packetLoss: probability,
    duplicate: probability,
    reorder: probability,
    reorderMs: milliseconds,
    abortOnFailedHandshake: z.boolean(),
    reconnectRefusedMs: milliseconds,
  })
  .partial();

/** Some faults, to be changed to what is given. */
export type FaultChanges = z.input<typeof faultChanges>;

/** What goes wrong with the messages that a client sends, and with its socket. */
export interface Faults {
  /** How long a packet is under way, on average (milliseconds). */
  readonly delayMs: number;
  /** A packet takes `delayMs` ± this, evenly distributed, so that packets overtake each other (milliseconds). */
  readonly jitterMs: number;
  /** Probability that a message is gone for good. Nobody is told. */
  readonly loss: number;
  /** Probability that a packet is lost, and the same again for its ack; either way the client sends it again. */
  readonly packetLoss: number;
  /** Probability that a message arrives twice. */
  readonly duplicate: number;
  /** Probability that a message is held back until the next one to the same client has arrived. */
  readonly reorder: number;
  /** How long a message is held back at most, if none follows (milliseconds). */
  readonly reorderMs: number;
  /** Whether a connection that fails the WebSocket handshake, while no other is there, kills the client, as it does the real one. */
  readonly abortOnFailedHandshake: boolean;
  /** How long after the end of a connection the next one is still refused (milliseconds). */
  readonly reconnectRefusedMs: number;
}

const NO_FAULTS: Faults = {
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  packetLoss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 50,
  abortOnFailedHandshake: false,
  reconnectRefusedMs: 0,
};

/** The faults of a mixnet: those of all clients, and what differs for some. */
export class FaultBoard {
  #all = NO_FAULTS;
  readonly #some = new Map<string, Partial<Faults>>();

  /** Changes faults of one client, or of all that have not got their own. Throws a ZodError for what cannot be. */
  change(changes: FaultChanges, client?: string): void {
    const checked = Object.fromEntries(
      Object.entries(faultChanges.parse(changes)).filter(([, value]) => value !== undefined),
    );
    if (client === undefined) this.#all = { ...this.#all, ...checked };
    else this.#some.set(client, { ...this.#some.get(client), ...checked });
  }

  /** The faults of one client; those of all without a name. */
  of(client?: string): Faults {
    return { ...this.#all, ...(client === undefined ? undefined : this.#some.get(client)) };
  }
}
