/** The reads of prekeys, as prepared statements on a connection of the calling thread. */
import type { Hour } from "../../util/time.js";
import type { PrekeyLocator, PrekeyRow, PrekeysRow, SignedPrekeyRow } from "../prekeys.js";
import type { UserId } from "../identifiers.js";
import type { Connection } from "./connection.js";
import { PREKEY_KINDS } from "./prekeys.js";

/** How the rows of each table are read. */
type Readers = {
  readonly [Table in PrekeyLocator["table"]]: (key: Extract<PrekeyLocator, { table: Table }>) => unknown;
};

interface Supply {
  readonly hour: Hour;
  readonly all: number;
  readonly strangers: number;
}

const SIGNATURE_BYTES = 64;
const KEY = "substr(body, 1, bytes) AS key";

/** Prepares the statements, once for a connection. */
export function preparePrekeyReads(db: Connection): Readers {
  const signed = db.prepare<[UserId, number], SignedPrekeyRow>(`
    SELECT prekeys.id, ${KEY}, substr(body, bytes + 1, ${SIGNATURE_BYTES}) AS signature, hour
    FROM prekeys JOIN prekey_slots ON prekey_slots.id = slot WHERE user = ? AND kind = ?`);
  const oneTime = db.prepare<[UserId, number], PrekeyRow>(`
    SELECT prekeys.id, ${KEY} FROM prekeys JOIN prekey_slots ON prekey_slots.id = slot
    WHERE user = ? AND kind = ${PREKEY_KINDS.oneTime} ORDER BY prekeys.id LIMIT ?`);
  const count = db
    .prepare<[UserId], number>(`SELECT count(*) FROM prekeys WHERE user = ? AND kind = ${PREKEY_KINDS.oneTime}`)
    .pluck();
  const supply = db.prepare<[UserId], Supply>(
    'SELECT hour, taken AS "all", by_strangers AS strangers FROM prekey_supplies WHERE user = ?',
  );
  const taken = db.prepare<[Uint8Array], PrekeyRow>(`
    SELECT taken_prekeys.id, ${KEY} FROM taken_prekeys JOIN prekey_slots ON prekey_slots.id = slot WHERE outcome = ?`);

  return {
    prekeys({ user, limit }): PrekeysRow | undefined {
      const found = supply.get(user);
      return (
        found && {
          signed: signed.get(user, PREKEY_KINDS.signed),
          lastResort: signed.get(user, PREKEY_KINDS.lastResort),
          oneTime: oneTime.all(user, limit),
          count: Number(count.get(user)),
          taken: found,
        }
      );
    },
    takenPrekey: ({ outcome }) => taken.get(outcome),
  };
}
