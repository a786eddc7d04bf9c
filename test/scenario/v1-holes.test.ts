/** The holes of the original: what ended, fooled or filled it does not end, fool or fill this one. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { envelope, nonceOf, query, V1User } from "../support/v1-user.js";

let client: FakeNymClient;
let directory: DirectoryProcess;
const tag = (): string => randomBytes(16).toString("hex");

beforeAll(async () => {
  client = await FakeNymClient.listen();
  directory = await startDirectory({
    env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, CHALLENGE_SECONDS: "1", CHALLENGES_MAX: "10" },
  });
});

afterAll(async () => {
  await directory[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
});

test("no single packet ends the service, and what v1 has no error for is met with silence", async () => {
  const anonymous = tag();
  const silent = [
    '{"action":"createGroups"}',
    '{"action":["update"]}',
    '{"action":"updateResponse"}',
    "[1]",
    "7",
    "null",
    "",
    "{",
    "\u0000",
    '{"action":"__proto__"}',
  ];
  for (const message of silent) client.push(anonymous, message);
  client.push(anonymous, Buffer.from([0xff, 0xfe]));
  client.push(anonymous, "[".repeat(60_000));
  client.push(anonymous, Buffer.alloc(1_000_000, 0x20));
  expect(envelope(await client.ask(anonymous, '{"action":"query","username":["a"]}')).content).toBe(
    "error: missing 'username' field",
  );
  expect(envelope(await client.ask(anonymous, '{"action":"send","content":5,"signature":"00"}')).content).toBe(
    "error: missing 'content' or 'signature'",
  );
  expect(client.repliesOf(anonymous)).toHaveLength(2);
});

test("what clients can ask for and no directory serves is answered so, in a reply of its own name that is signed", async () => {
  const anonymous = tag();
  for (const action of ["update", "createGroup", "inviteGroup", "sendGroup"]) {
    const reply = envelope(await client.ask(anonymous, JSON.stringify({ action, signature: "s", field: "publicKey" })));
    expect(reply).toMatchObject({ action: `${action}Response`, content: "error: not supported" });
    expect(reply.signature).toMatch(/^30[0-9a-f]+$/);
  }
});

test("a sender without a tag gets no reply and no state", async () => {
  const user = new V1User("untagged");
  client.push(undefined, user.register());
  client.push(undefined, query("untagged"));
  const before = client.replies.length;
  expect(envelope(await client.ask(tag(), query("untagged"))).content).toBe("No user found");
  expect(client.replies).toHaveLength(before + 1);
});

test("a replayed send is answered and not forwarded again, and moves no route from whatever tag", async () => {
  const alice = new V1User("alice");
  const bob = new V1User("bob");
  await alice.registerAt(client);
  await bob.registerAt(client);
  const message = alice.send("bob", '"once"');
  expect(envelope(await client.ask(alice.tag, message)).content).toBe("success");
  await client.until(() => client.repliesOf(bob.tag).length === 3);
  const thief = tag();
  expect(envelope(await client.ask(alice.tag, message)).content).toBe("success");
  expect(envelope(await client.ask(thief, message)).content).toBe("success");
  await client.ask(bob.tag, bob.send("alice", '"for alice"'));
  await client.until(() => client.repliesOf(alice.tag).length === 5);
  expect(client.repliesOf(thief)).toHaveLength(1);
  expect(client.repliesOf(bob.tag)).toHaveLength(4);
});

test("a direct message that its recipient submits as a send moves no route", async () => {
  const carol = new V1User("carol");
  const dave = new V1User("dave");
  await carol.registerAt(client);
  await dave.registerAt(client);
  // Signed by carol for dave's eyes, never seen by the directory.
  const direct = carol.send("dave", '"direct"');
  expect(envelope(await client.ask(dave.tag, direct)).content).toBe("success");
  await client.until(() => client.repliesOf(dave.tag).length === 4);
  await client.ask(dave.tag, dave.send("carol", '"still to carol"'));
  await client.until(() => client.repliesOf(carol.tag).length === 3);
});

test("challenges expire, are capped, and one bad signature consumes one", async () => {
  const user = new V1User("expiring");
  const challenge = nonceOf(envelope(await client.ask(user.tag, user.register())));
  expect(nonceOf(envelope(await client.ask(user.tag, user.register())))).toBe(challenge);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(envelope(await client.ask(user.tag, user.registrationResponse(challenge))).content).toBe(
    "error: no pending registration for sender",
  );

  const fresh = nonceOf(envelope(await client.ask(user.tag, user.register())));
  expect(envelope(await client.ask(user.tag, user.registrationResponse("another nonce"))).content).toBe(
    "error: signature verification failed",
  );
  expect(envelope(await client.ask(user.tag, user.registrationResponse(fresh))).content).toBe(
    "error: no pending registration for sender",
  );

  const last = nonceOf(envelope(await client.ask(user.tag, user.register())));
  for (let other = 0; other < 10; other++) await client.ask(tag(), new V1User(`other${other}`).register());
  expect(envelope(await client.ask(user.tag, user.registrationResponse(last))).content).toBe(
    "error: no pending registration for sender",
  );
});

test("names are unique whatever their case, at most 64 characters, and taken ones are refused before any challenge", async () => {
  const first = new V1User("Mallory");
  expect(await first.registerAt(client)).toBe("success");
  expect(await new V1User("mALLORY").registerAt(client)).toBe("error: username already in use");
  expect(envelope(await client.ask(tag(), query("MALLORY"))).content).toContain('"username": "Mallory"');
  expect(await new V1User("x".repeat(64)).registerAt(client)).toBe("success");
  expect(await new V1User("x".repeat(65)).registerAt(client)).toBe("error: invalid username format");
  expect(await new V1User("x".repeat(50_000)).registerAt(client)).toBe("error: invalid username format");
  expect(await new V1User("__proto__").registerAt(client)).toBe("success");
  expect(await new V1User("constructor").registerAt(client)).toBe("success");
});

test("a key that is no P-256 key is refused before any challenge", async () => {
  const register = (publicKey: string): string => JSON.stringify({ action: "register", usernym: "nokey", publicKey });
  for (const key of ["x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]) {
    expect(envelope(await client.ask(tag(), register(key))).content).toBe("error: signature verification failed");
  }
});

test("after its Nym client drops the connection it is back, and answers", async () => {
  client.drop();
  await client.until(() => !client.connected);
  await client.until(() => client.connected);
  expect(envelope(await client.ask(tag(), query("nobody-at-all"))).content).toBe("No user found");
});

test("nothing of it is in the log", () => {
  for (const secret of ["alice", "Mallory", "expiring", "BEGIN PUBLIC KEY", "sender"])
    expect(directory.stderr).not.toContain(secret);
});
