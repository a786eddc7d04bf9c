/** Tells a user what of their prekeys the directory has, with a digest by which they can see whether it is what they published. */
import { createHash } from "node:crypto";
import { type PublishedPrekey, prekeysText } from "../../../protocol/v2/prekeys.js";
import type { Answers } from "../../../protocol/v2/reply.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import { prekeysOf, type PrekeysRow, type SignedPrekeyRow } from "../../../store/prekeys.js";
import type { RowKey } from "../../../store/rows.js";
import type { Action } from "../../action.js";
import { eachTime, NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";

type Next = { readonly prekeys: RowKey<PrekeysRow> };

export const prekeys: Action<V2Request<"prekeys">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: true,

  readsNext: (_request, { user }, { settings }) => ({ prekeys: prekeysOf(user?.id ?? NOBODY, settings.prekeys.most) }),

  decide: (request, rows, context) =>
    eachTime(request, rows, context, () => {
      const { id, action } = request.body;
      const { signed, lastResort, oneTime = [], count = 0 } = rows.prekeys ?? {};
      const answer: Answers["prekeys"] = {
        count,
        most: context.settings.prekeys.most,
        signed: signed && published(signed),
        lastResort: lastResort && published(lastResort),
        digest: Uint8Array.from(createHash("sha256").update(prekeysText({ signed, lastResort, oneTime })).digest()),
      };
      return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
    }),
};

function published({ id, hour }: SignedPrekeyRow): PublishedPrekey {
  return { id, hour };
}
