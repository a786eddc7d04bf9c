/** Founds a group: who asks is its owner, and signs the first entry of its log, which is its profile. */
import type { V2Request } from "../../../protocol/v2/request.js";
import { groupOf, groupsOf } from "../../../store/groups.js";
import type { GroupRow, GroupsOfUser } from "../../../store/groups.js";
import type { RowKey } from "../../../store/rows.js";
import type { Action } from "../../action.js";
import { done } from "../done.js";
import { CODES, ONCE, once, remember } from "../outcome.js";
import type { OutcomeRead } from "../outcome.js";
import { refuse } from "../refusal.js";
import { NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";
import { signedTwice } from "./signed-twice.js";
import { encodeEntry, encodeProfile } from "./stored.js";

type Request = V2Request<"groupCreate">;
type Next = OutcomeRead & { readonly group: RowKey<GroupRow>; readonly own: RowKey<GroupsOfUser> };

export const groupCreate: Action<Request, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: false,

  readsNext: (request, rows, context) => ({
    ...ONCE.readsNext(request, rows, context),
    group: groupOf(request.body.body.group),
    own: groupsOf(rows.user?.id ?? NOBODY),
  }),

  proof({ body: request }, rows, context) {
    const { group, profile, signature } = request.body;
    return signedTwice(request, rows, { group, sequence: 1, change: { verb: "profile", profile }, signature }, context);
  },

  decide: (request, rows, context) =>
    once(request, rows, context, {
      repeated: () => done(request.body),
      first(user) {
        const { group, profile, signature } = request.body.body;
        const { perUser } = context.settings.groups;
        if (rows.group !== undefined) return refuse(request.body, "notApplicable");
        if ((rows.own?.groups ?? 0) >= perUser) return refuse(request.body, "limited");
        return done(request.body, [
          remember(user, request.body, CODES.done, context),
          {
            kind: "createGroup",
            user: user.id,
            keyVersion: user.keyVersion,
            group,
            profile: encodeProfile(profile),
            entry: encodeEntry({ verb: "profile", profile }, signature),
            most: perUser,
          },
        ]);
      },
    }),
};
