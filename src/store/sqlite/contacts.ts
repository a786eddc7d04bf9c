/** Contacts as SQL. Rows are appended, overwritten where they are, and used again: see `widths.ts`. */
import { POLICIES, type Policy, type Relation, RELATIONS } from "../../protocol/v2/contacts.js";
import type { Hour } from "../../util/time.js";
import type {
  Consent,
  Contact,
  ContactChange,
  ContactLocator,
  ContactPage,
  ContactSums,
  ListedContact,
} from "../contacts.js";
import { NO_CONTACT } from "../contacts.js";
import type { UserId } from "../identifiers.js";
import type { Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import { preparePresence } from "./users.js";
import { KEY_VERSION_BASE } from "./widths.js";

/** What is added to the ids of users, to slots, and to states, so that their width never changes. */
const USER_BASE = 2 ** 40;
const SLOT_BASE = 2 ** 16;
const STATE_BASE = 16;
const BLOCKED = 4;
/** The widest hour of three bytes, and one of as many for rows that are free. */
const NEVER = 2 ** 23 - 1;
const NO_HOUR = 2 ** 22;

const RELATION_NAMES = Object.keys(RELATIONS) as Relation[];
const POLICY_NAMES = Object.keys(POLICIES) as Policy[];

type SetContact = Extract<ContactChange, { kind: "setContact" }>;
type Readers = {
  readonly [Table in ContactLocator["table"]]: (key: Extract<ContactLocator, { table: Table }>, hour: Hour) => unknown;
};

/** A contact as one number: `STATE_BASE`, the number of the relation, `BLOCKED`. */
function stateOf({ relation, blocked }: Contact): number {
  return STATE_BASE + RELATIONS[relation] + (blocked ? BLOCKED : 0);
}

function contactOf(state: number): Contact {
  const number = state - STATE_BASE;
  return { relation: RELATION_NAMES[number % BLOCKED] ?? "none", blocked: number >= BLOCKED };
}

/** The state, without a request whose hour is over. */
const STATE = `CASE WHEN expires >= ? THEN state ELSE state - (state - ${STATE_BASE}) % ${BLOCKED} END`;

/** Prepares what reads and writes have in common. */
function prepareStates(db: Connection) {
  const one = db
    .prepare<[Hour, number, number], number>(`SELECT ${STATE} FROM contacts WHERE user = ? AND other = ?`)
    .pluck();
  const sums = db.prepare<[Hour, number], { all: number; received: number }>(`
    SELECT count(*) AS "all", count(*) FILTER (WHERE (state - ${STATE_BASE}) % ${BLOCKED} = ${RELATIONS.received}) AS received
    FROM (SELECT ${STATE} AS state FROM contacts WHERE user = ?) WHERE state > ${STATE_BASE}`);
  return {
    contact(user: UserId, other: UserId, hour: Hour): Contact | undefined {
      const state = one.get(hour, USER_BASE + user, USER_BASE + other);
      return state === undefined || state === STATE_BASE ? undefined : contactOf(state);
    },
    sums: (user: UserId, hour: Hour): ContactSums => sums.get(hour, USER_BASE + user) ?? { all: 0, received: 0 },
  };
}

/** Prepares the reads. */
export function prepareContactReads(db: Connection): Readers {
  const states = prepareStates(db);
  const page = db.prepare<[Hour, number, number, number], ListedContact & { state: number }>(`
    SELECT slot - ${SLOT_BASE} AS slot, name, found.state, hour, key_version - ${KEY_VERSION_BASE} AS keyVersion
    FROM (SELECT slot, other, ${STATE} AS state, hour FROM contacts WHERE user = ?) AS found
    JOIN users ON users.id = other - ${USER_BASE}
    WHERE slot > ? AND found.state > ${STATE_BASE} AND name IS NOT NULL ORDER BY slot LIMIT ?`);
  const policy = db.prepare<[UserId], number>("SELECT policy FROM contact_policies WHERE user = ?").pluck();

  function policyOf(user: UserId): Policy | undefined {
    return POLICY_NAMES[policy.get(user) ?? -1];
  }

  function consent(user: UserId, from: UserId, hour: Hour): Consent | undefined {
    const [policy, found] = [policyOf(user), states.contact(user, from, hour)];
    if (policy === undefined && found === undefined) return undefined;
    return { ...(found ?? NO_CONTACT), policy: policy ?? "everyone" };
  }

  function contacts(user: UserId, after: number, limit: number, hour: Hour): ContactPage {
    const rows = page.all(hour, USER_BASE + user, SLOT_BASE + after, limit + 1);
    const entries = rows.slice(0, limit).map(({ state, ...entry }) => ({ ...entry, ...contactOf(state) }));
    return { entries, more: rows.length > limit };
  }

  return {
    contact: ({ user, other }, hour) => states.contact(user, other, hour),
    consent: ({ user, from }, hour) => consent(user, from, hour),
    contactSums: ({ user }, hour) => states.sums(user, hour),
    contacts: ({ user, after, limit }, hour) => contacts(user, after, limit, hour),
    policy: ({ user }) => policyOf(user),
  };
}

/** The statements of contacts, for the connection that writes. */
export interface Contacts {
  set(change: SetContact, hour: Hour): Verdict;
  setPolicy(user: UserId, policy: Policy): void;
  /** Ends everything between the user and others. */
  release(user: UserId): void;
  /** Ends at most `limit` requests that expired before `hour`; how many there were. */
  sweep(hour: Hour, limit: number): number;
}

/** Prepares the statements. `erased`: to be called in a transaction that ends a row. */
export function prepareContacts(db: Connection, erased: () => void): Contacts {
  const states = prepareStates(db);
  const isThere = preparePresence(db);
  const find = db.prepare<[number, number], { row: number; state: number }>(
    "SELECT row, state FROM contacts WHERE user = ? AND other = ?",
  );
  const freeRow = db.prepare<[], number>(`SELECT row FROM contacts WHERE user = ${USER_BASE} LIMIT 1`).pluck();
  const nextSlot = db
    .prepare<[number], number>(`SELECT coalesce(max(slot), ${SLOT_BASE}) + 1 FROM contacts WHERE user = ?`)
    .pluck();
  const append = db.prepare<[number, number, number, number, number, number]>(
    "INSERT INTO contacts (user, other, slot, state, hour, expires) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const reuse = db.prepare<[number, number, number, number, number, number, number]>(
    "UPDATE contacts SET user = ?, other = ?, slot = ?, state = ?, hour = ?, expires = ? WHERE row = ?",
  );
  const update = db.prepare<[number, Hour, number]>("UPDATE contacts SET state = ?, hour = ? WHERE row = ?");
  const expire = db.prepare<[number, number]>("UPDATE contacts SET expires = ? WHERE row = ?");
  const free = `UPDATE contacts SET user = ${USER_BASE}, other = ${USER_BASE} + row, slot = ${SLOT_BASE},
    state = ${STATE_BASE}, hour = ${NO_HOUR}, expires = ${NEVER}`;
  const freeOne = db.prepare<[number]>(`${free} WHERE row = ?`);
  const freeOf = db.prepare<[number, number]>(`${free} WHERE (user = ? OR other = ?) AND user > ${USER_BASE}`);
  const overdue = db.prepare<[Hour, number], { row: number; state: number }>(
    `SELECT row, state FROM contacts WHERE expires < ? AND expires < ${NEVER} ORDER BY expires LIMIT ?`,
  );
  const putPolicy = db.prepare<[UserId, number]>(`
    INSERT INTO contact_policies (user, policy) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET policy = excluded.policy`);
  const dropPolicy = db.prepare<[UserId]>("DELETE FROM contact_policies WHERE user = ?");

  function end(row: number): void {
    freeOne.run(row);
    erased();
  }

  function insert({ user, other, after, hour }: SetContact, expires: number): void {
    const slot = nextSlot.get(USER_BASE + user) ?? SLOT_BASE + 1;
    const values = [USER_BASE + user, USER_BASE + other, slot, stateOf(after), hour, expires] as const;
    const row = freeRow.get();
    if (row === undefined) append.run(...values);
    else reuse.run(...values, row);
  }

  function isWithin({ user, after, before, bounds }: SetContact, hour: Hour): boolean {
    const { all, received } = states.sums(user, hour);
    if (isNothing(before) && all >= bounds.all) return false;
    return before.relation === "received" || after.relation !== "received" || received < bounds.received;
  }

  return {
    set(change, hour) {
      const { user, other, before, after } = change;
      if (!isThere(user) || !isThere(other)) return "conflict";
      const now = states.contact(user, other, hour) ?? NO_CONTACT;
      if (stateOf(now) !== stateOf(before)) return "conflict";
      if (stateOf(now) === stateOf(after)) return "applied";
      const found = find.get(USER_BASE + user, USER_BASE + other);
      if (isNothing(after)) {
        if (found !== undefined) end(found.row);
        return "applied";
      }
      if (!isWithin(change, hour)) return "conflict";
      const expires = isPending(after) ? change.expires : NEVER;
      if (found === undefined) insert(change, expires);
      else {
        update.run(stateOf(after), change.hour, found.row);
        if (after.relation !== before.relation) expire.run(expires, found.row);
      }
      return "applied";
    },
    setPolicy: (user, policy) => void putPolicy.run(user, POLICIES[policy]),
    release(user) {
      dropPolicy.run(user);
      if (freeOf.run(USER_BASE + user, USER_BASE + user).changes > 0) erased();
    },
    sweep(hour, limit) {
      const rows = overdue.all(hour, limit);
      for (const { row, state } of rows) {
        const { blocked } = contactOf(state);
        if (!blocked) end(row);
        else {
          update.run(stateOf({ relation: "none", blocked }), hour, row);
          expire.run(NEVER, row);
        }
      }
      return rows.length;
    },
  };
}

function isNothing(contact: Contact): boolean {
  return stateOf(contact) === STATE_BASE;
}

function isPending({ relation }: Contact): boolean {
  return relation === "requested" || relation === "received";
}
