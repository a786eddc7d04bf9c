/** The proof of a change of a group: one signature for now, as every request has it, and one that members keep in the log. */
import type { GroupChange, GroupId } from "../../../protocol/v2/groups.js";
import type { SignedAction, V2Request } from "../../../protocol/v2/request.js";
import { groupChangeText } from "../../../protocol/v2/signed-texts.js";
import type { DecisionContext } from "../../action.js";
import type { Proof } from "../../proof.js";
import { alsoSigned, SIGNED } from "../signed.js";
import type { Signer } from "../signed.js";

/** What the second signature is of. */
interface LoggedChange {
  readonly group: GroupId;
  readonly sequence: number;
  readonly change: GroupChange;
  readonly signature: Uint8Array;
}

/** Both signatures are of the user's present key. */
export function signedTwice(
  body: V2Request<SignedAction>,
  rows: Signer,
  { signature, ...change }: LoggedChange,
  context: DecisionContext,
): Proof {
  const { name: actor, keyVersion } = body.auth;
  const message = groupChangeText(context.directory.identity, { ...change, actor, keyVersion });
  return alsoSigned(SIGNED.proof({ body }, rows, context), [{ message, signature }]);
}
