/** The reads of histories, as prepared statements on a connection of the calling thread. */
import { MESSAGE_KINDS } from "../../protocol/v2/payload.js";
import type { Hour } from "../../util/time.js";
import { type CopyRow, HEAD_BYTES, type HistoryLocator, type UnreadOrigin } from "../history.js";
import type { UserId } from "../rows.js";
import type { Connection } from "./connection.js";

/** How the rows of each table are read. */
type Readers = {
  readonly [Table in HistoryLocator["table"]]: (key: Extract<HistoryLocator, { table: Table }>, hour: Hour) => unknown;
};

const ID_BYTES = 16;
const KINDS = MESSAGE_KINDS.map((kind) => `x'${kind.toString(16).padStart(2, "0")}'`).join(", ");
const COPY = `SELECT sequence, substr(body, 1, bytes) AS copy, substr(body, bytes + 1, ${ID_BYTES}) AS id, hour
  FROM copies JOIN copy_slots ON copy_slots.id = slot`;
const ABOVE = "sequence > ? AND expires >= ? ORDER BY sequence LIMIT ?";

/** Prepares the statements, once for a connection. */
export function prepareHistoryReads(db: Connection): Readers {
  const all = db.prepare<[UserId, number, Hour, number], CopyRow>(`${COPY} WHERE user = ? AND ${ABOVE}`);
  const one = db.prepare<[UserId, Uint8Array, number, Hour, number], CopyRow>(
    `${COPY} WHERE user = ? AND conversation = ? AND ${ABOVE}`,
  );
  // All of one origin are of one kind, so its first message tells.
  const unread = db.prepare<[UserId, Hour, number, UserId, number], UnreadOrigin>(`
    SELECT sequence, substr(body, 1, min(deliveries.bytes, ${HEAD_BYTES})) AS head, found.messages
    FROM (
      SELECT min(sequence) AS first, count(*) AS messages FROM deliveries
      WHERE recipient = ? AND expires >= ? GROUP BY origin HAVING min(sequence) > ?
    ) AS found
    JOIN deliveries ON recipient = ? AND sequence = first JOIN payloads ON payloads.id = payload
    WHERE substr(body, 1, 1) IN (${KINDS}) ORDER BY sequence LIMIT ?`);

  return {
    copies({ user, conversation, after, limit }, hour) {
      const found =
        conversation === undefined
          ? all.all(user, after, hour, limit + 1)
          : one.all(user, conversation, after, hour, limit + 1);
      return { copies: found.slice(0, limit), more: found.length > limit };
    },
    unread({ user, after, limit }, hour) {
      const found = unread.all(user, hour, after, user, limit + 1);
      return { origins: found.slice(0, limit), more: found.length > limit };
    },
  };
}
