/** What messages of v2 may cost in packets: the bars, with the longest names and generous numbers. */
import { expect, test } from "vitest";
import { anonymousPackets, replyPackets } from "../../../../src/protocol/packets.js";
import type { UserName } from "../../../../src/protocol/v2/names.js";
import { answerBytes, messages, pushBytes, requestBytes } from "../../../support/v2-sizes.js";

const name = "m".repeat(64) as UserName;
const key = new Uint8Array(32);
const challenge = new Uint8Array(20);
const up = (bytes: number, surbs = 2): number => anonymousPackets(bytes, surbs);

test("a look-up costs one packet up and one down", () => {
  expect(up(requestBytes("lookup", name, { name }))).toBe(1);
  for (const [algorithm, bytes] of [
    ["p256", 91],
    ["ed25519", 32],
  ] as const) {
    const user = { name, algorithm, key: new Uint8Array(bytes), keyVersion: 65_535 };
    expect(replyPackets(answerBytes("lookup", { name, hour: 500_000, user }))).toBe(1);
  }
});

test("a registration costs two packets up and two down", () => {
  const proof = { purpose: "registration", challenge, key, recovery: key } as const;
  expect(up(requestBytes("register", name, { name, key })) + up(requestBytes("prove", name, proof))).toBe(2);
  expect(
    replyPackets(answerBytes("register", { challenge })) + replyPackets(answerBytes("prove", { keyVersion: 1 })),
  ).toBe(2);
});

test.each([
  [400, 1],
  [1300, 2],
])("a send of %i bytes costs %i up, with two SURBs", (bytes, packets) => {
  const body = { recipient: name, body: new Uint8Array(bytes), hours: 65_535, receipt: true };
  expect(up(requestBytes("send", name, body))).toBe(packets);
});

test("a message of 1,300 bytes costs its recipient one packet", () => {
  expect(replyPackets(pushBytes(messages(1, name, 1300), true))).toBe(1);
});

test("ten messages of 120 bytes cost one packet up, with three SURBs, and two down", () => {
  expect(up(requestBytes("fetch", name, { after: 2 ** 32 - 1, packets: 3 }), 3)).toBe(1);
  expect(replyPackets(answerBytes("fetch", { items: messages(10, name, 120), more: true, fullSince: 500_000 }))).toBe(
    2,
  );
});

test("an acknowledgement of 32 ranges costs one packet up", () => {
  const ranges = Array.from({ length: 32 }, (_, at) => ({
    first: 4_000_000_000 + 2 * at,
    last: 4_000_000_000 + 2 * at,
  }));
  expect(up(requestBytes("ack", name, { ranges }))).toBe(1);
});
