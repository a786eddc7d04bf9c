/** Brings one's own list: contacts, requests that wait on either side, and whom one has blocked; and who may write. */
import type { ContactEntry } from "../../../protocol/v2/contacts.js";
import { CONTACTS_FRAME_BYTES, contactEntryBytes } from "../../../protocol/v2/contact-sizes.js";
import type { UserName } from "../../../protocol/v2/names.js";
import type { V2Request } from "../../../protocol/v2/request.js";
import { contactsOf, policyOf } from "../../../store/contacts.js";
import type { ContactPage, ListedContact } from "../../../store/contacts.js";
import type { Policy } from "../../../protocol/v2/contacts.js";
import type { RowKey } from "../../../store/rows.js";
import type { Action } from "../../action.js";
import { fittingCount, rowsFor } from "../fitting.js";
import { eachTime, NOBODY, SIGNED } from "../signed.js";
import type { SignerRead } from "../signed.js";

type Next = { readonly page: RowKey<ContactPage>; readonly policy: RowKey<Policy> };

/** Entries read for each packet, and at most: one with a name of five letters has about twenty bytes. */
const READ_PER_PACKET = 100;
const READ_MAX = 500;

export const contacts: Action<V2Request<"contacts">, SignerRead, Next, "v2"> = {
  ...SIGNED,
  readOnly: true,

  readsNext({ body: { body }, credit }, { user }) {
    const id = user?.id ?? NOBODY;
    const limit = rowsFor({ packets: body.packets, credit }, READ_PER_PACKET, READ_MAX);
    return { page: contactsOf(id, body.after, limit), policy: policyOf(id) };
  },

  decide: (request, rows, context) =>
    eachTime(request, rows, context, () => {
      const { id, action, body } = request.body;
      const { entries: found = [], more = false } = rows.page ?? {};
      const all = found.map(entryOf);
      const sizes = all.map(contactEntryBytes);
      const count = fittingCount(sizes, CONTACTS_FRAME_BYTES, { packets: body.packets, credit: request.credit });
      const answer = {
        entries: all.slice(0, count),
        more: more || count < all.length,
        policy: rows.policy ?? "everyone",
      };
      return { reply: { dialect: "v2", id, action, result: "ok", answer }, changes: [] };
    }),
};

function entryOf({ slot, name, relation, blocked, hour, keyVersion }: ListedContact): ContactEntry {
  return { cursor: slot, name: name as UserName, relation, blocked, hour, keyVersion };
}
