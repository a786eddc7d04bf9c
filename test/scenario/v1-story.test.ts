/** The main story, with shipped clients' bytes, through the real program: register, log in, look up, chat. */
import { randomBytes, verify } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { envelope, query, V1User } from "../support/v1-user.js";

let client: FakeNymClient;
let directory: DirectoryProcess;
const anonymous = randomBytes(16).toString("hex");

beforeAll(async () => {
  client = await FakeNymClient.listen();
  directory = await startDirectory({ env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url } });
});

afterAll(async () => {
  await directory[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
});

test("two users register, find each other, and chat", async () => {
  const alice = new V1User("alice");
  const bob = new V1User("Bob_2");
  expect(await alice.registerAt(client)).toBe("success");
  expect(await bob.registerAt(client)).toBe("success");

  const found = envelope(await client.ask(anonymous, query("bob_2")));
  expect(found).toMatchObject({ action: "queryResponse", context: "query" });
  expect(JSON.parse(found.content)).toEqual({ username: "Bob_2", publicKey: bob.publicKey });

  const body = '{"z": 1, "a":  [1.0, "\\u00e9"], "encryptedPayload": {"b": "x", "a": "y"}}';
  const sent = envelope(await client.ask(alice.tag, alice.send("bob_2", body)));
  expect(sent).toMatchObject({ action: "sendResponse", content: "success", context: "chat" });
  await client.until(() => client.repliesOf(bob.tag).length === 3);
  const incoming = envelope(client.repliesOf(bob.tag)[2]?.message.toString() ?? "");
  expect(incoming).toMatchObject({ action: "incomingMessage", context: "chat" });
  expect(incoming.content).toBe(`{"sender": "alice", "body": ${body}}`);

  expect(envelope(await client.ask(bob.tag, bob.send("ALICE", '"hi"'))).content).toBe("success");
  await client.until(() => client.repliesOf(alice.tag).length === 4);
  expect(envelope(client.repliesOf(alice.tag)[3]?.message.toString() ?? "").content).toBe(
    '{"sender": "Bob_2", "body": "hi"}',
  );
});

test("every reply is signed by the key that `identity` prints, and is written as Python writes it", async () => {
  const reply = await client.ask(anonymous, query("nobody"));
  const { content, signature } = envelope(reply);
  expect(reply).toBe(
    `{"action": "queryResponse", "content": "No user found", "context": "query", "signature": "${signature}"}`,
  );
  const { execFileSync } = await import("node:child_process");
  const printed = execFileSync(process.execPath, ["dist/src/main.js", "identity"], {
    env: { PATH: process.env["PATH"], DATA_DIR: directory.dataDir },
    encoding: "utf8",
  });
  const keys = printed.match(/-----BEGIN PUBLIC KEY-----[^]+?-----END PUBLIC KEY-----/g) ?? [];
  expect(keys).toHaveLength(2);
  const holds = keys.map((key) => {
    try {
      return verify("sha256", Buffer.from(content), key, Buffer.from(signature, "hex"));
    } catch {
      return false;
    }
  });
  expect(holds.filter(Boolean)).toHaveLength(1);
});

test("someone who restarted logs in from a new tag, and gets what waited", async () => {
  const carol = new V1User("carol");
  const dave = new V1User("dave");
  await carol.registerAt(client);
  await dave.registerAt(client);
  const moved = carol.at();
  expect(await moved.loginAt(client)).toBe("success");
  await client.ask(dave.tag, dave.send("carol", '"to the new tag"'));
  await client.until(() => client.repliesOf(moved.tag).length === 3);
  expect(client.repliesOf(carol.tag)).toHaveLength(2);
});

test("compact requests are answered in the compact form", async () => {
  const erin = new V1User("erin");
  const challenge = JSON.parse(
    await client.ask(erin.tag, JSON.stringify({ a: 1, p: { u: "erin", k: erin.publicKey } })),
  ) as {
    a: number;
    c: number;
    p: { n: string };
  };
  expect(challenge).toMatchObject({ a: 8, c: 0 });
  const signature = Buffer.from(erin.sign(challenge.p.n), "hex").toString("base64");
  const result = await client.ask(erin.tag, JSON.stringify({ a: 2, p: { u: "erin", s: signature } }));
  expect(JSON.parse(result)).toEqual({ a: 9, c: 0, p: "success" });
  expect(JSON.parse(await client.ask(anonymous, '{"a":0,"p":{"u":"erin"}}'))).toEqual({
    a: 0,
    c: 3,
    p: { u: "erin", k: erin.publicKey },
  });
});
