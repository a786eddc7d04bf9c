/** Groups as SQL: who stands how to them, their logs, and what becomes of them when a user goes. */
import { encodeGroupEventPayload } from "../../protocol/v2/payload.js";
import type { Hour } from "../../util/time.js";
import { RECEIPT_HOURS } from "../changes.js";
import type { GroupStoreChange, MemberStanding } from "../groups.js";
import type { UserId } from "../identifiers.js";
import type { Applying, Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import { ownOrigin } from "./erasing.js";
import type { GroupLog } from "./group-log.js";
import { prepareGroupLog } from "./group-log.js";
import type { Mailboxes } from "./mailboxes.js";
import type { Slots } from "./slots.js";
import { preparePresence } from "./users.js";

type ChangeOf<Kind extends GroupStoreChange["kind"]> = Extract<GroupStoreChange, { kind: Kind }>;
type Counted = "members" | "invited" | "asking";

/** The statements of groups, for the connection that writes. Whether the actor's key is the right one is the caller's to check. */
export interface Groups {
  create(change: ChangeOf<"createGroup">): Verdict;
  change(change: ChangeOf<"changeGroup">, applying: Applying): Verdict;
  send(change: ChangeOf<"sendToGroup">, applying: Applying): Verdict;
  /**
   * Ends whatever the user has to do with groups, and erases their entries in logs. A group whose owner goes is its oldest
   * admin's, else its oldest member's, who is told; without members it is dissolved.
   */
  release(user: UserId, applying: Applying): void;
}

interface Found {
  readonly row: number;
  readonly id: Buffer;
  readonly sequence: number;
  readonly epoch: number;
}

const NO_BYTES = new Uint8Array();
const MANAGERS = "('owner', 'admin')";
const OUTSIDE = "('invited', 'asking')";

/** Prepares the statements. */
export function prepareGroups(db: Connection, { slots, mailboxes }: { slots: Slots; mailboxes: Mailboxes }): Groups {
  const log: GroupLog = prepareGroupLog(db, slots);
  const find = db.prepare<[Uint8Array], Found>("SELECT row, id, sequence, epoch FROM groups WHERE id = ?");
  const insert = db.prepare<[Uint8Array, number | bigint, number]>(`
    INSERT INTO groups (id, sequence, epoch, members, invited, asking, profile, profile_bytes)
    VALUES (?, 1, 1, 0, 0, 0, ?, ?) ON CONFLICT (id) DO NOTHING`);
  const advance = db.prepare<[number]>("UPDATE groups SET sequence = sequence + 1 WHERE row = ?");
  const endEpoch = db.prepare<[number]>("UPDATE groups SET epoch = epoch + 1 WHERE row = ?");
  const profileOf = db.prepare<[number], number>("SELECT profile FROM groups WHERE row = ?").pluck();
  const setProfile = db.prepare<[number | bigint, number, number]>(
    "UPDATE groups SET profile = ?, profile_bytes = ? WHERE row = ?",
  );
  const erase = db.prepare<[number]>("DELETE FROM groups WHERE row = ?");
  const eraseMembers = db.prepare<[number]>("DELETE FROM group_members WHERE grp = ?");

  const isThere = preparePresence(db);
  const standingOf = db
    .prepare<[number, UserId], MemberStanding>("SELECT standing FROM group_members WHERE grp = ? AND user = ?")
    .pluck();
  const put = db.prepare<[number, UserId, number, MemberStanding, 0 | 1]>(`
    INSERT INTO group_members (grp, user, since, standing, silent) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (grp, user) DO UPDATE SET standing = excluded.standing, silent = excluded.silent`);
  const drop = db.prepare<[number, UserId]>("DELETE FROM group_members WHERE grp = ? AND user = ?");
  const counting = (column: Counted) =>
    db.prepare<[number, number]>(`UPDATE groups SET ${column} = ${column} + ? WHERE row = ?`);
  const count = { members: counting("members"), invited: counting("invited"), asking: counting("asking") };
  const groupCount = db
    .prepare<[UserId], number>("SELECT count(*) FROM group_members WHERE user = ? AND standing <> 'invited'")
    .pluck();
  const invitationCount = db
    .prepare<[UserId, 0 | 1], number>(
      "SELECT count(*) FROM group_members WHERE user = ? AND standing = 'invited' AND silent <= ?",
    )
    .pluck();

  const told = {
    members: db.prepare<[number], UserId>(
      `SELECT user FROM group_members WHERE grp = ? AND standing NOT IN ${OUTSIDE} ORDER BY since`,
    ).pluck(), // prettier-ignore
    managers: db.prepare<[number], UserId>(
      `SELECT user FROM group_members WHERE grp = ? AND standing IN ${MANAGERS} ORDER BY since`,
    ).pluck(), // prettier-ignore
  };
  const groupsOf = db.prepare<[UserId], Omit<Found, "epoch"> & { readonly standing: MemberStanding }>(`
    SELECT row, id, sequence, standing FROM group_members JOIN groups ON row = grp WHERE user = ? ORDER BY row`);
  const heir = db
    .prepare<[number], UserId>(
      `SELECT user FROM group_members WHERE grp = ? AND standing NOT IN ${OUTSIDE}
       ORDER BY standing <> 'admin', since LIMIT 1`,
    )
    .pluck();

  function stand(
    group: number,
    user: UserId,
    standing: MemberStanding | "none",
    sequence: number,
    unheard: 0 | 1 = 0,
  ): void {
    const before = standingOf.get(group, user);
    if (before !== undefined) count[countedAs(before)].run(-1, group);
    if (standing === "none") {
      drop.run(group, user);
      return;
    }
    count[countedAs(standing)].run(1, group);
    put.run(group, user, sequence, standing, unheard);
  }

  function freeProfile(group: number): void {
    const slot = profileOf.get(group);
    if (slot !== undefined) slots.empty(slot);
  }

  function dissolve(group: number): void {
    log.erase(group);
    eraseMembers.run(group);
    freeProfile(group);
    erase.run(group);
  }

  /** Does the user stand so to more than `most` groups? */
  function isOver(user: UserId, standing: MemberStanding, most: number, unheard: 0 | 1 = 0): boolean {
    return Number(standing === "invited" ? invitationCount.get(user, unheard) : groupCount.get(user)) > most;
  }

  return {
    create({ user, keyVersion, group, profile, entry, most }) {
      const slot = slots.fill(profile, NO_BYTES);
      const inserted = insert.run(group, slot, profile.length);
      if (inserted.changes === 0) return "conflict";
      const row = Number(inserted.lastInsertRowid);
      stand(row, user, "owner", 1);
      log.append(row, { sequence: 1, actor: user, keyVersion, subject: undefined, entry });
      return isOver(user, "owner", most) ? "conflict" : "applied";
    },

    change({ user, keyVersion, group, sequence, entry, subject, keep, members, profile, event, ...change }, applying) {
      const found = find.get(group);
      if (found?.sequence !== sequence - 1) return "conflict";
      const { row } = found;
      if (members.some((each) => !isThere(each.user))) return "conflict";
      const recipients = new Set(told[event.to].all(row));
      if (event.also !== undefined) recipients.add(event.also);
      recipients.delete(user);
      mailboxes.storeForMany([...recipients], event, applying);
      if (change.dissolve) {
        dissolve(row);
        return "applied";
      }
      advance.run(row);
      const unheard = change.unheard === true ? 1 : 0;
      for (const each of members) {
        const before = standingOf.get(row, each.user);
        stand(row, each.user, each.standing, sequence, each.standing === "invited" ? unheard : 0);
        if (each.standing === "none" || countsAlike(before, each.standing)) continue;
        if (isOver(each.user, each.standing, change.most, unheard)) return "conflict";
      }
      if (profile !== undefined) {
        freeProfile(row);
        setProfile.run(slots.fill(profile, NO_BYTES), profile.length, row);
      }
      log.append(row, { sequence, actor: user, keyVersion, subject, entry });
      log.trim(row, sequence - keep);
      return "applied";
    },

    send({ user, group, sequence, epoch, ...message }, applying) {
      const found = find.get(group);
      if (found?.sequence !== sequence) return "conflict";
      if (epoch !== undefined && epoch !== found.epoch) return "conflict";
      if (epoch !== undefined) endEpoch.run(found.row);
      const recipients = told.members.all(found.row).filter((member) => member !== user);
      mailboxes.storeForMany(recipients, message, applying);
      return "applied";
    },

    release(user, applying) {
      log.forget(user);
      for (const { row, id, sequence: last, standing } of groupsOf.all(user)) {
        const sequence = last + 1;
        advance.run(row);
        stand(row, user, "none", sequence);
        log.skip(row, sequence);
        if (standing !== "owner") continue;
        const next = heir.get(row);
        if (next === undefined) {
          dissolve(row);
          continue;
        }
        stand(row, next, "owner", sequence);
        const payload = encodeGroupEventPayload({ group: id, groupSequence: sequence });
        const expires = (applying.hour + RECEIPT_HOURS) as Hour;
        mailboxes.storeForMany([next], { origin: ownOrigin(next), payload, expires }, applying);
      }
    },
  };
}

/** Is who stood so still in as many groups, and invited to as many? */
function countsAlike(before: MemberStanding | undefined, after: MemberStanding): boolean {
  return before !== undefined && (before === "invited") === (after === "invited");
}

function countedAs(standing: MemberStanding): Counted {
  return standing === "invited" || standing === "asking" ? standing : "members";
}
