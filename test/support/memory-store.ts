/** The store as a dumb model: plain maps, copied before each decision. What it does is what the contract means. */
import { writeFile } from "node:fs/promises";
import { serialize } from "node:v8";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import { encodeReceiptPayload } from "../../src/protocol/v2/payload.js";
import type { Change, Outcome, Settled } from "../../src/store/changes.js";
import { RECEIPT_HOURS, SETTLED } from "../../src/store/changes.js";
import type { MessageFields } from "../../src/store/contacts.js";
import type { Delivery, KeyLogEntry, RowKey, User } from "../../src/store/rows.js";
import type { Sequence, UserId } from "../../src/store/identifiers.js";
import { foldName } from "../../src/store/identifiers.js";
import type { MailboxQuota, Store, StoreCounts, Swept } from "../../src/store/store.js";
import type { Hour } from "../../src/util/time.js";
import { hourAfter } from "../../src/util/time.js";
import { type HistoryTable, keepCopy, readCopies, readUnread, sweepHistories } from "./memory-history.js";
import { MemoryPrekeys } from "./memory-prekeys.js";
import { applyToGroups, type AroundGroups, type GroupTable, readGroups, releaseFromGroups } from "./memory-groups.js";
import type { ContactTables } from "./memory-contacts.js";
import {
  copyOfContacts,
  emptyContacts,
  readContacts,
  releaseContacts,
  setContact,
  sweepContacts,
} from "./memory-contacts.js";

interface RouteRow {
  client: string;
  incarnation: number;
  tag: SenderTag;
  expires: Hour;
}
interface MessageRow {
  sequence: Sequence;
  payload: Uint8Array;
  origin: string;
  contact: boolean;
  expires: Hour;
  outcome: { readonly id: Uint8Array; readonly expires: Hour } | undefined;
  receipt: { readonly to: UserId; readonly id: Uint8Array } | undefined;
}
interface Mailbox {
  last: number;
  fullSince: Hour | undefined;
  messages: MessageRow[];
}
interface LogEntry extends KeyLogEntry {
  readonly by: "registration" | "rotation" | "recovery";
  readonly at: Hour;
  readonly signature: Uint8Array;
}
interface Tables {
  ids: number;
  users: Map<UserId, User>;
  keyLogs: Map<UserId, readonly LogEntry[]>;
  /** Until when; `Infinity` for those that are reserved. */
  heldNames: Map<string, number>;
  stopped: boolean;
  routes: Map<UserId, RouteRow>;
  replays: Map<string, Hour>;
  outcomes: Map<string, { readonly digest: Buffer; readonly code: number; readonly expires: Hour }>;
  mailboxes: Map<UserId, Mailbox>;
  /** By recipient; their payloads are only measured. */
  phantoms: Map<UserId, readonly MessageRow[]>;
  prekeys: MemoryPrekeys;
  histories: HistoryTable;
  groups: GroupTable;
  contacts: ContactTables;
}
interface Effects {
  readonly users: UserId[];
  readonly receipts: Set<UserId>;
}

