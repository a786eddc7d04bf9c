/**
 * Publishes prekeys of one's own. Those that are given to many are signed, and the directory takes none whose signature does
 * not hold: nobody who takes one finds out too late.
 */
import type { SignedPrekeyKind } from "../../../protocol/v2/prekeys.js";
import type { V2Reply } from "../../../protocol/v2/reply.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import { prekeyText } from "../../../protocol/v2/signed-texts.js";
import { prekeysOf, type PrekeysRow } from "../../../store/prekeys.js";
import type { RowKey } from "../../../store/rows.js";
import { hourAfter } from "../../../util/time.js";
import type { Action, DecisionContext } from "../../action.js";
import { CODES, ONCE, once, remember } from "../outcome.js";
import type { OutcomeRead } from "../outcome.js";
import { refuse } from "../refusal.js";
import { alsoSigned, NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";

type Request = V2Request<"publish">;
type Next = OutcomeRead & { readonly prekeys: RowKey<PrekeysRow> };

export const publish: Action<Request, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  readsNext: (request, rows, context) => ({
    ...ONCE.readsNext(request, rows, context),
    prekeys: prekeysOf(rows.user?.id ?? NOBODY, context.settings.prekeys.most),
  }),

  proof: (request, rows, context) =>
    alsoSigned(SIGNED.proof(request, rows, context), signaturesOf(request.body, context)),

  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: (code) => ({ reply: published(request.body, code - CODES.prekeys), changes: [] }),
      first(user) {
        const { body } = request.body;
        const { most } = context.settings.prekeys;
        const before = body.replace ? [] : (rows.prekeys?.oneTime ?? []);
        const count = new Set([...before, ...body.oneTime].map(({ id }) => id)).size;
        if (count > most) return refuse(request.body, "tooLarge");
        const { keyVersion } = request;
        return {
          reply: published(request.body, count),
          changes: [
            { kind: "publishPrekeys", user: user.id, keyVersion, ...body, most, hour: hourAfter(context.now) },
            remember(user, request.body, CODES.prekeys + count, context),
          ],
        };
      },
    }),
};

/** The signatures of the prekeys themselves. */
function signaturesOf({ auth, body }: Request, { directory }: DecisionContext) {
  const owner = { directory: directory.identity, name: auth.name, keyVersion: auth.keyVersion };
  const kinds: readonly SignedPrekeyKind[] = ["signed", "lastResort"];
  return kinds.flatMap((kind) => {
    const prekey = body[kind];
    return prekey === undefined ? [] : { message: prekeyText(owner, kind, prekey), signature: prekey.signature };
  });
}

function published({ id, action }: Request, count: number): V2Reply {
  return { dialect: "v2", id, action, result: "ok", answer: { count } };
}
