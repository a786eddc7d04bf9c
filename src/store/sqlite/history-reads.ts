/** The reads of histories, as prepared statements on a connection of the calling thread. */
import { MESSAGE_KINDS } from "../../protocol/v2/payload.js";
import type { Hour } from "../../util/time.js";
import { type CopyRow, HEAD_BYTES, type HistoryLocator, type UnreadOrigin } from "../history.js";
import type { UserId } from "../identifiers.js";
import type { Connection } from "./connection.js";

/** How the rows of each table are read. */
type Readers = {
  readonly [Table in HistoryLocator["table"]]: (key: Extract<HistoryLocator, { table: Table }>, hour: Hour) => unknown;
};

const ID_BYTES = 16;
const COPY = `SELECT sequence, substr(body, 1, bytes) AS copy, substr(body, bytes + 1, ${ID_BYTES}) AS id, hour
  FROM copies JOIN copy_slots ON copy_slots.id = slot`;
const ABOVE = "sequence > ? AND expires >= ? ORDER BY sequence LIMIT ?";

/** Prepares the statements, once for a connection. */
export function prepareHistoryReads(db: Connection): Readers {
  const all = db.prepare<[UserId, number, Hour, number], CopyRow>(`${COPY} WHERE user = ? AND ${ABOVE}`);
  const one = db.prepare<[UserId, Uint8Array, number, Hour, number], CopyRow>(
    `${COPY} WHERE user = ? AND conversation = ? AND ${ABOVE}`,
  );
  const origins = db.prepare<[UserId, Hour, number], Omit<UnreadOrigin, "head">>(`
    SELECT min(sequence) AS sequence, count(*) AS messages FROM deliveries
    WHERE recipient = ? AND expires >= ? GROUP BY origin HAVING min(sequence) > ? ORDER BY min(sequence)`);
  const head = db
    .prepare<[UserId, number], Buffer>(
      `SELECT substr(body, 1, min(bytes, ${HEAD_BYTES})) FROM deliveries JOIN payloads ON payloads.id = payload
       WHERE recipient = ? AND sequence = ?`,
    )
    .pluck();

  /**
   * All of one origin are of one kind, so its first message tells. As two statements, since a join would look at the body of each
   * message that waits.
   */
  function unread(user: UserId, after: number, limit: number, hour: Hour): UnreadOrigin[] {
    const found: UnreadOrigin[] = [];
    for (const origin of origins.iterate(user, hour, after)) {
      const first = head.get(user, origin.sequence);
      if (first !== undefined && MESSAGE_KINDS.includes(first[0] ?? -1)) found.push({ ...origin, head: first });
      if (found.length === limit) break;
    }
    return found;
  }

  return {
    copies({ user, conversation, after, limit }, hour) {
      const found =
        conversation === undefined
          ? all.all(user, after, hour, limit + 1)
          : one.all(user, conversation, after, hour, limit + 1);
      return { copies: found.slice(0, limit), more: found.length > limit };
    },
    unread({ user, after, limit }, hour) {
      const found = unread(user, after, limit + 1, hour);
      return { origins: found.slice(0, limit), more: found.length > limit };
    },
  };
}
