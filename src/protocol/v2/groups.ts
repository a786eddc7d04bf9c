/** Groups as they travel: what is asked of them and what is answered, and the shapes of what they are made of. `docs/protocol.md`, "Groups". */
import type { Cbor } from "./cbor.js";
import type { UserName } from "./names.js";
import type { Ed25519Key, Nothing } from "./terms.js";
import { bool, bytes, flag, itemsOf, name, record, required, type Shape, text, uint, where, word } from "./shapes.js";

/** The numbers of the actions. */
export const GROUP_ACTIONS = {
  groupCreate: 30,
  group: 31,
  groupChange: 32,
  groupLog: 33,
  groupMembers: 34,
  groupSend: 35,
} as const;

/** Bytes of a group's id. */
export const GROUP_BYTES = 16;
/** Members that a group can have at most. */
const MOST_MEMBERS = 1000;
const MOST_NAME_LETTERS = 64;
const MOST_NOTE_BYTES = 256;

/** 16 bytes that the founder chooses at random. */
export type GroupId = Uint8Array & { readonly __brand: "GroupId" };

/** What is said of a group, by its owner or an admin. */
export interface GroupProfile {
  /** 1 to 64 letters (code points). */
  readonly name: string;
  /** Whether whoever knows the id is told of the group. One that is not can only be joined by invitation. */
  readonly listed: boolean;
  readonly join: "open" | "request" | "invitation";
  /** From 2 to 1,000. */
  readonly maxMembers: number;
  /** Only announcers and above may send. */
  readonly announcements: boolean;
}

/** What members are, from the least to the most. */
export const ROLES = ["member", "announcer", "admin", "owner"] as const;
export type Role = (typeof ROLES)[number];
/** How somebody stands to a group that they have to do with. */
export type Standing = Role | "invited" | "asking";

/** What a change does, each with its number. */
export const VERBS = {
  invite: 0,
  revoke: 1,
  accept: 2,
  decline: 3,
  request: 4,
  withdraw: 5,
  approve: 6,
  refuse: 7,
  join: 8,
  leave: 9,
  remove: 10,
  role: 11,
  transfer: 12,
  profile: 13,
  dissolve: 14,
} as const;
export type Verb = keyof typeof VERBS;

type OwnVerb = "accept" | "decline" | "withdraw" | "join" | "leave" | "dissolve";
type OthersVerb = "revoke" | "approve" | "refuse" | "remove" | "transfer";

/** One change of a group. `name`: of the user whom it concerns. `note`: opaque to the directory, for whoever reads the log. */
export type GroupChange =
  | { readonly verb: OwnVerb }
  | { readonly verb: OthersVerb; readonly name: UserName }
  | { readonly verb: "invite"; readonly name: UserName; readonly note: Uint8Array }
  | { readonly verb: "request"; readonly note: Uint8Array }
  | { readonly verb: "role"; readonly name: UserName; readonly role: Exclude<Role, "owner"> }
  | { readonly verb: "profile"; readonly profile: GroupProfile };

/** A part of something long: what lies above `after`, in a reply of at most so many packets. */
export interface PageOf {
  readonly group: GroupId;
  readonly after: number;
  readonly packets: number;
}

/** The bodies of the requests. */
export interface GroupBodies {
  /** `signature`: of the first entry of the log, the change `profile` (see `groupChangeText`). */
  readonly groupCreate: {
    readonly group: GroupId;
    readonly profile: GroupProfile;
    readonly signature: Uint8Array;
  };
  readonly group: { readonly group: GroupId };
  readonly groupChange: {
    readonly group: GroupId;
    /** The one that this change makes. */
    readonly sequence: number;
    readonly change: GroupChange;
    /** See `groupChangeText`. */
    readonly signature: Uint8Array;
  };
  readonly groupLog: PageOf;
  readonly groupMembers: PageOf;
  readonly groupSend: {
    readonly group: GroupId;
    /** Opaque to the directory. */
    readonly body: Uint8Array;
    /** Whole hours for which the message may wait; the directory's maximum when absent. */
    readonly hours?: number;
    /** The group's present epoch, which this handshake message ends. */
    readonly epoch?: number;
    /** As in `send`. */
    readonly copy?: Uint8Array;
    /** For this member alone. Not with `epoch`. */
    readonly to?: UserName;
    /** That of the group's last change as its sender knows it: refused when there was another. */
    readonly sequence?: number;
  };
}

