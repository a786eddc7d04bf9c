/** The reads of groups, as prepared statements. */
import type {
  GroupLogPage,
  GroupLogRow,
  GroupMemberPage,
  GroupMemberRow,
  GroupRow,
  GroupRowLocator,
  GroupsOfUser,
} from "../groups.js";
import type { UserId } from "../identifiers.js";
import type { Connection } from "./connection.js";

/** How the rows of each table are read. */
export type GroupReaders = {
  readonly [Table in GroupRowLocator["table"]]: (key: Extract<GroupRowLocator, { table: Table }>) => unknown;
};

interface FoundEntry {
  readonly sequence: number;
  readonly actor: string | null;
  readonly keyVersion: number;
  readonly key: Buffer;
  readonly subject: string | null;
  readonly bytes: Buffer;
}

const MEMBER = `SELECT user, name, standing, since FROM groups JOIN group_members ON grp = groups.row
  JOIN users ON users.id = user WHERE groups.id = ?`;

/** Prepares the statements, once for a connection. */
export function prepareGroupReads(db: Connection): GroupReaders {
  const group = db.prepare<[Uint8Array], GroupRow>(`
    SELECT sequence, epoch, members, invited, asking, substr(body, 1, profile_bytes) AS profile
    FROM groups JOIN payloads ON payloads.id = profile WHERE groups.id = ?`);
  const member = db.prepare<[Uint8Array, UserId], GroupMemberRow>(`${MEMBER} AND user = ?`);
  const members = db.prepare<[Uint8Array, number, number], GroupMemberRow>(
    `${MEMBER} AND since > ? ORDER BY since LIMIT ?`,
  );
  const log = db.prepare<[Uint8Array, number, number], FoundEntry>(`
    SELECT group_log.sequence, actors.name AS actor, group_log.key_version AS keyVersion, key_log.key,
      subjects.name AS subject, substr(body, 1, group_log.bytes) AS bytes
    FROM groups JOIN group_log ON grp = groups.row
    LEFT JOIN payloads ON payloads.id = entry
    LEFT JOIN users AS actors ON actors.id = actor
    LEFT JOIN users AS subjects ON subjects.id = subject
    LEFT JOIN key_log ON key_log.user = actor AND key_log.sequence = group_log.key_version
    WHERE groups.id = ? AND group_log.sequence > ? ORDER BY group_log.sequence LIMIT ?`);
  const counts = db.prepare<[UserId], GroupsOfUser>(`
    SELECT count(*) FILTER (WHERE standing <> 'invited') AS groups,
      count(*) FILTER (WHERE standing = 'invited' AND silent = 0) AS invitations,
      count(*) FILTER (WHERE standing = 'invited' AND silent = 1) AS unheard FROM group_members WHERE user = ?`);

  return {
    group: ({ group: id }) => group.get(id),
    groupMember: ({ group: id, user }) => member.get(id, user),
    groupMembers({ group: id, after, limit }): GroupMemberPage {
      const found = members.all(id, after, limit + 1);
      return { members: found.slice(0, limit), more: found.length > limit };
    },
    groupLog({ group: id, after, limit }): GroupLogPage {
      const found = log.all(id, after, limit + 1);
      return { log: found.slice(0, limit).map(placeOf), more: found.length > limit };
    },
    groupsOf: ({ user }) => counts.get(user),
  };
}

function placeOf({ sequence, actor, subject, ...entry }: FoundEntry): GroupLogRow {
  if (actor === null) return { sequence, entry: undefined };
  return { sequence, entry: { ...entry, actor, subject: subject ?? undefined } };
}
