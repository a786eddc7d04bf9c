/** Groups in the store that is a dumb model. */
import { encodeGroupEventPayload } from "../../src/protocol/v2/payload.js";
import type { Change, Outcome } from "../../src/store/changes.js";
import { RECEIPT_HOURS } from "../../src/store/changes.js";
import type { GroupRowLocator, GroupStoreChange, MemberStanding } from "../../src/store/groups.js";
import type { KeyLogEntry, User } from "../../src/store/rows.js";
import type { UserId } from "../../src/store/identifiers.js";
import type { Hour } from "../../src/util/time.js";

interface Entry {
  readonly sequence: number;
  readonly actor?: UserId;
  readonly keyVersion?: number;
  readonly subject?: UserId | undefined;
  readonly bytes?: Buffer;
}
interface Member {
  readonly user: UserId;
  readonly standing: MemberStanding;
  readonly since: number;
}
interface Group {
  /** Who does not hear by whom they are invited. */
  readonly unheard: ReadonlySet<UserId>;
  readonly id: Buffer;
  readonly sequence: number;
  readonly epoch: number;
  readonly profile: Buffer;
  readonly members: readonly Member[];
  readonly log: readonly Entry[];
}

/** Groups by their ids in hexadecimal. They are replaced as a whole when they change. */
export type GroupTable = Map<string, Group>;

/** What else is in the store. */
export interface AroundGroups {
  readonly groups: GroupTable;
  readonly users: ReadonlyMap<UserId, User>;
  readonly keyLogs: ReadonlyMap<UserId, readonly KeyLogEntry[]>;
  readonly hour: Hour;
  /** Puts something into a mailbox; whether it was put there. A mailbox that is full is marked so. */
  readonly tell: (
    message: Pick<Extract<Change, { kind: "storeMessage" }>, "recipient" | "origin" | "payload" | "expires">,
  ) => boolean;
}

/** Applies a change; its own checks aside from the key's. */
export function applyToGroups(change: GroupStoreChange, around: AroundGroups): Outcome["status"] {
  const { groups } = around;
  const id = hex(change.group);
  const group = groups.get(id);
  const { user, keyVersion } = change;
  switch (change.kind) {
    case "createGroup": {
      if (group !== undefined) return "conflict";
      groups.set(id, {
        id: Buffer.from(change.group),
        sequence: 1,
        epoch: 1,
        unheard: new Set(),
        profile: Buffer.from(change.profile),
        members: [{ user, standing: "owner", since: 1 }],
        log: [{ sequence: 1, actor: user, keyVersion, bytes: Buffer.from(change.entry) }],
      });
      return isOver(around, user, { standing: "owner", most: change.most }) ? "conflict" : "applied";
    }
    case "changeGroup": {
      const { sequence, subject, event, entry, keep, most } = change;
      if (group?.sequence !== sequence - 1) return "conflict";
      if (change.members.some((each) => !around.users.has(each.user))) return "conflict";
      const told = group.members.filter(({ standing }) =>
        event.to === "managers" ? isManager(standing) : hasRole(standing),
      );
      const recipients = new Set([
        ...told.map((member) => member.user),
        ...(event.also === undefined ? [] : [event.also]),
      ]);
      recipients.delete(user);
      // One and the same for all of them, as it is counted once.
      const payload = Buffer.from(event.payload);
      for (const recipient of recipients) around.tell({ ...event, payload, recipient });
      if (change.dissolve) {
        groups.delete(id);
        return "applied";
      }
      let { members } = group;
      const unheard = new Set(group.unheard);
      for (const each of change.members) {
        const since = members.find((member) => member.user === each.user)?.since ?? sequence;
        members = members.filter((member) => member.user !== each.user);
        unheard.delete(each.user);
        if (each.standing === "invited" && change.unheard) unheard.add(each.user);
        if (each.standing !== "none") members = [...members, { user: each.user, standing: each.standing, since }];
      }
      const added = { sequence, actor: user, keyVersion, subject, bytes: Buffer.from(entry) };
      const log = [...group.log, added].filter((place) => place.sequence > sequence - keep);
      const profile = Buffer.from(change.profile ?? group.profile);
      groups.set(id, { ...group, sequence, members: byArrival(members), unheard, log, profile });
      const over = change.members.some(({ user: whose, standing }) => {
        const before = group.members.find((member) => member.user === whose)?.standing;
        if (standing === "none" || (before !== undefined && (before === "invited") === (standing === "invited")))
          return false;
        return isOver(around, whose, { standing, most, unheard: change.unheard === true });
      });
      return over ? "conflict" : "applied";
    }
    case "sendToGroup": {
      if (group?.sequence !== change.sequence) return "conflict";
      if (change.epoch !== undefined && change.epoch !== group.epoch) return "conflict";
      if (change.epoch !== undefined) groups.set(id, { ...group, epoch: group.epoch + 1 });
      const payload = Buffer.from(change.payload);
      const { origin, expires } = change;
      for (const member of group.members)
        if (hasRole(member.standing) && member.user !== user)
          around.tell({ origin, payload, expires, recipient: member.user });
      return "applied";
    }
  }
}

