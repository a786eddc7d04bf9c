/** How changes of groups lie in a batch. */
import type { Hour } from "../../util/time.js";
import type { GroupStoreChange } from "../groups.js";
import type { UserId } from "../identifiers.js";
import { bytes, constant, type FieldCodec, type Layout, list, number, object, optional, word } from "./fields.js";

type FieldsOf<Kind extends GroupStoreChange["kind"]> = Omit<Extract<GroupStoreChange, { kind: Kind }>, "kind">;

const owner = { user: number<UserId>(), keyVersion: number() };
const standing = word("none", "member", "announcer", "admin", "owner", "invited", "asking");
const bool: FieldCodec<boolean> = {
  write: (writer, value) => writer.byte(value ? 1 : 0),
  read: (reader) => reader.byte() === 1,
};
const copied = { origin: bytes, payload: bytes, expires: number<Hour>() };

export const GROUP_LAYOUTS: { readonly [Kind in GroupStoreChange["kind"]]: Layout<FieldsOf<Kind>> } = {
  createGroup: { ...owner, group: bytes, profile: bytes, entry: bytes, most: number() },
  changeGroup: {
    ...owner,
    group: bytes,
    sequence: number(),
    entry: bytes,
    subject: optional(number<UserId>()),
    keep: number(),
    members: list(object({ user: number<UserId>(), standing })),
    unheard: optional(constant(true)),
    profile: optional(bytes),
    dissolve: bool,
    most: number(),
    event: object<FieldsOf<"changeGroup">["event"]>({
      ...copied,
      to: word("members", "managers"),
      also: optional(number<UserId>()),
    }),
  },
  sendToGroup: { ...owner, group: bytes, sequence: number(), epoch: optional(number()), ...copied },
};
