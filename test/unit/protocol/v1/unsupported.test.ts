/** The replies to what is not served, to the byte. */
import { expect, test } from "vitest";
import { encodeReply } from "../../../../src/protocol/v1/encode.js";
import { UNSUPPORTED_ACTIONS, unsupportedAction, unsupportedReply } from "../../../../src/protocol/v1/unsupported.js";

test.each([
  ["update", "update"],
  ["createGroup", "group"],
  ["inviteGroup", "group"],
  ["sendGroup", "group"],
] as const)("the reply to %s", (action, context) => {
  const message = encodeReply(unsupportedReply(action), (content) => `signature of ${content}`);
  expect(Buffer.from(message).toString()).toBe(
    `{"action": "${action}Response", "content": "error: not supported", "context": "${context}", "signature": "signature of error: not supported"}`,
  );
});

test.each([...UNSUPPORTED_ACTIONS, "query", "updateResponse", "__proto__", ["update"], null, undefined])(
  "%j is one of them, or is not",
  (action) => {
    const isOne = (UNSUPPORTED_ACTIONS as readonly unknown[]).includes(action);
    expect(unsupportedAction(action)).toBe(isOne ? action : undefined);
  },
);