/** Ends whatever a user had to do with groups. */
export function releaseFromGroups(user: UserId, around: AroundGroups): void {
  for (const [id, group] of [...around.groups]) {
    const log = group.log.map((entry) =>
      entry.actor === user || entry.subject === user ? { sequence: entry.sequence } : entry,
    );
    const own = group.members.find((member) => member.user === user);
    if (own === undefined) {
      around.groups.set(id, { ...group, log });
      continue;
    }
    const sequence = group.sequence + 1;
    let members = group.members.filter((member) => member !== own);
    const able = members.filter(({ standing }) => hasRole(standing));
    const heir = able.find(({ standing }) => standing === "admin") ?? able[0];
    if (own.standing === "owner" && heir === undefined) {
      around.groups.delete(id);
      continue;
    }
    if (own.standing === "owner" && heir !== undefined) {
      members = members.map((member) => (member === heir ? { ...heir, standing: "owner" } : member));
      const origin = Buffer.alloc(8);
      origin.writeBigUInt64BE(BigInt(heir.user));
      const payload = encodeGroupEventPayload({ group: group.id, groupSequence: sequence });
      around.tell({ recipient: heir.user, origin, payload, expires: (around.hour + RECEIPT_HOURS) as Hour });
    }
    around.groups.set(id, { ...group, sequence, members, log: [...log, { sequence }] });
  }
}

/** Reads a row. */
export function readGroups(key: GroupRowLocator, { groups, users, keyLogs }: AroundGroups): unknown {
  if (key.table === "groupsOf") {
    return countsOf(groups, key.user);
  }
  const group = groups.get(hex(key.group));
  const members = (group?.members ?? []).map((member) => ({ ...member, name: users.get(member.user)?.name }));
  switch (key.table) {
    case "group": {
      if (group === undefined) return undefined;
      const { sequence, epoch, profile } = group;
      const count = (counts: (standing: MemberStanding) => boolean) =>
        members.filter(({ standing }) => counts(standing)).length;
      const [invited, asking] = [count((is) => is === "invited"), count((is) => is === "asking")];
      return { sequence, epoch, profile, members: count(hasRole), invited, asking };
    }
    case "groupMember":
      return members.find(({ user }) => user === key.user);
    case "groupMembers": {
      const found = members.filter(({ since }) => since > key.after);
      return { members: found.slice(0, key.limit), more: found.length > key.limit };
    }
    case "groupLog": {
      const found = (group?.log ?? []).filter(({ sequence }) => sequence > key.after);
      const log = found.slice(0, key.limit).map(({ sequence, actor, keyVersion = 0, subject, bytes }) => ({
        sequence,
        entry: actor && {
          actor: users.get(actor)?.name,
          keyVersion,
          key: keyLogs.get(actor)?.[keyVersion - 1]?.key,
          subject: subject && users.get(subject)?.name,
          bytes,
        },
      }));
      return { log, more: found.length > key.limit };
    }
  }
}

/** In how many groups the user is or wants to be, and how many invite them: heard and unheard. */
function countsOf(groups: GroupTable, user: UserId): { groups: number; invitations: number; unheard: number } {
  const counts = { groups: 0, invitations: 0, unheard: 0 };
  for (const { members, unheard } of groups.values()) {
    const own = members.find((member) => member.user === user);
    if (own === undefined) continue;
    if (own.standing !== "invited") counts.groups++;
    else if (unheard.has(user)) counts.unheard++;
    else counts.invitations++;
  }
  return counts;
}

function isOver(
  { groups: all }: AroundGroups,
  user: UserId,
  { standing, most, unheard = false }: { standing: MemberStanding; most: number; unheard?: boolean },
): boolean {
  const counts = countsOf(all, user);
  if (standing !== "invited") return counts.groups > most;
  return counts.invitations + (unheard ? counts.unheard : 0) > most;
}

function byArrival(members: Group["members"]): Group["members"] {
  return members.toSorted((one, other) => one.since - other.since);
}

function hasRole(standing: MemberStanding): boolean {
  return standing !== "invited" && standing !== "asking";
}

function isManager(standing: MemberStanding): boolean {
  return standing === "owner" || standing === "admin";
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
