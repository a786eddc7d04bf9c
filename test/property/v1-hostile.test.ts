/**
 * Whatever bytes arrive as a frame, and whatever JSON as a message: no exception, no growth, no reply to a sender
 * without a tag, at most one reply to one with a tag; and the directory serves on.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { envelope, query } from "../support/v1-user.js";

const BATCH = 500;
let client: FakeNymClient;
let directory: DirectoryProcess;

beforeAll(async () => {
  client = await FakeNymClient.listen();
  const env = {
    NYM_CLIENT: "external",
    WEBSOCKET_URL: client.url,
    LIMITS: "off",
    CHALLENGES_MAX: "100",
    SESSIONS_MAX: "100",
  };
  directory = await startDirectory({ env });
});

afterAll(async () => {
  await directory[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
});

const word = fc.constantFrom(
  "action",
  "query",
  "register",
  "registrationResponse",
  "login",
  "loginResponse",
  "send",
  "username",
  "usernym",
  "publicKey",
  "signature",
  "content",
  "sender",
  "recipient",
  "body",
  "a",
  "p",
  "u",
  "k",
  "s",
  "f",
  "to",
  "e",
  "__proto__",
  "constructor",
  "\ud800",
  "",
  "x".repeat(5000),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.jsonValue(),
    word,
    fc.double(),
    fc.integer({ min: 0, max: 9 }),
    tie("object"),
    fc.array(tie("any"), { maxLength: 3 }),
  ),
  object: fc.dictionary(word, tie("any"), { maxKeys: 5 }),
})).object;
const action = fc.constantFrom(
  "query",
  "register",
  "registrationResponse",
  "login",
  "loginResponse",
  "send",
  "update",
  0,
  1,
  2,
  3,
  4,
  5,
);
const request = fc.tuple(action, value, fc.boolean()).map(([name, fields, nested]) =>
  JSON.stringify({
    ...fields,
    ...(typeof name === "number" ? { a: name } : { action: name }),
    ...(nested ? { content: JSON.stringify(fields), signature: "00" } : {}),
  }),
);

/** Serves on: one more request is answered, after all that came before it. */
async function stillServes(): Promise<void> {
  const tag = randomBytes(16).toString("hex");
  expect(envelope(await client.ask(tag, query("nobody"))).content).toBe("No user found");
}

/** Waits until nothing has been answered for a while. */
async function quiet(): Promise<void> {
  for (let seen = -1; seen !== client.replies.length;) {
    seen = client.replies.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

test("any bytes as a frame: 20,000 of them", async () => {
  const replies = client.replies.length;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: BATCH, maxLength: BATCH, size: "max" }),
      async (frames) => {
        for (const frame of frames) client.pushFrame(Buffer.from(frame));
        await stillServes();
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
  expect(client.replies.length - replies).toBeLessThan(20_000);
});

test("any message of a tag: 60,000 of them, each with at most one reply", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          request,
          fc.json(),
          fc.string(),
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
        { minLength: BATCH, maxLength: BATCH, size: "max" },
      ),
      async (messages) => {
        const tag = randomBytes(16).toString("hex");
        for (let start = 0; start < messages.length; start += 100) {
          for (const message of messages.slice(start, start + 100)) client.push(tag, message);
          await stillServes();
        }
        expect(client.repliesOf(tag).length).toBeLessThanOrEqual(messages.length);
        client.replies.length = 0;
      },
    ),
    { numRuns: 120, endOnFailure: true },
  );
}, 240_000);

test("any message of nobody: 20,000 of them, and not one reply", async () => {
  await quiet();
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: BATCH, maxLength: BATCH, size: "max" }), async (messages) => {
      const before = client.replies.length;
      for (const message of messages) client.push(undefined, message);
      await stillServes();
      expect(client.replies.length).toBe(before + 1);
    }),
    { numRuns: 40, endOnFailure: true },
  );
}, 120_000);

test("nothing of it was thrown, and nothing grew", () => {
  const status = readFileSync(`/proc/${directory.child.pid ?? 0}/status`, "utf8");
  expect(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])).toBeLessThan(400_000);
  expect(directory.stderr).not.toMatch(/error|Error/);
});
