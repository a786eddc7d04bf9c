import { expect, test } from "vitest";
import { createLoopbackMixnet } from "../../../../nym-client/loopback/mixnet.js";
import { settled, TestApp } from "../../../support/loopback-apps.js";

test("who watches a client sees what comes for its application, with its SURBs, and what that asks for, in order", async () => {
  await using mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity });
  const seen: string[] = [];
  mixnet.watch("nym-directory", {
    onMessage: (tag, message, surbs) =>
      seen.push(`${tag === undefined ? "plain" : "tagged"} ${message.toString()} ${surbs}`),
    onRequest: (request) => seen.push(request.type),
  });
  const service = new TestApp(mixnet, "nym-directory");
  const alice = new TestApp(mixnet, "alice");
  alice.ask(service.address, "question", 3);
  const { senderTag } = await service.request();
  service.reply(senderTag, "answer");
  alice.send(service.address, "no tag");
  await settled();
  expect(seen).toEqual(["tagged question 3", "reply", "plain no tag 0"]);
  expect(alice.texts()).toEqual(["answer"]);
});

test("a client that is not running asks for nothing and is asked nothing", async () => {
  await using mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity });
  const seen: string[] = [];
  mixnet.watch("nym-directory", { onMessage: () => seen.push("message"), onRequest: () => seen.push("request") });
  const service = new TestApp(mixnet, "nym-directory");
  const alice = new TestApp(mixnet, "alice");
  mixnet.stop("nym-directory", "killed");
  service.send(alice.address, "into the void");
  alice.ask(service.address, "question", 1);
  await settled();
  expect(seen).toEqual([]);
  expect(() => mixnet.watch("nobody", {})).toThrow("no client of that name");
});
