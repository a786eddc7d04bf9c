/** Large data sets, made through the store itself, so that they are what the store would have made of as many requests. */
import { randomBytes } from "node:crypto";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import { ed25519Der } from "../../src/protocol/v2/ed25519.js";
import { encodeMessagePayload } from "../../src/protocol/v2/payload.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import type { Change, Outcome } from "../../src/store/changes.js";
import { foldName, type UserId } from "../../src/store/identifiers.js";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.js";
import type { Store } from "../../src/store/store.js";
import { type Hour, hourAfter } from "../../src/util/time.js";

/** What is to be in a database. */
export interface DataSet {
  readonly users: number;
  /** Messages, spread evenly over the users. */
  readonly messages: number;
  /** Bytes of each message's body. */
  readonly bodyBytes: number;
  /** In how many hours the messages expire; a negative number for those that have. */
  readonly expireIn: number;
}

const HOUR_MS = 3_600_000;
const ROUTE_MS = 30 * 24 * HOUR_MS;
const OUTCOME_HOURS = 24;
/** Decisions of one transaction. */
const BATCH = 5_000;
const RAW_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const ID_BYTES = 16;

/** The name of the user of that number. */
export function nameOf(number: number): string {
  return `user-${number}`;
}

/** Opens the database at `path`, as the directory does with limits off. `now`: the time that it believes in. */
export function openDatabase(path: string, now: () => number = Date.now): Promise<Store> {
  return openSqliteStore({
    ...{ path, quota: undefined, busyTimeoutMs: 10_000, maxBytes: undefined, now },
    sweepStep: 500,
    onFault: ({ code }) => console.error(`the store had a fault: ${code}`),
  });
}

/** Fills the database at `path`, which need not exist. `say` is told how far it is. */
export async function makeDataSet(path: string, set: DataSet, say: (line: string) => void): Promise<void> {
  // What has expired was stored before it did.
  const storedAt = Date.now() + Math.min(0, set.expireIn - 1) * HOUR_MS;
  await using store = await openDatabase(path, () => storedAt);
  const users = await inBatches(store, set.users, (number) => [
    newUser(nameOf(number), randomBytes(RAW_KEY_BYTES), storedAt),
  ]);
  say(`${set.users} users`);
  const expires = (hourAfter(Date.now()) + set.expireIn) as Hour;
  await inBatches(store, set.messages, (number) => {
    const recipient = users[number % users.length];
    const sender = (number * 7 + 1) % users.length;
    if (recipient === undefined) throw new RangeError("messages need users");
    return newMessage({ recipient, sender, expires, bodyBytes: set.bodyBytes });
  });
  say(`${set.messages} messages`);
  while (!(await store.truncateLog())) say("truncating the log");
}

/** Inserts a user of v2 with this key, of 32 bytes, who registered at `now`, milliseconds since 1970. */
export function newUser(name: string, key: Uint8Array, now: number): Change {
  return {
    ...{ kind: "insertUser", name, folded: foldName(name), algorithm: "ed25519" },
    key: ed25519Der(key),
    signature: randomBytes(SIGNATURE_BYTES),
    created: hourAfter(now),
    route: { client: "bench", incarnation: 1, tag: randomBytes(ID_BYTES).toString("hex") as SenderTag },
    routeExpires: hourAfter(now + ROUTE_MS),
  };
}

interface Letter {
  readonly recipient: UserId;
  readonly sender: number;
  readonly expires: Hour;
  readonly bodyBytes: number;
}

function newMessage({ recipient, sender, expires, bodyBytes }: Letter): readonly Change[] {
  const id = randomBytes(ID_BYTES) as Uint8Array as RequestId;
  const body = randomBytes(bodyBytes);
  const outcome = { id: randomBytes(ID_BYTES), expires: (expires + OUTCOME_HOURS) as Hour };
  const origin = Buffer.alloc(ID_BYTES);
  origin.writeUInt32BE(sender);
  return [
    { kind: "rememberOutcome", ...outcome, digest: randomBytes(ID_BYTES), code: 100 },
    {
      ...{ kind: "storeMessage", recipient, origin, expires, outcome },
      payload: encodeMessagePayload({ id, sender: nameOf(sender), keyVersion: 1, body }),
    },
  ];
}

/** Commits `make(0)`, `make(1)` .. and gives the ids of users that were inserted. */
async function inBatches(store: Store, count: number, make: (number: number) => readonly Change[]): Promise<UserId[]> {
  const users: UserId[] = [];
  for (let start = 0; start < count; start += BATCH) {
    const size = Math.min(BATCH, count - start);
    const outcomes = await store.commit(Array.from({ length: size }, (_, index) => make(start + index)));
    for (const outcome of outcomes) for (const user of appliedOf(outcome).users) users.push(user);
  }
  return users;
}

function appliedOf(outcome: Outcome): Extract<Outcome, { status: "applied" }> {
  if (outcome.status !== "applied") throw new Error(`a change was not applied: ${outcome.status}`);
  return outcome;
}