/** The actions on groups that nobody signs. */
export type AnonymousGroupAction = "group";

/** That this is what the group says of itself, in this hour; nothing when there is none, or it is not listed. */
export interface GroupStatement {
  readonly group: GroupId;
  /** Hours since 1970. */
  readonly hour: number;
  readonly found: { readonly profile: GroupProfile; readonly members: number; readonly sequence: number } | undefined;
}

/** A change as the log has it. */
export interface GroupEntry {
  /** The name as its owner registered it. */
  readonly actor: string;
  readonly keyVersion: number;
  readonly key: Ed25519Key;
  readonly change: GroupChange;
  readonly signature: Uint8Array;
}

/** A place in the log. It has no entry any more, or never had one, when a user whom it concerns is gone. */
export interface GroupLogItem {
  readonly sequence: number;
  readonly entry: GroupEntry | undefined;
}

/** Somebody whom the group has to do with. `cursor`: grows with each who comes. */
export interface GroupMember {
  readonly cursor: number;
  readonly name: string;
  readonly standing: Standing;
}

/** What is answered. */
export interface GroupAnswers {
  readonly groupCreate: Nothing;
  /** The directory signs the statement when it seals the reply. */
  readonly group: GroupStatement;
  readonly groupChange: Nothing;
  readonly groupLog: { readonly log: readonly GroupLogItem[]; readonly more: boolean };
  readonly groupMembers: {
    readonly members: readonly GroupMember[];
    readonly more: boolean;
    /** Of the last change. */
    readonly sequence: number;
    readonly epoch: number;
    readonly profile: GroupProfile;
  };
  readonly groupSend: Nothing;
}

/** A statement with the identity key's signature of it (`groupStatementText`). */
export type SignedGroupStatement = GroupStatement & { readonly signature: Uint8Array };
/** What is answered, as it travels. */
export type SentGroupAnswers = Omit<GroupAnswers, "group"> & { readonly group: SignedGroupStatement };

/** The id of a group. */
export const groupId = bytes<GroupId>(GROUP_BYTES);

const profileName = where(text, (found) => {
  const letters = Array.from(found).length;
  return letters >= 1 && letters <= MOST_NAME_LETTERS;
});
const anyProfile = record<GroupProfile>({
  name: required(0, profileName),
  listed: required(1, bool),
  join: required(2, word({ open: 0, request: 1, invitation: 2 })),
  maxMembers: required(3, uint(2, MOST_MEMBERS)),
  announcements: flag(4),
});
/** What a group says of itself. One that is not listed is joined by invitation. */
export const groupProfile = where(anyProfile, ({ listed, join }) => listed || join === "invitation");

const verb = word<Verb>(VERBS);
const givenRole = word<Exclude<Role, "owner">>({ member: 0, announcer: 1, admin: 2 });
const note = bytes(0, MOST_NOTE_BYTES);

/** A change: its verb, then what the verb takes. */
export const groupChange: Shape<GroupChange> = {
  encode(value) {
    const rest: Cbor[] = "name" in value ? [value.name] : [];
    if ("note" in value) rest.push(value.note);
    if ("role" in value) rest.push(givenRole.encode(value.role));
    if ("profile" in value) rest.push(groupProfile.encode(value.profile));
    return [VERBS[value.verb], ...rest];
  },
  decode(item) {
    const [first = null, second = null, third = null] = itemsOf(item, 1, 3);
    const known = verb.decode(first);
    const count = (of: number): unknown => itemsOf(item, of);
    switch (known) {
      case "invite":
        count(3);
        return { verb: known, name: name.decode(second), note: note.decode(third) };
      case "request":
        count(2);
        return { verb: known, note: note.decode(second) };
      case "role":
        count(3);
        return { verb: known, name: name.decode(second), role: givenRole.decode(third) };
      case "profile":
        count(2);
        return { verb: known, profile: groupProfile.decode(second) };
      case "revoke":
      case "approve":
      case "refuse":
      case "remove":
      case "transfer":
        count(2);
        return { verb: known, name: name.decode(second) };
      case "accept":
      case "decline":
      case "withdraw":
      case "join":
      case "leave":
      case "dissolve":
        count(1);
        return { verb: known };
    }
  },
};
