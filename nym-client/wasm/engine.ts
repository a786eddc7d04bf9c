/** What this program needs of a Nym client that runs inside its process: a narrow interface, so that tests can put another there. */
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";

/** A Nym client that is connected to its gateway. Sends resolve when it has taken the message over, which says nothing of delivery. */
export interface MixnetEngine {
  readonly address: NymAddress;
  send(message: Uint8Array, recipient: NymAddress): Promise<void>;
  sendAnonymous(message: Uint8Array, recipient: NymAddress, replySurbs: number): Promise<void>;
  reply(message: Uint8Array, senderTag: SenderTag): Promise<void>;
}

/** What an engine tells of. */
export interface EngineEvents {
  /** A message from the mixnet; it may come before the engine's start has resolved. */
  readonly received: (message: Buffer, senderTag: SenderTag | undefined) => void;
  /** The connection to the gateway is gone, and with it everything: the engine never reconnects. */
  readonly lost: () => void;
  /** It does what it was not known to do, and cannot be trusted any more. */
  readonly broken: (error: Error) => void;
}

/** Starts an engine. Rejects when it cannot register or connect, with an `OperatorError` for what the operator can mend. */
export type StartEngine = (events: EngineEvents) => Promise<MixnetEngine>;
