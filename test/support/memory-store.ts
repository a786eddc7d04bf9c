/** The store as a dumb model: plain maps, copied before each decision. What it does is what the contract means. */
import { writeFile } from "node:fs/promises";
import { serialize } from "node:v8";
import type { Change, Outcome } from "../../src/store/changes.js";
import type { Delivery, RowKey, Sequence, User, UserId } from "../../src/store/rows.js";
import type { MailboxQuota, Store, StoreCounts, Swept } from "../../src/store/store.js";
import type { Hour } from "../../src/util/time.js";
import { hourAfter } from "../../src/util/time.js";

interface RouteRow {
  client: string;
  incarnation: number;
  tag: string;
  expires: Hour;
}
interface MessageRow {
  sequence: Sequence;
  payload: Uint8Array;
  origin: string;
  expires: Hour;
}
interface Tables {
  users: User[];
  names: Map<string, UserId>;
  routes: Map<UserId, RouteRow>;
  replays: Map<string, Hour>;
  mailboxes: Map<UserId, { last: number; messages: MessageRow[] }>;
}

/** Opens an empty one. */
export function openMemoryStore(options: { quota: MailboxQuota | undefined; now: () => number }): Store {
  let tables: Tables = {
    users: [],
    names: new Map(),
    routes: new Map(),
    replays: new Map(),
    mailboxes: new Map(),
  };

  function apply(change: Change, users: UserId[]): Outcome["status"] {
    switch (change.kind) {
      case "insertUser": {
        if (tables.names.has(change.folded)) return "conflict";
        const id = (tables.users.length + 1) as UserId;
        const { name, algorithm, key } = change;
        tables.users.push({ id, name, algorithm, key: Buffer.from(key), keyVersion: 1 });
        tables.names.set(change.folded, id);
        putRoute(id, { ...change.route, expires: change.routeExpires });
        users.push(id);
        return "applied";
      }
      case "moveRoute":
        if (tables.users[change.user - 1]?.keyVersion !== change.keyVersion) return "conflict";
        putRoute(change.user, { ...change.route, expires: change.expires });
        return "applied";
      case "refreshRoute": {
        if (tables.users[change.user - 1]?.keyVersion !== change.keyVersion) return "conflict";
        const route = tables.routes.get(change.user);
        if (route === undefined || expired(route)) return "applied";
        if (route.client !== change.route.client || route.tag !== change.route.tag) return "applied";
        route.expires = Math.max(route.expires, change.expires) as Hour;
        return "applied";
      }
      case "rememberReplay": {
        const digest = hex(change.digest);
        if (tables.replays.has(digest)) return "conflict";
        tables.replays.set(digest, change.expires);
        return "applied";
      }
      case "storeMessage": {
        if (tables.users[change.recipient - 1] === undefined) return "conflict";
        const mailbox = tables.mailboxes.get(change.recipient) ?? { last: 0, messages: [] };
        tables.mailboxes.set(change.recipient, mailbox);
        const { origin, payload, expires } = change;
        const sequence = ++mailbox.last as Sequence;
        mailbox.messages.push({ sequence, payload: Buffer.from(payload), origin: hex(origin), expires });
        return fits(mailbox.messages, hex(origin)) ? "applied" : "refused";
      }
      case "eraseDeliveries": {
        const mailbox = tables.mailboxes.get(change.recipient);
        if (mailbox === undefined) return "applied";
        mailbox.messages = mailbox.messages.filter(({ sequence }) => !change.sequences.includes(sequence));
        return "applied";
      }
    }
  }

  function putRoute(user: UserId, route: RouteRow): void {
    const { client, incarnation, tag, expires } = route;
    for (const [other, { client: otherClient, tag: otherTag }] of tables.routes) {
      if (otherClient === client && otherTag === tag) tables.routes.delete(other);
    }
    tables.routes.set(user, { client, incarnation, tag, expires });
  }

  function fits(messages: readonly MessageRow[], origin: string): boolean {
    if (options.quota === undefined) return true;
    const own = messages.filter((message) => message.origin === origin);
    const within = (rows: readonly MessageRow[], quota: MailboxQuota, parts: number): boolean =>
      rows.length <= Math.max(1, Math.floor(quota.messages / parts)) && sizeOf(rows) <= Math.floor(quota.bytes / parts);
    return within(messages, options.quota, 2) && within(own, options.quota, 16);
  }

  const expired = (row: { expires: Hour }): boolean => row.expires < hourAfter(options.now());

  function read(key: RowKey): unknown {
    switch (key.table) {
      case "userByName":
        return tables.users.find(({ id }) => id === tables.names.get(key.name));
      case "userById":
        return tables.users.find(({ id }) => id === key.id);
      case "routeOwner":
        return [...tables.routes].find(
          ([, route]) => route.client === key.client && route.tag === key.tag && !expired(route),
        )?.[0];
      case "replay":
        return tables.replays.has(hex(key.digest)) ? true : undefined;
    }
  }

  function decide(changes: readonly Change[]): Outcome {
    const before = copyOf(tables);
    const users: UserId[] = [];
    for (const change of changes) {
      const status = apply(change, users);
      if (status === "applied") continue;
      tables = before;
      return { status };
    }
    return { status: "applied", users };
  }

  function sweep(now: Hour): Swept {
    const swept = { deliveries: 0, replays: 0, routes: 0 };
    for (const mailbox of tables.mailboxes.values()) {
      const kept = mailbox.messages.filter(({ expires }) => expires >= now);
      swept.deliveries += mailbox.messages.length - kept.length;
      mailbox.messages = kept;
    }
    for (const [digest, expires] of tables.replays) {
      if (expires < now && tables.replays.delete(digest)) swept.replays++;
    }
    for (const [user, { expires }] of tables.routes) if (expires < now && tables.routes.delete(user)) swept.routes++;
    return swept;
  }

  function counts(): StoreCounts {
    const messages = [...tables.mailboxes.values()].flatMap((mailbox) => mailbox.messages);
    return { users: tables.users.length, deliveries: messages.length, payloadBytes: sizeOf(messages) };
  }

  function deliveries(recipient: UserId, after: number, limit: number): Delivery[] {
    const messages = tables.mailboxes.get(recipient)?.messages ?? [];
    return messages
      .filter((message) => message.sequence > after && !expired(message))
      .slice(0, limit)
      .map(({ sequence, payload }) => ({ recipient, sequence, payload }));
  }

  return {
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
  const { users, names, routes, replays, mailboxes } = tables;
  return {
    users: [...users],
    names: new Map(names),
    routes: new Map([...routes].map(([user, route]) => [user, { ...route }])),
    replays: new Map(replays),
    mailboxes: new Map([...mailboxes].map(([user, { last, messages }]) => [user, { last, messages: [...messages] }])),
  };
}

function sizeOf(rows: readonly MessageRow[]): number {
  return rows.reduce((sum, { payload }) => sum + payload.length, 0);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
