/** Push: what waits for a v2 user goes out as SURBs and lane allow, and again until it is acknowledged. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bridge } from "../../../src/bridge/bridge.js";
import { eased } from "../../../src/pipeline/backlog.js";
import { createLoader, type Loader } from "../../../src/pipeline/load.js";
import { createOutbox } from "../../../src/pipeline/outbox.js";
import { createPush, type PushStage } from "../../../src/pipeline/push.js";
import { createSealer } from "../../../src/pipeline/seal.js";
import { createPoolClient, hear, type PoolClient, type Session } from "../../../src/pipeline/session.js";
import type { ClientRequest } from "../../../src/protocol/nym-client/frames.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";
import { decodeReply } from "../../../src/protocol/v2/reply-codec.js";
import { encodeMessagePayload, encodeReceiptPayload } from "../../../src/protocol/v2/payload.js";
import type { Item, V2Push } from "../../../src/protocol/v2/reply.js";
import type { RequestId } from "../../../src/protocol/v2/terms.js";
import type { Route } from "../../../src/store/rows.js";
import { foldName, type UserId } from "../../../src/store/identifiers.js";
import type { Store } from "../../../src/store/store.js";
import { createCounters } from "../../../src/telemetry/counters.js";
import type { Hour } from "../../../src/util/time.js";
import { requestId } from "../../support/v2-requests.js";
import { openMemoryStore } from "../../support/memory-store.js";

const LATER = 10_000_000 as Hour;
const USER = 1 as UserId;
const ACK_MS = 1_000;
const BACKLOG = { lane: 100, client: undefined };

let store: Store;
let client: PoolClient;
let bridge: Pick<Bridge, "index" | "send"> & { full: boolean };
let push: PushStage;
let loads: number;
let sent: { readonly tag: string; readonly push: V2Push; readonly bytes: number }[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  sent = [];
  loads = 0;
  store = openMemoryStore({ quota: undefined, now: Date.now });
  bridge = {
    index: 0,
    full: false,
    send(request: ClientRequest) {
      if (request.type !== "reply") return;
      const decoded = decodeReply(request.message);
      if (decoded?.action === "push")
        sent.push({ tag: request.senderTag, push: decoded, bytes: request.message.length });
    },
  };
  client = createPoolClient(bridge as Bridge, 100, () => undefined);
  client.open = true;
  const counters = createCounters();
  const outbox = createOutbox(counters);
  const seal = createSealer(
    { sign: () => "", directory: new Uint8Array(32), signStatement: () => new Uint8Array(64) },
    10,
  );
  const load: Loader = (reads) => {
    loads++;
    return createLoader(store)(reads);
  };
  push = createPush(
    { load, outbox, seal, counters, clock: Date.now, random: () => 0 },
    {
      backlog: BACKLOG,
      routeFresh: 300_000,
      ack: ACK_MS,
      ackMax: 4 * ACK_MS,
      mailboxes: 10,
    },
  );
  const route: Route = { client: "client", incarnation: 1, tag: "00" as SenderTag };
  const key = Buffer.from("key");
  const common = { algorithm: "ed25519", key, signature: key, created: LATER, route, routeExpires: LATER } as const;
  await store.commit([[{ kind: "insertUser", name: "bob", folded: foldName("bob"), ...common }]]);
});

afterEach(() => {
  push.stop();
  vi.useRealTimers();
});

function sessionOf(number: number, surbs: number): Session {
  const session = hear(client, number.toString(16).padStart(32, "0") as SenderTag, Date.now);
  session.owner = undefined;
  session.surbs = surbs;
  session.requestId = requestId("latest");
  return session;
}

async function store1(body: Uint8Array | string, number = 0): Promise<void> {
  const id = Buffer.alloc(16, number) as Uint8Array as RequestId;
  const payload = encodeMessagePayload({ id, sender: "alice", keyVersion: 1, body: Buffer.from(body) });
  const origin = Buffer.from("alice");
  await store.commit([[{ kind: "storeMessage", recipient: USER, origin, payload, expires: LATER }]]);
  void push.stored(USER);
  await settle();
}

/** Lets reads end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

async function acknowledge(first: number, last = first): Promise<void> {
  const ranges = [{ first, last }];
  await store.commit([[{ kind: "acknowledge", user: USER, keyVersion: 1, ranges }]]);
  push.acknowledged(USER, ranges);
  await settle();
}

const messageItem = (sequence: number): Item => ({ sequence, kind: "v1", dialect: "long", content: "" });

const sequences = (): number[][] => sent.map((each) => each.push.items.map(({ sequence }) => sequence));

test("what a Nym client that does not read held up goes once it reads again, without a request", async () => {
  bridge.full = true;
  push.routed(USER, sessionOf(1, 10), true);
  await store1("one", 1);
  eased(client, BACKLOG, (session) => push.wake(session));
  await settle();
  expect(sent).toEqual([]);
  bridge.full = false;
  eased(client, BACKLOG, (session) => push.wake(session));
  await settle();
  expect(sequences()).toEqual([[1]]);
});

describe("a fresh route", () => {
  test("is sent what waits, several small messages in one packet", async () => {
    for (let number = 1; number <= 5; number++) await store1(`message ${number}`, number);
    expect(sent).toEqual([]);
    push.routed(USER, sessionOf(1, 10), true);
    await settle();
    expect(sequences()).toEqual([[1, 2, 3, 4, 5]]);
    expect(sent[0]?.bytes).toBe(1601);
  });

  test("is sent what comes at once", async () => {
    push.routed(USER, sessionOf(1, 10), true);
    await store1("one", 1);
    await store1("two", 2);
    expect(sequences()).toEqual([[1], [2]]);
  });

  test("is known by the id of its latest request, and sent nothing before one was heard", async () => {
    const session = sessionOf(1, 10);
    session.requestId = undefined;
    push.routed(USER, session, true);
    await store1("one", 1);
    expect(sequences()).toEqual([]);
    session.requestId = requestId("first");
    push.wake(session);
    await settle();
    session.requestId = requestId("second");
    await store1("two", 2);
    expect(sent.map((each) => each.push.id)).toEqual(["first", "second"].map(requestId));
  });

  test("is sent no more packets than its SURBs cover, with one left", async () => {
    const session = sessionOf(1, 3);
    push.routed(USER, session, true);
    for (let number = 1; number <= 4; number++) await store1(Buffer.alloc(1_200), number);
    expect(sequences()).toEqual([[1], [2]]);
    expect(session.surbs).toBe(1);
    session.surbs += 1;
    push.wake(session);
    await settle();
    expect(sequences()).toEqual([[1], [2], [3]]);
    expect(sent.at(-1)?.push.more).toBe(true);
  });

  test("is sent in the end what nobody told of", async () => {
    const session = sessionOf(1, 10);
    push.routed(USER, session, true);
    await settle();
    const payload = encodeReceiptPayload({ id: Buffer.alloc(16), state: "expired" });
    const origin = Buffer.from("alice");
    await store.commit([[{ kind: "storeMessage", recipient: USER, origin, payload, expires: LATER }]]);
    push.wake(session);
    await settle();
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(4 * ACK_MS);
    push.wake(session);
    await settle();
    expect(sequences()).toEqual([[1]]);
  });

  test("is sent nothing that was being read when the route ended", async () => {
    push.routed(USER, sessionOf(1, 10), true);
    await settle();
    const stored = store1("one", 1);
    await Promise.resolve();
    push.unrouted(USER);
    await stored;
    expect(sent).toEqual([]);
  });

  test("is sent nothing that was acknowledged while it was being read", async () => {
    push.routed(USER, sessionOf(1, 10), true);
    await settle();
    await store1("one", 1);
    await store1("two", 2);
    vi.advanceTimersByTime(ACK_MS);
    // The read that has begun still finds the first.
    push.acknowledged(USER, [{ first: 1, last: 1 }]);
    await settle();
    expect(sequences()).toEqual([[1], [2], [2]]);
  });

  test("is sent nothing once it is somebody else's, or nobody's", async () => {
    const session = sessionOf(1, 10);
    push.routed(USER, session, true);
    session.owner = 2 as UserId;
    await store1("one", 1);
    push.routed(USER, session, true);
    await settle();
    expect(sequences()).toEqual([[1]]);
    push.unrouted(USER);
    await store1("two", 2);
    expect(sequences()).toEqual([[1]]);
  });

  test("waits while it was silent for long", async () => {
    const session = sessionOf(1, 10);
    push.routed(USER, session, true);
    await settle();
    vi.setSystemTime(Date.now() + 300_001);
    await store1("one", 1);
    expect(sent).toEqual([]);
    session.heardAt = Date.now();
    push.wake(session);
    await settle();
    expect(sequences()).toEqual([[1]]);
  });
});

describe("the order of sequences", () => {
  test("is kept: what SURBs do not cover holds up what is behind it until they do", async () => {
    const session = sessionOf(1, 3);
    push.routed(USER, session, true);
    await store1(Buffer.alloc(4_000), 1);
    await store1(Buffer.alloc(1_200), 2);
    expect(sent).toEqual([]);
    session.surbs += 1;
    push.wake(session);
    await settle();
    expect(sequences()).toEqual([[1]]);
    session.surbs += 1;
    push.wake(session);
    await settle();
    expect(sequences()).toEqual([[1], [2]]);
  });

  test("is kept by what comes behind what a fetch has brought", async () => {
    const session = sessionOf(1, 3);
    push.routed(USER, session, true);
    await store1(Buffer.alloc(4_000), 1);
    await store1("two", 2);
    push.fetched(USER, session, [messageItem(1)]);
    push.wake(session);
    await settle();
    expect(sequences()).toEqual([[2]]);
  });

  test("costs no read of the store at each request while SURBs do not cover what is first", async () => {
    const session = sessionOf(1, 3);
    push.routed(USER, session, true);
    await store1(Buffer.alloc(4_000), 1);
    const before = loads;
    for (let request = 0; request < 5; request++) push.wake(session);
    await store1("two", 2);
    await settle();
    expect(loads).toBe(before);
    // Once it is gone, what is behind it needs no more than it needs itself.
    await acknowledge(1);
    expect(sequences()).toEqual([[2]]);
  });
});

test("what lies below what a fetch began with is sent all the same", async () => {
  const session = sessionOf(1, 1);
  push.routed(USER, session, true);
  for (let number = 1; number <= 3; number++) await store1(`message ${number}`, number);
  push.fetched(USER, session, [messageItem(3)]);
  session.surbs = 10;
  push.wake(session);
  await settle();
  expect(sequences()).toEqual([[1, 2]]);
  await acknowledge(1, 3);
  vi.advanceTimersByTime(100 * ACK_MS);
  await settle();
  expect(sequences()).toEqual([[1, 2]]);
});

test("a whole read of what a fetch has brought is passed over", async () => {
  const session = sessionOf(1, 1);
  push.routed(USER, session, true);
  for (let number = 1; number <= 40; number++) await store1(`message ${number}`, number);
  push.fetched(
    USER,
    session,
    Array.from({ length: 39 }, (_, index) => messageItem(index + 1)),
  );
  session.surbs = 10;
  push.wake(session);
  await settle();
  expect(sequences()).toEqual([[40]]);
});

test("a mailbox in use is not forgotten for newer ones", async () => {
  const session = sessionOf(1, 10);
  push.routed(USER, session, true);
  await settle();
  for (let other = 2; other <= 11; other++) {
    push.routed(other as UserId, sessionOf(other, 10), true);
    push.wake(session);
  }
  await settle();
  await store1("one", 1);
  expect(sequences()).toEqual([[1]]);
});

describe("what is not acknowledged", () => {
  test("is sent again, ever more rarely", async () => {
    push.routed(USER, sessionOf(1, 100), true);
    await store1("one", 1);
    const times: number[] = [];
    const start = Date.now();
    for (let step = 0; step < 160; step++) {
      const before = sent.length;
      vi.advanceTimersByTime(ACK_MS / 10);
      await settle();
      if (sent.length > before) times.push((Date.now() - start) / ACK_MS);
    }
    expect(times).toEqual([1, 3, 7, 11, 15]);
  });

  test("is sent no more once it is, and the rest goes on", async () => {
    push.routed(USER, sessionOf(1, 100), true);
    await store1("one", 1);
    await store1("two", 2);
    await acknowledge(1);
    vi.advanceTimersByTime(ACK_MS);
    await settle();
    expect(sequences()).toEqual([[1], [2], [2]]);
    await acknowledge(2);
    vi.advanceTimersByTime(100 * ACK_MS);
    await settle();
    expect(sequences()).toEqual([[1], [2], [2]]);
  });

  test("goes to the new route when there is one", async () => {
    push.routed(USER, sessionOf(1, 10), true);
    await store1("one", 1);
    push.routed(USER, sessionOf(2, 10), true);
    await settle();
    expect(sent.map(({ tag }) => Number.parseInt(tag, 16))).toEqual([1, 2]);
    // What the store says of an older route is no news.
    push.routed(USER, sessionOf(1, 10), false);
    await settle();
    expect(sent).toHaveLength(2);
  });

  test("is not pushed as well while a fetch brings it", async () => {
    const session = sessionOf(1, 1);
    push.routed(USER, session, true);
    await store1("one", 1);
    push.fetched(USER, session, [messageItem(1)]);
    session.surbs = 10;
    push.wake(session);
    await settle();
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(ACK_MS);
    await settle();
    expect(sequences()).toEqual([[1]]);
  });
});
