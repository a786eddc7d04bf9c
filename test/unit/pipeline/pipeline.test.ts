import { expect, test } from "vitest";
import type { BridgeEvent } from "../../../src/bridge/bridge.js";
import type { DecisionContext } from "../../../src/actions/action.js";
import { startPipeline } from "../../../src/pipeline/pipeline.js";
import { addressFromBytes, addressIdentity } from "../../../src/protocol/nym-client/address.js";
import type { ClientRequest } from "../../../src/protocol/nym-client/frames.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";
import { encodePayload } from "../../../src/protocol/v1/incoming.js";
import { foldName, type UserId } from "../../../src/store/identifiers.js";
import type { Store } from "../../../src/store/store.js";
import { createCounters } from "../../../src/telemetry/counters.js";
import type { Hour } from "../../../src/util/time.js";
import { openMemoryStore } from "../../support/memory-store.js";
import { until } from "../../support/until.js";
import { query } from "../../support/v1-user.js";

const INBOX = 10;
const tag = "0123456789abcdef0123456789abcdef" as SenderTag;
const address = addressFromBytes(new Uint8Array(96).fill(1));
const asks: BridgeEvent = { type: "received", senderTag: tag, message: Buffer.from(query("nobody")) };

/** A pipeline over one bridge that is played by hand. */
function start(store: Store) {
  const sent: string[] = [];
  let push: (events: readonly BridgeEvent[]) => void = () => undefined;
  let takesIn = true;
  const bridge = {
    index: 0,
    full: false,
    async *events() {
      for (;;) yield await new Promise<readonly BridgeEvent[]>((resolve) => (push = resolve));
    },
    send(request: ClientRequest) {
      if (request.type === "reply") sent.push(Buffer.from(request.message).toString());
    },
    endIntake: () => (takesIn = false),
    reconnect: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const pipeline = startPipeline(
    {
      ...{ store, bridges: [bridge], counters: createCounters(), uptime: Date.now, sign: () => "00" },
      ...{ directory: new Uint8Array(32), signStatement: () => new Uint8Array(64) },
      ...{ context: () => ({}) as DecisionContext, opened: () => undefined, closed: () => undefined },
    },
    {
      delivery: { routeFresh: 60_000, handOver: 100, lanePoll: 10, ack: 1_000, ackMax: 1_000 },
      backlog: { lane: 100, client: undefined },
      ...{ inbox: INBOX, sessions: 10, challenges: 10, sealed: 10, maxRequestBytes: 1_000, limits: undefined },
    },
  );
  return {
    ...{ pipeline, sent },
    push: (events: readonly BridgeEvent[]) => push(events),
    takesIn: () => takesIn,
  };
}

test("what had been taken in when the end was asked for is answered, also what waits for room", async () => {
  const { pipeline, push, sent, takesIn } = start(openMemoryStore({ quota: undefined, now: Date.now }));
  push([{ type: "opened", address, surbsLost: false }, ...Array.from({ length: 5 * INBOX }, () => asks)]);
  const drained = pipeline.drain();
  expect(takesIn()).toBe(false);
  await drained;
  expect(sent).toHaveLength(5 * INBOX);
});

test("whose route a sender is, is asked again at its next request when the store could not tell", async () => {
  const later = 10_000_000 as Hour;
  const store = openMemoryStore({ quota: undefined, now: Date.now });
  const route = { client: addressIdentity(address), incarnation: 1, tag };
  const key = Buffer.from("key");
  await store.commit([
    [
      {
        ...{ kind: "insertUser", name: "bob", folded: foldName("bob"), algorithm: "p256", key, signature: key },
        ...{ created: later, route, routeExpires: later },
      },
    ],
    [
      {
        ...{ kind: "storeMessage", recipient: 1 as UserId, origin: key, expires: later },
        payload: encodePayload("long", '{"sender": "alice", "body": "hello"}'),
      },
    ],
  ]);
  let failures = 0;
  const unreliable = Object.create(store, {
    load: {
      value: (keys: Parameters<typeof store.load>[0]) =>
        keys.some(({ table }) => table === "routeOwner") && failures++ === 0
          ? Promise.reject(new Error("busy"))
          : store.load(keys),
    },
  }) as typeof store;

  const { pipeline, push, sent } = start(unreliable);
  push([{ type: "opened", address, surbsLost: false }, asks]);
  await until(() => failures === 1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  push([asks]);
  await until(() => sent.some((text) => text.includes("hello")));
  await pipeline.drain();
});
