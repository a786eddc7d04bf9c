/** Contacts as a dumb model: for each user a plain map of the others. */
import type { Policy } from "../../src/protocol/v2/contacts.js";
import type { Contact, ContactChange, ContactLocator, ContactSums, ListedContact } from "../../src/store/contacts.js";
import { NO_CONTACT } from "../../src/store/contacts.js";
import type { User } from "../../src/store/rows.js";
import type { UserId } from "../../src/store/identifiers.js";
import type { Hour } from "../../src/util/time.js";

interface ContactRow extends Contact {
  readonly slot: number;
  readonly hour: Hour;
  readonly expires: Hour;
}
/** Lists by user, and in them rows by the other user. */
export interface ContactTables {
  readonly lists: Map<UserId, Map<UserId, ContactRow>>;
  readonly policies: Map<UserId, Policy>;
}

const NEVER = Infinity as Hour;

export function emptyContacts(): ContactTables {
  return { lists: new Map(), policies: new Map() };
}

export function copyOfContacts({ lists, policies }: ContactTables): ContactTables {
  return { lists: new Map([...lists].map(([user, list]) => [user, new Map(list)])), policies: new Map(policies) };
}

/** The row as it is seen in that hour, if it still says anything. */
function seen(row: ContactRow | undefined, hour: Hour): ContactRow | undefined {
  if (row === undefined || row.expires >= hour) return row;
  return row.blocked ? { ...row, relation: "none" } : undefined;
}

function listOf({ lists }: ContactTables, user: UserId, hour: Hour): readonly (readonly [UserId, ContactRow])[] {
  return [...(lists.get(user) ?? [])].flatMap(([other, row]) => {
    const found = seen(row, hour);
    return found === undefined ? [] : [[other, found] as const];
  });
}

function sumsOf(tables: ContactTables, user: UserId, hour: Hour): ContactSums {
  const list = listOf(tables, user, hour);
  return { all: list.length, received: list.filter(([, { relation }]) => relation === "received").length };
}

function contactOf({ lists }: ContactTables, user: UserId, other: UserId, hour: Hour): Contact | undefined {
  const row = seen(lists.get(user)?.get(other), hour);
  return row && { relation: row.relation, blocked: row.blocked };
}

export function setContact(
  tables: ContactTables,
  { user, other, before, after, bounds, ...change }: Extract<ContactChange, { kind: "setContact" }>,
  hour: Hour,
): "applied" | "conflict" {
  const now = contactOf(tables, user, other, hour) ?? NO_CONTACT;
  if (!isSame(now, before)) return "conflict";
  if (isSame(now, after)) return "applied";
  const list = tables.lists.get(user) ?? new Map<UserId, ContactRow>();
  if (isSame(after, NO_CONTACT)) {
    list.delete(other);
    return "applied";
  }
  const { all, received } = sumsOf(tables, user, hour);
  if (isSame(before, NO_CONTACT) && all >= bounds.all) return "conflict";
  if (before.relation !== "received" && after.relation === "received" && received >= bounds.received) return "conflict";
  const row = list.get(other);
  const pending = after.relation === "requested" || after.relation === "received";
  const slot = row?.slot ?? Math.max(0, ...[...list.values()].map((known) => known.slot)) + 1;
  const kept = row !== undefined && before.relation === after.relation;
  const expires = kept ? row.expires : pending ? change.expires : NEVER;
  tables.lists.set(user, list.set(other, { ...after, slot, hour: change.hour, expires }));
  return "applied";
}

export function releaseContacts({ lists, policies }: ContactTables, user: UserId): void {
  lists.delete(user);
  policies.delete(user);
  for (const list of lists.values()) list.delete(user);
}

/** How many requests had expired. */
export function sweepContacts({ lists }: ContactTables, hour: Hour): number {
  let swept = 0;
  for (const list of lists.values()) {
    for (const [other, row] of list) {
      if (row.expires >= hour) continue;
      swept++;
      if (row.blocked) list.set(other, { ...row, relation: "none", hour, expires: NEVER });
      else list.delete(other);
    }
  }
  return swept;
}

/** What a key of a row finds. */
export function readContacts(
  tables: ContactTables,
  key: ContactLocator,
  users: ReadonlyMap<UserId, User>,
  hour: Hour,
): unknown {
  switch (key.table) {
    case "contact":
      return contactOf(tables, key.user, key.other, hour);
    case "consent": {
      const [policy, found] = [tables.policies.get(key.user), contactOf(tables, key.user, key.from, hour)];
      if (policy === undefined && found === undefined) return undefined;
      return { ...(found ?? NO_CONTACT), policy: policy ?? "everyone" };
    }
    case "contactSums":
      return sumsOf(tables, key.user, hour);
    case "policy":
      return tables.policies.get(key.user);
    case "contacts": {
      const entries = listOf(tables, key.user, hour)
        .flatMap(([other, row]): ListedContact[] => {
          const user = users.get(other);
          if (user === undefined || row.slot <= key.after) return [];
          const { slot, relation, blocked } = row;
          return [{ slot, name: user.name, relation, blocked, hour: row.hour, keyVersion: user.keyVersion }];
        })
        .sort((one, two) => one.slot - two.slot);
      return { entries: entries.slice(0, key.limit), more: entries.length > key.limit };
    }
  }
}

function isSame(one: Contact, two: Contact): boolean {
  return one.relation === two.relation && one.blocked === two.blocked;
}
