/** A Nym client as the pipeline sees it: an ordered stream of events in, requests out. `socket.ts` implements it. */
import type { NymAddress } from "../protocol/nym-client/address.js";
import type { ClientRequest, ClientResponse } from "../protocol/nym-client/frames.js";

/** What happens at a Nym client, in the order in which it happened. */
export type BridgeEvent =
  /** Connected, and SelfAddress answered. `surbsLost`: replies to tags heard before this go nowhere. */
  | { readonly type: "opened"; readonly address: NymAddress; readonly surbsLost: boolean }
  | { readonly type: "closed" }
  | ClientResponse;

/** One Nym client of the pool. */
export interface Bridge extends AsyncDisposable {
  /** Position in the pool, from 0. */
  readonly index: number;
  /** All events from the first, in batches of what arrived together. One reader; ends when the bridge is closed for good. */
  events(): AsyncIterable<readonly BridgeEvent[]>;
  /** Whether the Nym client has left so much unread that it is handed nothing more for now. */
  readonly full: boolean;
  /** Hands a request over. Throws `BridgeClosedError` when not open, `BridgeFullError` when full. `flushed` tells when the operating system has it, or that it may not. */
  send(request: ClientRequest, flushed?: (error: Error | undefined) => void): void;
  /** Takes no more messages in: what comes from now on is dropped and counted. All other events go on. */
  endIntake(): void;
  /** Closes the connection, if there is one, so that it is made anew. */
  reconnect(): void;
}

/** Thrown by `send` when no Nym client is connected. */
export class BridgeClosedError extends Error {
  override readonly name = "BridgeClosedError";
  constructor() {
    super("the Nym client is not connected");
  }
}

/** Thrown by `send` when the Nym client does not read what it is handed. */
export class BridgeFullError extends Error {
  override readonly name = "BridgeFullError";
  constructor() {
    super("the Nym client does not read");
  }
}
