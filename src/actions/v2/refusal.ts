/** Replies that say no, and after how long it makes sense to ask again. */
import type { ErrorResult } from "../../protocol/v2/codes.js";
import type { V2Reply } from "../../protocol/v2/reply.js";
import type { V2Request } from "../../protocol/v2/request.js";
import type { Decision, Failure, Parsed } from "../action.js";

/** Seconds: until a conflict is over, a rate allows more, a disk may write again, a recipient may have fetched. */
const AFTER: { readonly [R in ErrorResult]?: number } = { busy: 1, limited: 5, unavailable: 10, mailboxFull: 600 };

/** The reply of `request` with that code; `after` in seconds. */
export function refusal({ id, action }: V2Request, result: ErrorResult, after = AFTER[result]): V2Reply {
  return { dialect: "v2", id, action, result, ...(after !== undefined && { after }) };
}

/** The decision to do nothing and say so. */
export function refuse(request: V2Request, result: ErrorResult): Decision {
  return { reply: refusal(request, result), changes: [] };
}

/** Seconds: operators stop registrations for hours rather than seconds. */
const STOPPED_AFTER = 600;

/** The decision on a registration while there are none. */
export function refuseWhileStopped(request: V2Request): Decision {
  return { reply: refusal(request, "unavailable", STOPPED_AFTER), changes: [] };
}

/** What every action answers when nothing could be decided or committed. */
export function failed({ body }: Parsed<V2Request, "v2">, why: Failure): V2Reply {
  return refusal(body, why);
}
