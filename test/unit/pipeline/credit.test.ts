/** SURBs are spent once: what the reply of a page may take goes neither to what is pushed meanwhile nor to another page. */
import { expect, test } from "vitest";
import type { BridgeEvent } from "../../../src/bridge/bridge.js";
import { startPipeline } from "../../../src/pipeline/pipeline.js";
import { SURB_RESERVE } from "../../../src/pipeline/surb-reserve.js";
import { replyPackets } from "../../../src/protocol/packets.js";
import { addressFromBytes, addressIdentity } from "../../../src/protocol/nym-client/address.js";
import type { ClientRequest } from "../../../src/protocol/nym-client/frames.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";
import { encodeMessagePayload } from "../../../src/protocol/v2/payload.js";
import { encodeRequest } from "../../../src/protocol/v2/request-codec.js";
import { foldName, type UserId } from "../../../src/store/identifiers.js";
import { createCounters } from "../../../src/telemetry/counters.js";
import type { Hour } from "../../../src/util/time.js";
import { context, NOW } from "../../support/actions.js";
import { keepCopy } from "../../support/changes.js";
import { openMemoryStore } from "../../support/memory-store.js";
import { until } from "../../support/until.js";
import { carol, carolKey, requestId, signed } from "../../support/v2-requests.js";

const TAG = "0123456789abcdef0123456789abcdef" as SenderTag;
const LATER = 10_000_000 as Hour;
const SURBS = 5;

/** A directory with one user, who has eight packets of that kind there, and what it has sent them. */
async function start(laneLimit: number, kind: "messages" | "copies" = "messages") {
  const address = addressFromBytes(new Uint8Array(96).fill(1));
  const store = openMemoryStore({ quota: undefined, now: () => NOW });
  const route = { client: addressIdentity(address), incarnation: 1, tag: TAG };
  const { name, key } = carol;
  const user = { name, folded: foldName(name), algorithm: "ed25519", key, signature: key, created: LATER } as const;
  await store.commit([[{ kind: "insertUser", ...user, route, routeExpires: LATER }]]);
  for (let number = 0; number < 8; number++) {
    const message = { id: requestId(String(number)), sender: "alice", keyVersion: 1, body: new Uint8Array(1_400) };
    const payload = encodeMessagePayload(message);
    const change = { kind: "storeMessage", recipient: 1 as UserId, origin: key.subarray(0, 16), payload } as const;
    const copy = keepCopy(1, number, { copy: message.body, expires: LATER, most: { copies: 8, bytes: 20_000 } });
    await store.commit([[kind === "messages" ? { ...change, expires: LATER } : copy]]);
  }

  const sent = { packets: 0, replies: 0, lane: 0 };
  let push: (events: readonly BridgeEvent[]) => void = () => undefined;
  const bridge = {
    index: 0,
    async *events() {
      for (;;) yield await new Promise<readonly BridgeEvent[]>((resolve) => (push = resolve));
    },
    send(request: ClientRequest) {
      if (request.type !== "reply") return;
      sent.replies++;
      sent.packets += replyPackets(request.message.length);
      sent.lane = request.lane ?? 0;
    },
    full: false,
    endIntake: () => undefined,
    reconnect: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const pipeline = startPipeline(
    {
      ...{ store, bridges: [bridge], counters: createCounters(), clock: () => NOW, sign: () => "" },
      ...{ uptime: () => 1_000 },
      ...{ directory: new Uint8Array(32), signStatement: () => new Uint8Array(64) },
      ...{ context: () => context, opened: () => undefined, closed: () => undefined },
    },
    {
      delivery: { routeFresh: 60_000, handOver: 100, lanePoll: 10, ack: 60_000, ackMax: 60_000 },
      backlog: { lane: laneLimit, client: undefined },
      ...{ inbox: 10, sessions: 10, challenges: 10, sealed: 10, maxRequestBytes: 2_000, limits: undefined },
    },
  );
  const asksFor = (action: "fetch" | "history", after: number, packets: number, surbs: number): BridgeEvent => {
    const signing = { key: carolKey, name, id: requestId(`${action} ${after}`) };
    const request = signed(action, { after, packets }, signing);
    return { type: "received", senderTag: TAG, message: Buffer.from(encodeRequest({ ...request, surbs })) };
  };
  const asks = (after: number, surbs: number) => asksFor("fetch", after, 4, surbs);
  return { pipeline, sent, address, asks, asksFor, push: (events: readonly BridgeEvent[]) => push(events) };
}

test("a fetch and what is pushed meanwhile take no more packets than the SURBs that came", async () => {
  const { pipeline, sent, address, asks, push } = await start(100);
  push([{ type: "opened", address, surbsLost: false }, asks(0, 1)]);
  await until(() => sent.packets === 1);
  // Whatever comes from the lane wakes what waits for SURBs.
  push([asks(1, SURBS), { type: "laneQueueLength", lane: sent.lane, length: 0 }]);
  await until(() => sent.packets > 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(sent.packets).toBeLessThanOrEqual(1 + SURBS);
  await pipeline.drain();
});

test("a lane that holds packets takes no page beyond its limit, however many SURBs are said to have come", async () => {
  const { pipeline, sent, address, asks, push } = await start(5);
  push([{ type: "opened", address, surbsLost: false }, asks(0, 255)]);
  await until(() => sent.packets >= 4 && pipeline.underWay === 0);
  const before = sent.packets;
  // There were none: all of it stays where it is.
  const read = { type: "laneQueueLength", lane: sent.lane, length: 5 } as const;
  push([...Array.from({ length: sent.replies }, () => read), asks(1, 255)]);
  await until(() => sent.packets > before && pipeline.underWay === 0);
  expect(sent.packets - before).toBe(1);
  await pipeline.drain();
});

test("pages that are asked for at once take no more packets than SURBs came, and the second all that the first left", async () => {
  const { pipeline, sent, address, asksFor, push } = await start(100, "copies");
  const opened = { type: "opened", address, surbsLost: false } as const;
  push([opened, asksFor("history", 0, 4, SURBS), asksFor("history", 1, 4, SURB_RESERVE)]);
  await until(() => sent.replies >= 2 && pipeline.underWay === 0);
  expect(sent.packets).toBe(SURBS);
  push([asksFor("history", 2, 1, 3), asksFor("history", 3, 4, 3)]);
  await until(() => sent.replies >= 4 && pipeline.underWay === 0);
  expect(sent.packets).toBe(SURBS + 1 + 4);
  await pipeline.drain();
});
