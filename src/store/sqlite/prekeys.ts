/**
 * Prekeys as SQL. The keys lie in slots (see `slots.ts`), so that a key that was taken, replaced or voided can be read
 * nowhere any more; the rows beside them hold nothing but numbers.
 */
import { encodePrekeyNoticePayload } from "../../protocol/v2/payload.js";
import type { Hour } from "../../util/time.js";
import { NOTICE_HOURS, type PrekeyChange, type PrekeyRow } from "../prekeys.js";
import type { UserId } from "../identifiers.js";
import type { Applying, Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import { ownOrigin } from "./erasing.js";
import type { Mailboxes } from "./mailboxes.js";
import { emptySlots, prepareSlots, type SlotTable } from "./slots.js";

type ChangeOf<Kind extends PrekeyChange["kind"]> = Extract<PrekeyChange, { kind: Kind }>;

/** The kinds of prekeys, as they are stored. */
export const PREKEY_KINDS = { signed: 0, lastResort: 1, oneTime: 2 } as const;
type Kind = (typeof PREKEY_KINDS)[keyof typeof PREKEY_KINDS];

/** The smallest holds a key of X25519. */
const PREKEY_SLOTS: SlotTable = { table: "prekey_slots", smallest: 32, kept: 512 };
const NO_SIGNATURE = new Uint8Array(0);

/** The statements of prekeys, for the connection that writes. */
export interface Prekeys {
  publish(change: ChangeOf<"publishPrekeys">): Verdict;
  take(change: ChangeOf<"takePrekey">, applying: Applying): Verdict;
  /** Erases everything that hangs on the user. */
  void(user: UserId): void;
  /** Erases at most `limit` of those that were taken by requests which nobody can repeat any more; says how many. */
  sweep(hour: Hour, limit: number): number;
  /** See `Slots.release`. */
  releaseSlots(limit: number): void;
}

/** Prepares the statements. */
export function preparePrekeys(db: Connection, mailboxes: Pick<Mailboxes, "store">): Prekeys {
  const slots = prepareSlots(db, PREKEY_SLOTS);
  const eraseKind = slots.erasure("prekeys WHERE user = ? AND kind = ?");
  const eraseOne = slots.erasure("prekeys WHERE user = ? AND kind = ? AND id = ?");
  const eraseAll = slots.erasure("prekeys WHERE user = ?");
  const eraseTaken = slots.erasure("taken_prekeys WHERE user = ?");
  const eraseExpired = slots.erasure(
    "taken_prekeys WHERE outcome IN (SELECT outcome FROM taken_prekeys WHERE expires < ? ORDER BY expires LIMIT ?)",
  );
  const insert = db.prepare<[UserId, Kind, number, number | bigint, number, Hour]>(
    "INSERT INTO prekeys (user, kind, id, slot, bytes, hour) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const count = db
    .prepare<[UserId], number>(`SELECT count(*) FROM prekeys WHERE user = ? AND kind = ${PREKEY_KINDS.oneTime}`)
    .pluck();
  const supply = db.prepare<[UserId]>(`
    INSERT INTO prekey_supplies (user, hour, taken, by_strangers, told) VALUES (?, 0, 0, 0, 0)
    ON CONFLICT (user) DO UPDATE SET told = 0`);
  const endSupply = db.prepare<[UserId]>("DELETE FROM prekey_supplies WHERE user = ?");
  const remove = db.prepare<[UserId, number], { slot: number; bytes: number }>(
    `DELETE FROM prekeys WHERE user = ? AND kind = ${PREKEY_KINDS.oneTime} AND id = ? RETURNING slot, bytes`,
  );
  const keep = db.prepare<[Uint8Array, UserId, number, number, number, Hour]>(
    "INSERT INTO taken_prekeys (outcome, user, id, slot, bytes, expires) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const spent = db.prepare<[UserId, Hour], { taken: number; strangers: number }>(
    "SELECT taken, by_strangers AS strangers FROM prekey_supplies WHERE user = ? AND hour = ?",
  );
  const spend = db.prepare<[Hour, number, number, UserId]>(
    "UPDATE prekey_supplies SET hour = ?, taken = ?, by_strangers = ? WHERE user = ?",
  );
  const isTold = db.prepare<[UserId], 1>("SELECT 1 FROM prekey_supplies WHERE user = ? AND told = 1");
  const setTold = db.prepare<[UserId]>("UPDATE prekey_supplies SET told = 1 WHERE user = ?");

  function put(user: UserId, kind: Kind, { id, key }: PrekeyRow, signature: Uint8Array, hour: Hour): void {
    insert.run(user, kind, id, slots.fill(key, signature), key.length, hour);
  }

  /** When it finds no room it comes with the next one that is taken. */
  function notice(user: UserId, left: number, { hour, receipts, tally }: Applying): void {
    const message = {
      recipient: user,
      origin: ownOrigin(user),
      payload: encodePrekeyNoticePayload(left),
      expires: (hour + NOTICE_HOURS) as Hour,
    };
    if (mailboxes.store(message, tally) !== "applied") return;
    setTold.run(user);
    receipts.add(user);
  }

  return {
    publish({ user, signed, lastResort, oneTime, replace, most, hour }) {
      if (replace) eraseKind(user, PREKEY_KINDS.oneTime);
      for (const [kind, prekey] of [
        [PREKEY_KINDS.signed, signed],
        [PREKEY_KINDS.lastResort, lastResort],
      ] as const) {
        if (prekey === undefined) continue;
        eraseKind(user, kind);
        put(user, kind, prekey, prekey.signature, hour);
      }
      for (const prekey of oneTime) {
        eraseOne(user, PREKEY_KINDS.oneTime, prekey.id);
        put(user, PREKEY_KINDS.oneTime, prekey, NO_SIGNATURE, hour);
      }
      if (Number(count.get(user)) > most) return "conflict";
      supply.run(user);
      return "applied";
    },
    take({ user, id, outcome, hour, stranger, most, low }, applying) {
      const { taken, strangers } = spent.get(user, hour) ?? { taken: 0, strangers: 0 };
      if (taken >= most.all || (stranger && strangers >= most.strangers)) return "conflict";
      const prekey = remove.get(user, id);
      if (prekey === undefined) return "conflict";
      const { slot, bytes } = prekey;
      if (keep.run(outcome.id, user, id, slot, bytes, outcome.expires).changes === 0) return "conflict";
      spend.run(hour, taken + 1, strangers + (stranger ? 1 : 0), user);
      const left = Number(count.get(user));
      if (left < low && isTold.get(user) === undefined) notice(user, left, applying);
      return "applied";
    },
    void(user) {
      eraseAll(user);
      eraseTaken(user);
      endSupply.run(user);
    },
    sweep: (hour, limit) => eraseExpired(hour, limit).length,
    releaseSlots: (limit) => slots.release(limit),
  };
}

/** Voids the one-time prekeys of everybody, those that were taken as well: a backup does not know which were given away. */
export function voidOneTimePrekeys(db: Connection): void {
  const ofOneTime = `SELECT slot FROM prekeys WHERE kind = ${PREKEY_KINDS.oneTime} UNION ALL SELECT slot FROM taken_prekeys`;
  db.exec(`
    ${emptySlots(PREKEY_SLOTS.table, `id IN (${ofOneTime})`)};
    DELETE FROM prekeys WHERE kind = ${PREKEY_KINDS.oneTime};
    DELETE FROM taken_prekeys;
  `);
}
