/** The decision that is answered with no more than that it was taken. */
import type { Answers } from "../../protocol/v2/reply.js";
import type { V2Action, V2Request } from "../../protocol/v2/request.js";
import type { Nothing } from "../../protocol/v2/terms.js";
import type { Change } from "../../store/changes.js";
import type { Decision } from "../action.js";

/** The actions whose answer is empty. */
type Quiet = { readonly [A in V2Action]: Answers[A] extends Nothing ? A : never }[V2Action];

/** Makes these changes, and says so. */
export function done({ id, action }: V2Request<Quiet>, changes: readonly Change[] = []): Decision {
  return { reply: { dialect: "v2", id, action, result: "ok", answer: {} }, changes };
}
