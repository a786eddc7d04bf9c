/**
 * Changes the key: the old one signs the new one. What a rotation was answered can be asked for again with the key that it
 * ended, which is good for nothing else any more.
 */
import { ed25519Der } from "../../protocol/v2/ed25519.js";
import type { V2Request } from "../../protocol/v2/request.js";
import { keyHadBy, keyLogOf } from "../../store/rows.js";
import type { KeyLogEntry, RowKey } from "../../store/rows.js";
import type { Action } from "../action.js";
import { changedBefore, changeKey, keyChangeProof } from "./key-change.js";
import { ONCE, once } from "./outcome.js";
import type { OutcomeRead } from "./outcome.js";
import { NOBODY, SIGNED } from "./signed.js";
import type { SignerRead } from "./signed.js";

type Next = OutcomeRead & { readonly signer: RowKey<KeyLogEntry>; readonly had: RowKey<true> };

export const rotate: Action<V2Request<"rotate">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  readsNext: (request, rows, context) => ({
    ...ONCE.readsNext(request, rows, context),
    signer: keyLogOf(rows.user?.id ?? NOBODY, request.body.auth.keyVersion),
    had: keyHadBy(rows.user?.id ?? NOBODY, ed25519Der(request.body.body.key)),
  }),

  proof({ body }, { user, signer }, context) {
    const key = user?.algorithm === "ed25519" ? signer?.key : undefined;
    return keyChangeProof(body, key, body.auth.keyVersion, context);
  },

  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: (code) => changedBefore(request.body, code),
      first(user) {
        const { recovery } = request.body.body;
        const recoveryKey = recovery && ed25519Der(recovery);
        return changeKey(request, user, { by: "rotation", recoveryKey, had: rows.had }, context);
      },
    }),
};
