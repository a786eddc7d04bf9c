/** What makes two requests the same one: so that what is signed anew is not done again. */
import { encodeBody } from "./bodies.js";
import { encodeCbor } from "./cbor.js";
import { ACTIONS, type SignedAction, type V2Request } from "./request.js";

/** The parts to be digested: the number of the action, the folded name and the body; not the time, the key or the signature. */
export function requestDigestParts({ action, body, auth }: V2Request<SignedAction>): [number, string, Uint8Array] {
  return [ACTIONS[action], auth.name.toLowerCase(), encodeCbor(encodeBody(action, body))];
}
