/** What can become of a message that arrived from a v1 user. */
import type { Reply } from "./reply.js";
import type { V1Action, V1Request } from "./request.js";
import type { UnsupportedAction, UnsupportedReply } from "./unsupported.js";

/** Why a message is met with silence, as it is counted. */
export type DropReason = "dropped.oversized" | "dropped.malformed" | "dropped.unknownAction";

/** What became of a message. `reply` has the dialect of the request that it refuses. */
export type Decoded =
  | { readonly ok: V1Request; readonly reply?: never; readonly drop?: never }
  | { readonly reply: Reply; readonly action: V1Action; readonly ok?: never; readonly drop?: never }
  | { readonly reply: UnsupportedReply; readonly action: UnsupportedAction; readonly ok?: never; readonly drop?: never }
  | { readonly drop: DropReason; readonly ok?: never; readonly reply?: never };
