import { describe, expect, it, test } from "vitest";
import { encodePayload, incomingContent } from "../../../../src/protocol/v1/incoming.js";
import {
  decodeItem,
  encodeGroupEventPayload,
  encodeGroupMessagePayload,
  encodeMessagePayload,
  encodePrekeyNoticePayload,
  encodeReceiptPayload,
  MESSAGE_KINDS,
  senderIn,
} from "../../../../src/protocol/v2/payload.js";
import { HEAD_BYTES } from "../../../../src/store/history.js";
import { groupId } from "../../../support/v2-groups.js";
import { requestId } from "../../../support/v2-requests.js";

const id = requestId("send");
const message = { id, sender: "Alice", keyVersion: 3, body: Uint8Array.of(1, 2, 3) };

describe("the stored form", () => {
  it("of a v2 message is the item of its sequence again", () => {
    const payload = encodeMessagePayload(message);
    expect(payload).toHaveLength(1 + 16 + 8 + 1 + 5 + 3);
    expect(decodeItem(7, payload)).toEqual({ sequence: 7, kind: "message", ...message });
  });

  it("of a message without a body, and of the longest name, as well", () => {
    const longest = { id, sender: "a".repeat(64), keyVersion: 2 ** 53 - 1, body: new Uint8Array() };
    expect(decodeItem(8, encodeMessagePayload(longest))).toEqual({ sequence: 8, kind: "message", ...longest });
  });

  it.each(["delivered", "expired", "handedOver"] as const)("of a receipt: %s", (state) => {
    expect(decodeItem(9, encodeReceiptPayload({ id, state }))).toEqual({ sequence: 9, kind: "receipt", id, state });
  });

  it.each([0, 19, 2 ** 32 - 1])("of a notice that %i prekeys are left", (count) => {
    expect(decodeItem(4, encodePrekeyNoticePayload(count))).toEqual({ sequence: 4, kind: "prekeys", count });
  });

  it.each(["long", "compact"] as const)("of a message of v1, in its %s form, is that message", (dialect) => {
    const content = '{"sender": "Zoë", "body": "\u00e9"}';
    expect(decodeItem(3, encodePayload(dialect, content))).toEqual({ sequence: 3, kind: "v1", dialect, content });
  });
});

describe("what is not known", () => {
  const payload = encodeMessagePayload(message);
  const receipt = encodeReceiptPayload({ id, state: "expired" });

  test.each([
    ["nothing", new Uint8Array()],
    ["another kind", Uint8Array.of(4, ...payload.subarray(1))],
    ["a message cut in its id", payload.subarray(0, 16)],
    ["a message cut in its key version", payload.subarray(0, 24)],
    ["a message without a name", payload.subarray(0, 25)],
    ["a message cut in its name", payload.subarray(0, 28)],
    ["a message of an empty name", payload.with(25, 0)],
    ["a message of what is no name", payload.with(26, 0x2e)],
    ["a receipt cut short", receipt.subarray(0, 17)],
    ["a receipt of a state that is not final", receipt.with(17, 1)],
    ["a notice cut short", encodePrekeyNoticePayload(9).subarray(0, 4)],
    ["a notice with more behind it", Uint8Array.of(...encodePrekeyNoticePayload(9), 0)],
    ["a receipt with more behind it", Uint8Array.of(...receipt, 0)],
  ])("%s is no item", (_, bytes) => {
    expect(decodeItem(1, bytes)).toBeUndefined();
  });
});

describe("who sent it", () => {
  const name = "a".repeat(64);
  const body = new Uint8Array(500);
  const group = groupId("some");
  const ofV1 = { name, key: new Uint8Array(91) };
  const direct = { sender: name, group: undefined };
  const messages = [
    ["a message of v2", encodeMessagePayload({ ...message, sender: name, body }), direct],
    [
      "a message to a group",
      Uint8Array.from(
        encodeGroupMessagePayload({ id, group, sender: name, keyVersion: 2 ** 40, epoch: 2 ** 40, body }),
      ),
      { sender: name, group },
    ],
    [
      "a message of v1, long",
      encodePayload("long", incomingContent({ dialect: "long", body: '"é"', senderPublicKey: '"pem"' }, ofV1)),
      direct,
    ],
    [
      "a message of v1, compact",
      encodePayload("compact", incomingContent({ dialect: "compact", e: '"e"', s: '"s"', attachKey: true }, ofV1)),
      direct,
    ],
  ] as const;

  it.each(messages)("is in the first bytes of %s", (_, payload, from) => {
    expect(senderIn(payload)).toEqual(from);
    expect(senderIn(payload.subarray(0, HEAD_BYTES))).toEqual(from);
    expect(MESSAGE_KINDS).toContain(payload[0]);
  });

  it.each([
    ["a receipt", encodeReceiptPayload({ id, state: "delivered" })],
    ["a notice", encodePrekeyNoticePayload(3)],
    ["a change of a group", encodeGroupEventPayload({ group, groupSequence: 3 })],
    ["what names nobody", encodePayload("long", '{"body": 1}')],
    ["nothing", new Uint8Array()],
  ])("is nobody in %s", (_, payload) => {
    expect(senderIn(payload)).toBeUndefined();
  });
});
