/**
 * Changes the key with the recovery key that was in force with the version that the request names. It must be the one that
 * has the right to: see `recoveryRightOf`. A recovery is final, since no recovery key from before it has any right after it.
 */
import { ed25519Der } from "../../protocol/v2/ed25519.js";
import type { V2Request } from "../../protocol/v2/request.js";
import { keyHadBy, keyLogOf, recoveryRightOf } from "../../store/rows.js";
import type { KeyLogEntry, RecoveryRight, RowKey } from "../../store/rows.js";
import { hourAfter } from "../../util/time.js";
import type { Action } from "../action.js";
import { changedBefore, changeKey, keyChangeProof } from "./key-change.js";
import { ONCE, once } from "./outcome.js";
import type { OutcomeRead } from "./outcome.js";
import { failed, refuse } from "./refusal.js";
import { NOBODY, SIGNED } from "./signed.js";
import type { SignerRead } from "./signed.js";

type Next = OutcomeRead & {
  readonly signer: RowKey<KeyLogEntry>;
  readonly had: RowKey<true>;
  readonly right: RowKey<RecoveryRight>;
};

/** Not charged to the user's own limit: who has stolen their key could use that up. */
export const recover: Action<V2Request<"recover">, SignerRead, Next, "v2"> = {
  readOnly: false,
  reads: SIGNED.reads,

  readsNext(request, rows, context) {
    const user = rows.user?.id ?? NOBODY;
    return {
      ...ONCE.readsNext(request, rows, context),
      signer: keyLogOf(user, request.body.auth.keyVersion),
      had: keyHadBy(user, ed25519Der(request.body.body.key)),
      right: recoveryRightOf(user, hourAfter(context.now - context.settings.recoveryWindow)),
    };
  },

  proof({ body }, { user, signer }, context) {
    return keyChangeProof(body, signer?.recoveryKey, user?.keyVersion ?? 0, context);
  },

  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: (code) => changedBefore(request.body, code),
      first(user) {
        const { signer, right } = rows;
        const { recovery } = request.body.body;
        const signedBy = signer?.recoveryKey;
        if (signedBy === undefined || right === undefined || !Buffer.from(right.recoveryKey).equals(signedBy))
          return refuse(request.body, "recoveryClosed");
        const recoveryKey = recovery === undefined ? signedBy : ed25519Der(recovery);
        return changeKey(request, user, { by: "recovery", recoveryKey, had: rows.had }, context);
      },
    }),

  unproven: SIGNED.unproven,
  failed,
};
