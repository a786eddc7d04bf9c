/**
 * How a client reaches the mixnet: one Nym client of its own, whatever hosts it. Every implementation passes
 * `test/contract/transport.ts`. Nothing here, nor in what imports only this, needs Node.
 */
import type { NymAddress } from "../protocol/nym-client/address.js";

/** What a transport tells, in the order in which it happened; never before `start` was called, never after `close`. */
export interface TransportListener {
  /** A message arrived: an answer to one of ours, or one that somebody sent straight to our address. */
  message(message: Uint8Array): void;
  /** Connected for the first time, or again: then the tag that others know us by may be another one. */
  connected(address: NymAddress): void;
  /** The connection to the Nym client is gone; the transport tries to get it back until it is closed. */
  disconnected(): void;
}

/** One Nym client. Handing a message over is never proof of delivery. */
export interface Transport extends AsyncDisposable {
  /**
   * Connects, and goes on doing so whenever the connection is lost. The listener is attached before anything can arrive.
   * Resolves with the own address when first connected; rejects with `NotConnectedError` when that takes too long, and
   * then the transport is closed. To be called once.
   */
  start(listener: TransportListener): Promise<NymAddress>;

  /** Is the Nym client there to take a message? */
  readonly connected: boolean;

  /** Packets that the Nym client still has to send, as far as is known: a message waits for those before it. */
  readonly backlog: number;

  /** Hands over an anonymous message with `surbs` reply SURBs attached. Throws `NotConnectedError` when not connected. */
  send(recipient: NymAddress, message: Uint8Array, surbs: number): void;

  /** Ends the connection; nothing is told any more. */
  close(): Promise<void>;
}

/** No Nym client is connected; `message` says what was tried, and holds no address or tag. */
export class NotConnectedError extends Error {
  override readonly name = "NotConnectedError";
}
