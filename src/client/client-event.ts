/** What a client tells about what it does, besides the messages: for a display, a log or a test. */
import type { NymAddress } from "../protocol/nym-client/address.js";
import type { Reply } from "../protocol/v1/reply.js";
import type { Use } from "./addresses.js";
import type { ClientErrorCode } from "./errors.js";
import type { SentRequest } from "./exchange.js";
import type { Rejection } from "./incoming.js";

/** Something that happened. Sizes are bytes of plaintext and Sphinx packets. */
export type ClientEvent =
  | { readonly type: "connected"; readonly address: NymAddress }
  | { readonly type: "disconnected" }
  /** Nobody answered at the address of the directory that was used for this: another one is, from now on. */
  | { readonly type: "moved"; readonly use: Use; readonly to: NymAddress }
  /** After a connection came back, or our home is at another address: the directory knows where we are again. */
  | { readonly type: "loggedIn" }
  /** It does not, and why. */
  | { readonly type: "loggedOut"; readonly code: ClientErrorCode }
  | ({ readonly type: "sent"; readonly packets: number } & SentRequest)
  | { readonly type: "received"; readonly kind: Reply["kind"]; readonly bytes: number; readonly packets: number }
  /** `foreign`: no reply of v1. `forged`: not signed by the directory. `stray`: nobody waits for it any more. */
  | { readonly type: "dropped"; readonly reason: "foreign" | "forged" | "stray" }
  /** A message was not shown. */
  | { readonly type: "rejected"; readonly reason: Rejection; readonly sender: string | undefined };