/** Opens an empty one. */
export function openMemoryStore(options: { quota: MailboxQuota | undefined; now: () => number }): Store {
  let tables: Tables = {
    ids: 0,
    users: new Map(),
    keyLogs: new Map(),
    heldNames: new Map(),
    stopped: false,
    routes: new Map(),
    replays: new Map(),
    outcomes: new Map(),
    mailboxes: new Map(),
    phantoms: new Map(),
    prekeys: new MemoryPrekeys(),
    histories: new Map(),
    groups: new Map(),
    contacts: emptyContacts(),
  };

  function apply(change: Change, { users, receipts }: Effects): Outcome["status"] {
    switch (change.kind) {
      case "insertUser": {
        if (tables.stopped || userNamed(change.folded) !== undefined || tables.heldNames.has(change.folded))
          return "conflict";
        const id = ++tables.ids as UserId;
        const { name, algorithm, key, recoveryKey, created, signature } = change;
        tables.users.set(id, { id, name, algorithm, key, keyVersion: 1, recoveryKey });
        tables.keyLogs.set(id, [{ by: "registration", at: created, key, recoveryKey, signature }]);
        putRoute(id, { ...change.route, expires: change.routeExpires });
        users.push(id);
        return "applied";
      }
      case "importUser": {
        if (userNamed(change.folded) !== undefined || tables.heldNames.has(change.folded)) return "conflict";
        const id = ++tables.ids as UserId;
        const { name, key, created } = change;
        tables.users.set(id, { id, name, algorithm: "p256", key, keyVersion: 1, recoveryKey: undefined });
        const entry = { by: "registration", at: created, key, recoveryKey: undefined } as const;
        tables.keyLogs.set(id, [{ ...entry, signature: Buffer.alloc(0) }]);
        users.push(id);
        return "applied";
      }
      case "moveRoute":
        if (!hasKey(change)) return "conflict";
        putRoute(change.user, { ...change.route, expires: change.expires });
        return "applied";
      case "refreshRoute": {
        if (!hasKey(change)) return "conflict";
        const route = tables.routes.get(change.user);
        if (route === undefined || expired(route)) return "applied";
        if (route.client !== change.route.client || route.tag !== change.route.tag) return "applied";
        route.incarnation = Math.max(route.incarnation, change.route.incarnation);
        route.expires = Math.max(route.expires, change.expires) as Hour;
        return "applied";
      }
      case "endRoute":
        if (!hasKey(change)) return "conflict";
        tables.routes.delete(change.user);
        return "applied";
      case "rememberReplay": {
        const digest = hex(change.digest);
        if (tables.replays.has(digest)) return "conflict";
        tables.replays.set(digest, change.expires);
        return "applied";
      }
      case "rememberOutcome": {
        const id = hex(change.id);
        if (tables.outcomes.has(id)) return "conflict";
        tables.outcomes.set(id, { digest: Buffer.from(change.digest), code: change.code, expires: change.expires });
        return "applied";
      }
      case "storeMessage":
        return storeMessage({ ...change, payload: Buffer.from(change.payload) });
      case "refuseMessage":
        return refuseMessage({ ...change, payload: Buffer.from(change.payload) });
      case "eraseDeliveries":
        erase(change.recipient, ({ sequence }) => change.sequences.includes(sequence), change.as, hour(), receipts);
        return "applied";
      case "acknowledge": {
        if (!hasKey(change)) return "conflict";
        const acknowledged = ({ sequence }: MessageRow): boolean =>
          change.ranges.some(({ first, last }) => first <= sequence && sequence <= last);
        erase(change.user, acknowledged, "delivered", hour(), receipts);
        const mailbox = tables.mailboxes.get(change.user);
        if (mailbox !== undefined) mailbox.fullSince = undefined;
        return "applied";
      }
      case "changeKey": {
        const user = tables.users.get(change.user);
        if (user === undefined || !hasKey(change)) return "conflict";
        const { key, by, at, signature, recoveryKey = user.recoveryKey } = change;
        tables.users.set(user.id, { ...user, algorithm: "ed25519", key, recoveryKey, keyVersion: user.keyVersion + 1 });
        tables.keyLogs.set(user.id, [...(tables.keyLogs.get(user.id) ?? []), { by, at, key, recoveryKey, signature }]);
        tables.routes.delete(user.id);
        tables.prekeys.void(user.id);
        return "applied";
      }
      case "releaseUser": {
        const user = tables.users.get(change.user);
        if (user === undefined || !hasKey(change) || foldName(user.name) !== change.folded) return "conflict";
        tables.users.delete(user.id);
        tables.keyLogs.delete(user.id);
        tables.routes.delete(user.id);
        tables.prekeys.void(user.id);
        tables.histories.delete(user.id);
        const messages = tables.mailboxes.get(user.id)?.messages ?? [];
        tables.mailboxes.delete(user.id);
        releaseContacts(tables.contacts, user.id);
        const phantoms = tables.phantoms.get(user.id) ?? [];
        tables.phantoms.delete(user.id);
        settle([...messages, ...phantoms], "expired", hour(), receipts);
        tables.heldNames.set(change.folded, change.heldUntil);
        releaseFromGroups(user.id, around(receipts));
        return "applied";
      }
      case "reserveName":
        if (userNamed(change.folded) !== undefined) return "conflict";
        // A row as a user's, of a user who never was.
        if (!tables.heldNames.has(change.folded)) tables.ids++;
        tables.heldNames.set(change.folded, Infinity);
        return "applied";
      case "freeName":
        return tables.heldNames.delete(change.folded) ? "applied" : "conflict";
      case "setRegistrations":
        tables.stopped = change.stopped;
        return "applied";
      case "createGroup":
      case "changeGroup":
      case "sendToGroup":
        return hasKey(change) ? applyToGroups(change, around(receipts)) : "conflict";
      case "publishPrekeys":
        return hasKey(change) ? tables.prekeys.publish(change) : "conflict";
      case "takePrekey":
        return hasKey(change)
          ? tables.prekeys.take(change, (payload, lasts) => note(change.user, payload, lasts, receipts))
          : "conflict";
      case "keepCopy":
        return tables.users.has(change.user) ? keepCopy(tables.histories, change) : "conflict";
      case "setContact":
        if (!tables.users.has(change.user) || !tables.users.has(change.other)) return "conflict";
        return setContact(tables.contacts, change, hour());
      case "setPolicy":
        if (!hasKey(change)) return "conflict";
        tables.contacts.policies.set(change.user, change.policy);
        return "applied";
      case "notify": {
        const { user: recipient, origin, payload, expires, wanted } = change;
        if (wanted && storeMessage({ recipient, origin, payload, expires }) === "applied") receipts.add(recipient);
        return "applied";
      }
    }
  }

  /** Puts a receipt or a notice into the user's own mailbox, if there is room; says whether. */
  function note(user: UserId, payload: Uint8Array, lasts: number, receipts: Set<UserId>, now = hour()): boolean {
    const origin = Buffer.alloc(8);
    origin.writeBigUInt64BE(BigInt(user));
    const stored = storeMessage({ recipient: user, origin, payload, expires: (now + lasts) as Hour }) === "applied";
    if (stored) receipts.add(user);
    return stored;
  }

  function around(receipts: Set<UserId>): AroundGroups {
    return {
      ...tables,
      hour: hour(),
      tell(message) {
        const status = storeMessage(message);
        const mailbox = tables.mailboxes.get(message.recipient);
        if (status === "refused" && mailbox !== undefined) mailbox.fullSince ??= hour();
        if (status === "applied") receipts.add(message.recipient);
        return status === "applied";
      },
    };
  }

  const userNamed = (folded: string): User | undefined =>
    [...tables.users.values()].find(({ name }) => foldName(name) === folded);

  function hasKey({ user, keyVersion }: { user: UserId; keyVersion: number }): boolean {
    return tables.users.get(user)?.keyVersion === keyVersion;
  }

  function putRoute(user: UserId, route: RouteRow): void {
    const { client, incarnation, tag, expires } = route;
    for (const [other, { client: otherClient, tag: otherTag }] of tables.routes) {
      if (otherClient === client && otherTag === tag) tables.routes.delete(other);
    }
    tables.routes.set(user, { client, incarnation, tag, expires });
  }

  /** Changes nothing when it does not apply. */
  function storeMessage(message: MessageFields): Outcome["status"] {
    const { recipient } = message;
    if (!tables.users.has(recipient)) return "conflict";
    const mailbox = tables.mailboxes.get(recipient) ?? { last: 0, fullSince: undefined, messages: [] };
    const sequence = (mailbox.last + 1) as Sequence;
    const row = rowOf(message, sequence);
    const phantoms = (tables.phantoms.get(recipient) ?? []).filter(({ origin }) => origin === row.origin);
    if (!fits(mailbox.messages, phantoms, row)) return "refused";
    tables.mailboxes.set(recipient, { ...mailbox, last: sequence, messages: [...mailbox.messages, row] });
    return "applied";
  }

  function refuseMessage(message: MessageFields): Outcome["status"] {
    const { recipient } = message;
    if (!tables.users.has(recipient)) return "conflict";
    const phantoms = tables.phantoms.get(recipient) ?? [];
    const row = rowOf(message, 0 as Sequence);
    if (!fits([...(tables.mailboxes.get(recipient)?.messages ?? []), ...phantoms], [], row)) return "refused";
    tables.phantoms.set(recipient, [...phantoms, row]);
    return "applied";
  }

  function erase(
    user: UserId,
    goes: (message: MessageRow) => boolean,
    as: Settled,
    now: Hour,
    receipts: Set<UserId>,
  ): void {
    const mailbox = tables.mailboxes.get(user);
    if (mailbox === undefined) return;
    const gone = mailbox.messages.filter(goes);
    mailbox.messages = mailbox.messages.filter((message) => !goes(message));
    settle(gone, as, now, receipts);
  }

  function settle(messages: readonly MessageRow[], as: Settled, now: Hour, receipts: Set<UserId>): void {
    for (const { outcome, receipt } of messages) {
      const known = outcome && tables.outcomes.get(hex(outcome.id));
      if (outcome !== undefined && known !== undefined) {
        const expires = Math.max(known.expires, outcome.expires) as Hour;
        tables.outcomes.set(hex(outcome.id), { ...known, code: SETTLED[as], expires });
      }
      if (receipt === undefined) continue;
      note(receipt.to, encodeReceiptPayload({ id: receipt.id, state: as }), RECEIPT_HOURS, receipts, now);
    }
  }

  /** Is there room for one more? `own`: what counts only where its sender's are counted. */
  function fits(others: readonly MessageRow[], own: readonly MessageRow[], row: MessageRow): boolean {
    const { quota } = options;
    if (quota === undefined) return true;
    const all = [...others, row];
    const within = (rows: readonly MessageRow[], parts: number): boolean =>
      rows.length <= Math.max(1, Math.floor(quota.messages / parts)) && sizeOf(rows) <= Math.floor(quota.bytes / parts);
    const strangers = row.contact ? [] : all.filter(({ contact }) => !contact);
    const ofSender = [...all.filter(({ origin }) => origin === row.origin), ...own];
    return within(all, 1) && within(strangers, 2) && within(ofSender, 16);
  }

  const hour = (): Hour => hourAfter(options.now());
  const expired = (row: { expires: Hour }): boolean => row.expires < hourAfter(options.now());

  function read(key: RowKey): unknown {
    switch (key.table) {
      case "userByName":
        return userNamed(key.name);
      case "userById":
        return tables.users.get(key.id);
      case "routeOwner": {
        const owns = ([, route]: [UserId, RouteRow]): boolean => route.client === key.client && route.tag === key.tag;
        const [user, route] = [...tables.routes].find(owns) ?? [];
        if (user === undefined || route === undefined || expired(route)) return undefined;
        return { user, algorithm: tables.users.get(user)?.algorithm };
      }
      case "replay":
        return tables.replays.has(hex(key.digest)) ? true : undefined;
      case "outcome": {
        const outcome = tables.outcomes.get(hex(key.id));
        return outcome && { digest: outcome.digest, code: outcome.code };
      }
      case "heldName":
        return tables.heldNames.has(key.name) ? true : undefined;
      case "registrationsStopped":
        return tables.stopped ? true : undefined;
      case "nameHold": {
        const until = tables.heldNames.get(key.name);
        return until === undefined ? undefined : { until: until === Infinity ? undefined : until };
      }
      case "nameCounts": {
        const reserved = [...tables.heldNames.values()].filter((until) => until === Infinity).length;
        return { held: tables.heldNames.size - reserved, reserved };
      }
      case "groupCount":
        return tables.groups.size;
      case "copyCount":
        return tables.histories.get(key.user)?.copies.length;
      case "userDates": {
        const log = tables.keyLogs.get(key.user);
        const route = tables.routes.get(key.user);
        const routeExpires = route && !expired(route) ? route.expires : undefined;
        return log && { registered: log[0]?.at, keyChanged: Math.max(...log.map(({ at }) => at)), routeExpires };
      }
      case "keyLog": {
        const entry = tables.keyLogs.get(key.user)?.[key.version - 1];
        return entry && { key: entry.key, recoveryKey: entry.recoveryKey };
      }
      case "keys": {
        const entries = (tables.keyLogs.get(key.user) ?? [])
          .map(({ by, at, ...entry }, index) => ({ ...entry, version: index + 1, by, hour: at }))
          .filter(({ version }) => version >= key.from);
        return { entries: entries.slice(0, key.limit), more: entries.length > key.limit };
      }
      case "keyHad": {
        const had = Buffer.from(key.key);
        return tables.keyLogs.get(key.user)?.some((entry) => had.equals(entry.key)) === true ? true : undefined;
      }
      case "recoveryRight": {
        const log = tables.keyLogs.get(key.user) ?? [];
        const settled = log.findLastIndex(({ by, at }) => by !== "rotation" || at < key.before);
        const recoveryKey = log.slice(settled).find((entry) => entry.recoveryKey !== undefined)?.recoveryKey;
        return recoveryKey && { recoveryKey };
      }
      case "mailbox": {
        const mailbox = tables.mailboxes.get(key.user);
        if (mailbox === undefined) return undefined;
        const { messages, last, fullSince } = mailbox;
        return { messages: messages.length, bytes: sizeOf(messages), lastSequence: last, fullSince };
      }
      case "prekeys":
        return tables.prekeys.read(key.user, key.limit);
      case "takenPrekey":
        return tables.prekeys.readTaken(key.outcome);
      case "route": {
        const row = tables.routes.get(key.user);
        return row && !expired(row) ? { client: row.client, incarnation: row.incarnation, tag: row.tag } : undefined;
      }
      case "deliveries": {
        const found = deliveries(key.recipient, key.after, key.limit + 1);
        return { deliveries: found.slice(0, key.limit), more: found.length > key.limit };
      }
      case "copies":
        return readCopies(tables.histories, key, hour());
      case "unread":
        return readUnread(
          (tables.mailboxes.get(key.user)?.messages ?? []).filter((message) => !expired(message)),
          key,
        );
      case "contact":
      case "consent":
      case "contactSums":
      case "contacts":
      case "policy":
        return readContacts(tables.contacts, key, tables.users, hour());
      default:
        return readGroups(key, around(new Set()));
    }
  }

  function decide(changes: readonly Change[]): Outcome {
    const before = copyOf(tables);
    const effects = { users: [], receipts: new Set<UserId>() };
    for (const change of changes) {
      const status = apply(change, effects);
      if (status === "applied") continue;
      tables = before;
      const mailbox = change.kind === "storeMessage" ? tables.mailboxes.get(change.recipient) : undefined;
      if (status === "refused" && mailbox !== undefined) mailbox.fullSince ??= hour();
      return { status };
    }
    return { status: "applied", users: effects.users, receipts: [...effects.receipts] };
  }

  function sweep(now: Hour): Swept {
    const swept = {
      ...{ deliveries: 0, replays: 0, routes: 0, outcomes: 0, heldNames: 0 },
      ...{ takenPrekeys: 0, copies: 0, contactRequests: 0, phantoms: 0 },
    };
    const gone: MessageRow[] = [];
    for (const [, mailbox] of [...tables.mailboxes].sort(([a], [b]) => a - b)) {
      gone.push(...mailbox.messages.filter(({ expires }) => expires < now));
      mailbox.messages = mailbox.messages.filter(({ expires }) => expires >= now);
    }
    swept.deliveries = gone.length;
    settle(gone, "expired", now, new Set());
    for (const [user, rows] of tables.phantoms) {
      const overdue = rows.filter(({ expires }) => expires < now);
      tables.phantoms.set(
        user,
        rows.filter((row) => !overdue.includes(row)),
      );
      swept.phantoms += overdue.length;
      settle(overdue, "expired", now, new Set());
    }
    const drop = <Key, Row>(rows: Map<Key, Row>, expiry: (row: Row) => number): number =>
      [...rows].filter(([key, row]) => expiry(row) < now && rows.delete(key)).length;
    swept.replays = drop(tables.replays, (expires) => expires);
    swept.routes = drop(tables.routes, ({ expires }) => expires);
    swept.outcomes = drop(tables.outcomes, ({ expires }) => expires);
    swept.copies = sweepHistories(tables.histories, now);
    swept.takenPrekeys = tables.prekeys.sweep(now);
    swept.heldNames = drop(tables.heldNames, (expires) => expires);
    swept.contactRequests = sweepContacts(tables.contacts, now);
    return swept;
  }

  function counts(): StoreCounts {
    const messages = [...tables.mailboxes.values()].flatMap((mailbox) => mailbox.messages);
    // What went to many is stored once.
    const payloads = new Set(messages.map(({ payload }) => payload));
    const payloadBytes = [...payloads].reduce((sum, payload) => sum + payload.length, 0);
    return { users: tables.users.size, deliveries: messages.length, payloadBytes };
  }

  function deliveries(recipient: UserId, after: number, limit: number): Delivery[] {
    const messages = tables.mailboxes.get(recipient)?.messages ?? [];
    return messages
      .filter((message) => message.sequence > after && !expired(message))
      .slice(0, limit)
      .map(({ sequence, payload }) => ({ recipient, sequence, payload }));
  }

  return {
    epoch: 1,
    load: (keys) => Promise.resolve(keys.map(read)),
    deliveries: (recipient, after, limit) => Promise.resolve(deliveries(recipient, after, limit)),
    commit: (decisions) => Promise.resolve(decisions.map(decide)),
    commitLazily: (decisions) => Promise.resolve(decisions.map(decide)),
    sweep: (now) => Promise.resolve(sweep(now)),
    truncateLog: () => Promise.resolve(true),
    counts: () => Promise.resolve(counts()),
    backup: (file) => writeFile(file, serialize(tables), { flag: "wx" }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function copyOf(tables: Tables): Tables {
  const { ids, users, keyLogs, heldNames, stopped, routes, replays, outcomes, mailboxes } = tables;
  const { contacts, prekeys, groups, phantoms } = tables;
  return {
    ids,
    phantoms: new Map(phantoms),
    users: new Map(users),
    keyLogs: new Map(keyLogs),
    heldNames: new Map(heldNames),
    stopped,
    routes: new Map([...routes].map(([user, route]) => [user, { ...route }])),
    replays: new Map(replays),
    outcomes: new Map(outcomes),
    groups: new Map(groups),
    mailboxes: new Map([...mailboxes].map(([user, box]) => [user, { ...box, messages: [...box.messages] }])),
    prekeys: prekeys.copy(),
    histories: new Map(tables.histories),
    contacts: copyOfContacts(contacts),
  };
}

function rowOf(message: MessageFields, sequence: Sequence): MessageRow {
  const { payload, origin, contact = false, expires, outcome, receipt } = message;
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
  return { sequence, payload: bytes, origin: hex(origin), contact, expires, outcome, receipt };
}

function sizeOf(rows: readonly MessageRow[]): number {
  return rows.reduce((sum, { payload }) => sum + payload.length, 0);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
