/** What a v2 request was answered is answered again: by a directory that was killed, restored, or asked too late. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { decodeReply, type ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import { encodeRequest } from "../../src/protocol/v2/request-codec.js";
import type { RequestAudience } from "../../src/protocol/v2/signed-texts.js";
import type { V2Request } from "../../src/protocol/v2/request.js";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { SEEN, seeName, seeText } from "../support/seen.js";
import { type Directory, freshId, type Person, personOf } from "../support/v2-person.js";
import { anonymous, named, newKey, testKey } from "../support/v2-requests.js";

const MAIN = fileURLToPath(new URL("../../dist/src/main.js", import.meta.url));
const WINDOW_SECONDS = 3;

/** A running directory behind a Nym client that outlives it. */
interface Served extends Directory {
  audience: RequestAudience;
  process: DirectoryProcess;
  /** Ends it, and starts it again with what it has on the disk after `meanwhile`. */
  again(signal: NodeJS.Signals, meanwhile?: (dataDir: string) => Promise<unknown>): Promise<void>;
}

async function serve(settings: Readonly<Record<string, string>> = {}): Promise<Served> {
  const client = await FakeNymClient.listen();
  const env = { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, ...settings };
  const served: Served = {
    audience: { identity: new Uint8Array(32), epoch: 0 },
    process: await startDirectory({ env }),
    get now() {
      return Date.now();
    },
    async ask(label, request) {
      const tag = createHash("sha256").update(label).digest("hex").slice(0, 32);
      SEEN.tag(Buffer.from(tag, "hex"));
      const before = client.replies.length;
      let reply: ReceivedReply | undefined;
      client.push(tag, Buffer.from(encodeRequest(request)));
      await client.until(() => {
        for (const { tag: to, message } of client.replies.slice(before)) {
          const decoded = decodeReply(message);
          if (to === tag && decoded !== undefined && decoded.action !== "push") reply = decoded;
        }
        return reply !== undefined;
      });
      if (reply === undefined || !Buffer.from(reply.id).equals(request.id)) throw new Error("not the reply");
      return reply;
    },
    async again(signal, meanwhile = () => Promise.resolve()) {
      await served.process.stop(signal);
      const { dataDir } = served.process;
      await meanwhile(dataDir);
      served.process = await startDirectory({ env, dataDir });
      await meet(served);
    },
  };
  onTestFinished(async () => {
    await served.process[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
  });
  await meet(served);
  return served;
}

/** Learns for whom to sign. */
async function meet(served: Served): Promise<void> {
  const reply = await served.ask("newcomer", anonymous("info", {}, freshId()));
  if (reply.result !== "ok" || reply.action !== "info") throw new Error("no info");
  served.audience = reply.answer;
}

async function registered(served: Served, name: string): Promise<Person> {
  seeName(name);
  const person = personOf(served, name);
  SEEN.key(Buffer.from(person.key.der));
  expect(await person.register()).toMatchObject({ result: "ok" });
  return person;
}

test(
  "after a kill -9 each request is answered as before, and takes effect no second time",
  { timeout: 60_000 },
  async () => {
    const served = await serve();
    const alice = personOf(served, "alice-of-outcomes");
    const bob = await registered(served, "bob-of-outcomes");
    seeName(alice.name);

    /** Asks, kills, and asks again from elsewhere. */
    async function twice(request: V2Request, answer: object = {}): Promise<void> {
      for (const tag of [alice.tag, "elsewhere"]) {
        expect(await served.ask(tag, request), request.action).toMatchObject({ result: "ok", answer });
        if (tag === alice.tag) await served.again("SIGKILL");
      }
    }

    const offered = await served.ask(
      alice.tag,
      anonymous("register", { name: named(alice.name), key: alice.key.raw }, freshId()),
    );
    if (offered.result !== "ok" || offered.action !== "register") throw new Error("no challenge");
    const proof = { challenge: offered.answer.challenge, key: alice.key.raw, recovery: alice.recovery.raw };
    await twice(alice.signed("prove", { purpose: "registration", ...proof }), { keyVersion: 1 });

    const text = "a text that tells";
    seeText(text);
    await twice(alice.signed("send", { recipient: named(bob.name), body: Buffer.from(text), receipt: true }));
    expect(await bob.fetch()).toMatchObject([{ sequence: 1, kind: "message", sender: alice.name }]);

    const offer = await served.ask(alice.tag, anonymous("login", { name: named(alice.name) }, freshId()));
    if (offer.result !== "ok" || offer.action !== "login") throw new Error("no challenge");
    await twice(alice.signed("prove", { purpose: "login", challenge: offer.answer.challenge }), { keyVersion: 1 });
    await twice(alice.signed("logout", {}));

    const { audience } = served;
    const second = testKey("alice's second key");
    await twice(alice.signed("rotate", newKey(alice.name, second, 1, undefined, audience)), { keyVersion: 2 });
    const third = testKey("alice's third key");
    const rescue = newKey(alice.name, third, 1, undefined, audience);
    await twice(alice.signed("recover", rescue, { key: alice.recovery }), { keyVersion: 3 });
    [alice.key, alice.keyVersion] = [third, 3];
    await twice(alice.signed("release", {}));
    expect(await alice.ask("status", {})).toMatchObject({ result: "unauthorized" });
    expect(await bob.fetch()).toHaveLength(1);
  },
);

test("signed anew after its window a request is still the same, and before that refused", async () => {
  const served = await serve({ REQUEST_WINDOW_SECONDS: `${WINDOW_SECONDS}` });
  const [alice, bob] = [await registered(served, "alice-of-windows"), await registered(served, "bob-of-windows")];
  const body = { recipient: named(bob.name), body: Buffer.from("once and for all"), receipt: false };
  const request = alice.signed("send", body);
  expect(await served.ask("aa", request)).toMatchObject({ result: "ok" });
  const over = (request.auth.time + WINDOW_SECONDS) * 1000;
  while (Date.now() <= over) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await served.ask("aa", request)).toMatchObject({ result: "outsideWindow" });
  expect(await alice.ask("send", body, { id: request.id })).toMatchObject({ result: "ok" });
  expect(await bob.fetch()).toHaveLength(1);
});

test("a restored directory takes nothing that was signed before, and says so by its epoch", async () => {
  const served = await serve();
  const [alice, bob] = [await registered(served, "alice-of-backups"), await registered(served, "bob-of-backups")];
  const before = served.audience.epoch;
  await served.again("SIGINT", (dataDir) => run(dataDir, "backup"));
  expect(served.audience.epoch).toBe(before);
  const body = { recipient: named(bob.name), body: Buffer.from("from before"), receipt: false };
  const request = alice.signed("send", body);
  expect(await served.ask("aa", request)).toMatchObject({ result: "ok" });
  await served.again("SIGINT", (dataDir) => run(dataDir, "restore"));
  expect(served.audience.epoch).toBe(before + 1);
  expect(await bob.fetch()).toEqual([]);
  expect(await served.ask("aa", request)).toMatchObject({ result: "unauthorized" });
  expect(await alice.ask("send", body, { id: request.id })).toMatchObject({ result: "ok" });
  expect(await bob.fetch()).toHaveLength(1);
});

/** Runs the command on the data, with one copy of it. */
async function run(dataDir: string, command: "backup" | "restore"): Promise<void> {
  const env = { PATH: process.env["PATH"], HOME: dataDir, DATA_DIR: dataDir, SCRYPT_LOG2_N: "10" };
  await promisify(execFile)(process.execPath, [MAIN, command, join(dataDir, "copy.db")], { cwd: dataDir, env });
}
