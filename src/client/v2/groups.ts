/** What an account can do about groups, and what it knows of them. What each change does is in `docs/protocol.md`, section 15. */
import { bytesToHex } from "@noble/curves/utils.js";
import type { GroupChange, GroupProfile, Role, Standing } from "../../protocol/v2/groups.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { GroupChanges } from "./group-changes.js";
import type { GroupLogs } from "./group-log.js";
import { type GroupPerson, personOf } from "./group-state.js";
import type { KnownGroup } from "./group-tables.js";
import type { AskHome, Sign } from "./inquiry.js";
import { groupOf, nameOf } from "./names.js";
import type { Outbox, SendOptions } from "./outbox.js";
import { presentOf } from "./signing.js";
import { IDENTITY } from "./tables.js";

/** A group that we have something to do with, as its log makes it. */
export interface Group {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly profile: GroupProfile;
  /** How many changes there have been. */
  readonly sequence: number;
  readonly people: readonly GroupPerson[];
}

/** What a group says of itself to everybody. */
export interface ListedGroup {
  readonly profile: GroupProfile;
  readonly members: number;
}

/**
 * The account's groups, by their ids of 32 hexadecimal digits. What is asked of one is made from its log, which is read before, and
 * made again when somebody was quicker, if it still makes sense. All reject with an `AccountError`: `nameInvalid`, `notFound` when there
 * is no such group or it is not ours to see, `notPermitted` when role or policy do not allow it, `notApplicable`, `limited`,
 * `unverified` when the directory shows a log that its members cannot have made.
 */
export interface Groups {
  /** Founds a group, whose owner we are. Resolves with its id. */
  found(profile: GroupProfile): Promise<string>;
  /** What anybody is told of a group that is listed. */
  lookup(id: string): Promise<ListedGroup | undefined>;
  /** What we know of a group, without asking. */
  get(id: string): Group | undefined;
  all(): readonly Group[];
  /** Reads what was changed since. */
  refresh(id: string): Promise<Group>;
  invite(id: string, name: string): Promise<void>;
  revoke(id: string, name: string): Promise<void>;
  accept(id: string): Promise<void>;
  decline(id: string): Promise<void>;
  /** Asks to be let in. */
  request(id: string): Promise<void>;
  withdraw(id: string): Promise<void>;
  approve(id: string, name: string): Promise<void>;
  refuse(id: string, name: string): Promise<void>;
  join(id: string): Promise<void>;
  leave(id: string): Promise<void>;
  remove(id: string, name: string): Promise<void>;
  role(id: string, name: string, role: Exclude<Role, "owner">): Promise<void>;
  /** Makes somebody else the owner. */
  transfer(id: string, name: string): Promise<void>;
  /** Changes what is given of the profile. */
  profile(id: string, changes: Partial<GroupProfile>): Promise<void>;
  dissolve(id: string): Promise<void>;
  /** Takes for members whom the directory says are, where somebody who is gone has left a hole in the log. */
  vouch(id: string): Promise<void>;
  /**
   * Sends a text to everybody in the group for whom its log vouches. Resolves when it is in the store, with its id; what becomes of
   * it is in the news, up to `stored`. Errors: `notRegistered`, `notFound`, `tooLarge`.
   */
  send(id: string, text: string, options?: GroupSendOptions): Promise<string>;
  /** The epoch of the group, from 1: see `handshake`. */
  epoch(id: string): Promise<number>;
  /**
   * Tells all members something that ends this epoch, as it is: what it means and how it is protected is the members' own
   * business, as that of MLS. Of several in one epoch one is told. Errors: `epochTaken`, `tooLarge`.
   */
  handshake(id: string, epoch: number, body: Uint8Array): Promise<void>;
}

/** How a message to a group is to be sent. */
export type GroupSendOptions = Pick<SendOptions, "hours" | "copy">;

export interface GroupsComponents {
  readonly book: Book;
  readonly logs: GroupLogs;
  readonly changes: GroupChanges;
  readonly outbox: Pick<Outbox, "putForGroup">;
  readonly askHome: AskHome;
  readonly sign: Sign;
}

/** How somebody stands to a group, whatever the case of the name; `undefined` when they have nothing to do with it. */
export function standingIn(group: Pick<Group, "people">, name: string): Standing | undefined {
  return personOf(group, name)?.standing;
}

/** The groups of an account. */
export function createGroups({ book, logs, changes, outbox, askHome, sign }: GroupsComponents): Groups {
  const about =
    (verb: "revoke" | "approve" | "refuse" | "remove" | "transfer") =>
    async (id: string, name: string): Promise<void> =>
      make(id, { verb, name: nameOf(name) });
  const own =
    (verb: "accept" | "decline" | "withdraw" | "join" | "leave" | "dissolve") =>
    (id: string): Promise<void> =>
      make(id, { verb });

  async function make(id: string, change: GroupChange): Promise<void> {
    await changes.change(groupOf(id), () => change);
  }

  return {
    found: async (profile) => bytesToHex(await changes.found(profile)),
    async lookup(id) {
      const found = await changes.lookup(groupOf(id));
      return found && { profile: found.profile, members: found.members };
    },
    get(id) {
      const known = logs.known(groupOf(id));
      return known && told(known);
    },
    all: () => logs.all().map(told),
    refresh: async (id) => told(await logs.refresh(groupOf(id))),
    invite: async (id, name) => make(id, { verb: "invite", name: nameOf(name), note: new Uint8Array() }),
    request: (id) => make(id, { verb: "request", note: new Uint8Array() }),
    role: async (id, name, role) => make(id, { verb: "role", name: nameOf(name), role }),
    async profile(id, given) {
      await changes.change(groupOf(id), (state) => {
        if (state === undefined) throw new AccountError("notFound");
        return { verb: "profile", profile: { ...state.profile, ...given } };
      });
    },
    revoke: about("revoke"),
    accept: own("accept"),
    decline: own("decline"),
    withdraw: own("withdraw"),
    approve: about("approve"),
    refuse: about("refuse"),
    join: own("join"),
    leave: own("leave"),
    remove: about("remove"),
    transfer: about("transfer"),
    dissolve: own("dissolve"),
    vouch: (id) => logs.vouch(groupOf(id)),
    async send(id, text, options = {}) {
      presentOf(book.get(IDENTITY));
      const group = groupOf(id);
      if (logs.known(group) === undefined) await logs.refresh(group);
      return bytesToHex(await outbox.putForGroup(group, text, options));
    },
    async epoch(id) {
      const { epoch } = await askHome("groupMembers", { group: groupOf(id), after: 0, packets: 1 }, { sign });
      return epoch;
    },
    async handshake(id, epoch, body) {
      await askHome("groupSend", { group: groupOf(id), body, epoch }, { sign });
    },
  };
}

function told({ group, profile, sequence, people }: KnownGroup): Group {
  return { id: bytesToHex(group), profile, sequence, people };
}
