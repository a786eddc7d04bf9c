/** Every action of v2. The table is total: an action without an entry does not compile. */
import type { V2Action, V2Request } from "../../protocol/v2/request.js";
import type { Reads } from "../../store/rows.js";
import type { Action } from "../action.js";
import { ack } from "./ack.js";
import { contact } from "./contacts/contact.js";
import { contacts } from "./contacts/contacts.js";
import { policy } from "./contacts/policy.js";
import { fetch } from "./fetch.js";
import { group } from "./groups/group.js";
import { groupChange } from "./groups/group-change.js";
import { groupCreate } from "./groups/group-create.js";
import { groupLog } from "./groups/group-log.js";
import { groupMembers } from "./groups/group-members.js";
import { groupSend } from "./groups/group-send.js";
import { history } from "./history/history.js";
import { unread } from "./history/unread.js";
import { info } from "./info.js";
import { keyLog } from "./key-log.js";
import { login } from "./login.js";
import { logout } from "./logout.js";
import { lookup } from "./lookup.js";
import { prekeys } from "./prekeys/prekeys.js";
import { publish } from "./prekeys/publish.js";
import { take } from "./prekeys/take.js";
import { prove } from "./prove.js";
import { receipts } from "./receipts.js";
import { recover } from "./recover.js";
import { register } from "./register.js";
import { release } from "./release.js";
import { rotate } from "./rotate.js";
import { send } from "./send.js";
import { status } from "./status.js";

/** One entry for each action. */
export type V2Actions = { readonly [A in V2Action]: Action<V2Request<A>, Reads, Reads, "v2"> };

export const V2_ACTIONS: V2Actions = {
  info,
  register,
  login,
  prove,
  logout,
  lookup,
  rotate,
  recover,
  release,
  send,
  fetch,
  ack,
  receipts,
  status,
  groupCreate,
  group,
  groupChange,
  groupLog,
  groupMembers,
  contact,
  contacts,
  policy,
  publish,
  take,
  prekeys,
  history,
  unread,
  keyLog,
  groupSend,
};
