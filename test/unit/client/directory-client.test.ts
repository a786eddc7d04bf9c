import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClientError } from "../../../src/client/errors.js";
import type { SentRequest } from "../../../src/client/exchange.js";
import { newKeyPair } from "../../../src/client/keys.js";
import { loginReply, registrationReply, sendReply } from "../../../src/protocol/v1/reply.js";
import { type ClientNetwork, createClientNetwork, type TestClient } from "../../support/client-network.js";

let network: ClientNetwork;
let alice: TestClient;
let bob: TestClient;

beforeEach(async () => {
  network = createClientNetwork();
  alice = await network.connect("alice");
  bob = await network.connect("bob");
});

afterEach(() => network[Symbol.asyncDispose]());

async function registerBoth(): Promise<void> {
  await alice.client.register("alice", alice.keys);
  await bob.client.register("bob", bob.keys);
}

function sent({ events }: TestClient): (SentRequest & { packets: number })[] {
  return events.flatMap((event) => (event.type === "sent" ? [event] : []));
}

function rejections({ events }: TestClient): string[] {
  return events.flatMap((event) => (event.type === "rejected" ? [event.reason] : []));
}

describe("registering", () => {
  it("binds the name to the key, in two packets up and two down", async () => {
    await alice.client.register("Alice", alice.keys);
    expect(network.directory.users.get("alice")).toMatchObject({ name: "Alice", key: alice.keys.publicKey });
    expect(sent(alice).map(({ action, surbs, packets }) => [action, surbs, packets])).toEqual([
      ["register", 2, 1],
      ["registrationResponse", 2, 1],
    ]);
    expect(network.mixnet.counters("alice").sent.data).toBe(2);
    expect(network.mixnet.counters("nym-directory").sent.data).toBe(2);
  });

  it.each(["", "al ice", "älice", "x".repeat(65)])("refuses %j before anything is sent", async (name) => {
    await expect(alice.client.register(name, alice.keys)).rejects.toMatchObject({ code: "invalidName" });
    expect(sent(alice)).toEqual([]);
  });

  it("says that the name is taken when another key has it", async () => {
    await alice.client.register("alice", alice.keys);
    await expect(bob.client.register("ALICE", bob.keys)).rejects.toMatchObject({
      code: "nameTaken",
      retryable: false,
    });
  });

  it("says that a name is taken that nobody has but nobody may have either", async () => {
    network.directory.intercept = ({ action }) =>
      action === "register" ? registrationReply("long", "error: username already in use") : undefined;
    await expect(alice.client.register("admin", alice.keys)).rejects.toMatchObject({ code: "nameTaken" });
  });

  it("succeeds again with the same key, and then messages come here", async () => {
    await alice.client.register("alice", alice.keys);
    const again = await network.connect("alice-elsewhere");
    await again.client.register("alice", alice.keys);
    await bob.client.register("bob", bob.keys);
    await bob.client.send("alice", "hello");
    // The copy of alice's key pair decrypts; the message came to the new place.
    expect(await again.next()).toMatchObject({ sender: "bob", plaintext: { kind: "chat", text: "hello" } });
    expect(alice.inbox).toEqual([]);
  });

  it("finds out by logging in that its registration worked when the success was lost", async () => {
    let lost = 0;
    network.directory.intercept = ({ action }, count) => {
      if (action !== "registrationResponse" || count > 1) return undefined;
      lost++;
      // What the directory does with it, without the answer.
      network.directory.users.set("alice", { name: "alice", key: alice.keys.publicKey, route: "" as never });
      return registrationReply("long", "error: no pending registration for sender");
    };
    await alice.client.register("alice", alice.keys);
    expect(lost).toBe(1);
    expect(network.directory.requests).toMatchObject({ register: 1, login: 1, loginResponse: 1 });
  });

  it("says that the name is taken when somebody else was faster", async () => {
    const faster = (await newKeyPair()).keyPair;
    network.directory.intercept = ({ action }) => {
      if (action === "registrationResponse")
        network.directory.users.set("alice", { name: "alice", key: faster.publicKey, route: "" as never });
      return undefined;
    };
    await expect(alice.client.register("alice", alice.keys)).rejects.toMatchObject({ code: "nameTaken" });
  });

  it("starts over when its challenge was displaced", async () => {
    network.directory.intercept = ({ action }, count) =>
      action === "registrationResponse" && count === 1
        ? registrationReply("long", "error: no pending registration for sender")
        : undefined;
    await alice.client.register("alice", alice.keys);
    expect(network.directory.requests).toMatchObject({ register: 2, login: 1, loginResponse: 0 });
  });

  it("starts over when the directory could not store it, and says so when that does not pass", async () => {
    network.directory.intercept = ({ action }, count) =>
      action === "registrationResponse" && count <= 2
        ? registrationReply("long", "error: database failure")
        : undefined;
    await alice.client.register("alice", alice.keys);
    network.directory.intercept = ({ action }) =>
      action === "register" ? registrationReply("long", "error: database failure") : undefined;
    await expect(bob.client.register("bob", bob.keys)).rejects.toMatchObject({
      code: "directoryFailure",
      retryable: true,
    });
  });

  it("asks again when a request or an answer is lost, and the effect is the same", async () => {
    network.directory.intercept = (_, count) => (count === 1 ? "silence" : undefined);
    await alice.client.register("alice", alice.keys);
    expect(network.directory.requests).toMatchObject({ register: 2, registrationResponse: 2 });
    expect(network.directory.users.size).toBe(1);
  });
});

describe("logging in", () => {
  it("moves the route here, in four packets up", async () => {
    await registerBoth();
    const elsewhere = await network.connect("elsewhere");
    await elsewhere.client.login("alice", alice.keys);
    expect(sent(elsewhere).map(({ action, surbs, packets }) => [action, surbs, packets])).toEqual([
      ["login", 2, 1],
      ["loginResponse", 9, 3],
    ]);
    await bob.client.send("alice", "hello");
    expect(await elsewhere.next()).toMatchObject({ sender: "bob" });
  });

  it("tells who is unknown from who has another key", async () => {
    await registerBoth();
    const other = await network.connect("other");
    await expect(other.client.login("nobody", other.keys)).rejects.toMatchObject({ code: "noSuchUser" });
    await expect(other.client.login("alice", other.keys)).rejects.toMatchObject({ code: "badSignature" });
    await expect(other.client.send("bob", "hello")).rejects.toMatchObject({ code: "notLoggedIn" });
  });

  it("starts over when the challenge was used up", async () => {
    await registerBoth();
    network.directory.intercept = ({ action }, count) =>
      action === "loginResponse" && count === 1 ? loginReply("long", "error: no pending login for sender") : undefined;
    const elsewhere = await network.connect("elsewhere");
    await elsewhere.client.login("alice", alice.keys);
    expect(network.directory.requests).toMatchObject({ login: 2, loginResponse: 2 });
  });

  it("is done again by itself when the Nym client was restarted", async () => {
    await registerBoth();
    await network.mixnet.restart("alice", "killed");
    await expect.poll(() => alice.events.map(({ type }) => type)).toContain("loggedIn");
    await bob.client.send("alice", "are you back?");
    expect(await alice.next()).toMatchObject({ plaintext: { text: "are you back?" } });
  });

  it("tells when it cannot be done again", async () => {
    await registerBoth();
    network.directory.users.delete("alice");
    await network.mixnet.restart("alice", "graceful");
    await expect
      .poll(() => alice.events.filter(({ type }) => type === "loggedOut"))
      .toEqual([{ type: "loggedOut", code: "noSuchUser" }]);
  });
});

describe("looking up", () => {
  it("finds a user whatever the case, in one packet up and one down", async () => {
    await bob.client.register("Bob", bob.keys);
    const before = network.mixnet.counters("nym-directory").sent.data;
    expect(await alice.client.lookup("bOB")).toEqual({ name: "Bob", publicKey: bob.keys.publicKey });
    expect(sent(alice).map(({ surbs, packets }) => [surbs, packets])).toEqual([[2, 1]]);
    expect(network.mixnet.counters("alice").sent).toMatchObject({ data: 1, freshSurbs: 0 });
    expect(network.mixnet.counters("nym-directory").sent.data - before).toBe(1);
  });

  it("finds nobody under a name that nobody has", async () => {
    expect(await alice.client.lookup("nobody")).toBeUndefined();
  });

  it("makes contacts of whom it has not seen, so that they are not asked for twice, and changes none", async () => {
    await registerBoth();
    await alice.client.lookup("bob");
    await alice.client.send("bob", "hello");
    expect(sent(alice).filter(({ action }) => action === "query")).toHaveLength(1);
    network.directory.users.set("bob", { name: "bob", key: alice.keys.publicKey, route: "" as never });
    expect((await alice.client.lookup("bob"))?.publicKey).toEqual(alice.keys.publicKey);
    expect((await alice.store.contact("bob"))?.publicKey).toEqual(bob.keys.publicKey);
  });

  it("refuses a key that is none", async () => {
    network.directory.intercept = () => ({
      dialect: "long",
      kind: "queryResponse",
      found: { name: "bob", key: Buffer.from("no key") },
    });
    await expect(alice.client.lookup("bob")).rejects.toMatchObject({ code: "badDirectoryKey" });
  });

  it("many at once all get their own answers", async () => {
    await registerBoth();
    const names = ["alice", "nobody", "bob", "ghost", "ALICE"];
    const found = await Promise.all(names.map((name) => alice.client.lookup(name)));
    expect(found.map((entry) => entry?.name)).toEqual(["alice", undefined, "bob", undefined, "alice"]);
  });

  it("goes to another address than everything else when the directory has several", async () => {
    await using pool = createClientNetwork({ services: 2 });
    const addresses = pool.mixnet.services.map(({ address }) => address);
    const carol = await pool.connect("carol", { directory: addresses, retries: 0, answerTimeout: 50 });
    await Promise.allSettled([carol.client.lookup("bob"), carol.client.login("carol", carol.keys)]);
    const [query, login] = sent(carol);
    expect(new Set([query?.to, login?.to])).toEqual(new Set(addresses));
  });
});

describe("sending", () => {
  it("looks the recipient up, introduces itself once, and is read and verified", async () => {
    await registerBoth();
    await alice.client.send("bob", 'héllo "bob"\n');
    await alice.client.send("bob", "second");
    expect([await bob.next(), await bob.next()]).toMatchObject([
      { sender: "alice", plaintext: { kind: "chat", text: 'héllo "bob"\n' }, firstContact: true },
      { sender: "alice", plaintext: { kind: "chat", text: "second" }, firstContact: false },
    ]);
    expect(network.directory.stored.map(({ content }) => content.includes("senderPublicKey"))).toEqual([true, false]);
    expect(network.directory.requests.query).toBe(2); // one each: bob's key for alice, alice's key for bob
  });

  it("takes two packets for a short text, with four SURBs", async () => {
    await registerBoth();
    await alice.client.send("bob", "hi");
    const [message] = sent(alice).filter(({ action }) => action === "send");
    expect(message).toMatchObject({ surbs: 4, packets: 2 });
  });

  it("answers in the other direction without asking for the key again", async () => {
    await registerBoth();
    await alice.client.send("bob", "hi");
    await bob.next();
    const before = network.directory.requests.query;
    await bob.client.send("alice", "hi yourself");
    expect(await alice.next()).toMatchObject({ sender: "bob", plaintext: { text: "hi yourself" } });
    expect(network.directory.requests.query).toBe(before);
  });

  it("says who does not exist, and what is too long", async () => {
    await registerBoth();
    await expect(alice.client.send("nobody", "hi")).rejects.toMatchObject({ code: "noSuchUser" });
    await expect(alice.client.send("bob", "x".repeat(40_000))).rejects.toMatchObject({ code: "tooLong" });
    await expect(alice.client.send("no body", "hi")).rejects.toMatchObject({ code: "invalidName" });
  });

  it.each([
    ["error: unrecognized sender username", "notRegistered"],
    ["error: invalid signature", "badSignature"],
    ["error: recipient not found", "noSuchUser"],
    ["error: database failure", "directoryFailure"],
    ["error: invalid JSON in content", "refused"],
  ] as const)("turns %j into %s", async (result, code) => {
    await registerBoth();
    network.directory.intercept = ({ action }) => (action === "send" ? sendReply("long", result) : undefined);
    await expect(alice.client.send("bob", "hi")).rejects.toMatchObject({ code });
  });

  it("repeats the same bytes until they are stored, which happens once", async () => {
    await registerBoth();
    const sealed = await alice.client.seal("bob", "once");
    network.directory.intercept = ({ action }, count) => (action === "send" && count <= 2 ? "silence" : undefined);
    await alice.client.submit(sealed);
    await alice.client.submit(sealed);
    expect(network.directory.stored).toHaveLength(1);
    expect(await bob.next()).toMatchObject({ plaintext: { text: "once" } });
  });

  it("keeps the order of what is sent at once", async () => {
    await registerBoth();
    await Promise.all(["1", "2", "3", "4", "5"].map((text) => alice.client.send("bob", text)));
    const texts = [];
    for (let index = 0; index < 5; index++) texts.push((await bob.next()).plaintext);
    expect(new Set(texts.map((plaintext) => (plaintext.kind === "chat" ? plaintext.text : "")))).toEqual(
      new Set(["1", "2", "3", "4", "5"]),
    );
  });
});

describe("receiving", () => {
  it("shows a message once, however often and however written it comes", async () => {
    await registerBoth();
    await alice.client.send("bob", "once");
    expect(await bob.next()).toMatchObject({ plaintext: { text: "once" } });
    const content = network.directory.stored[0]?.content ?? "";
    network.directory.push("bob", content);
    network.directory.push("bob", content.replace('"encryptedPayload": ', '"encryptedPayload":   '));
    await expect.poll(() => rejections(bob)).toEqual(["duplicate", "duplicate"]);
    expect(bob.inbox).toEqual([]);
  });

  it("believes nobody without a signature, whoever the directory says they are", async () => {
    await registerBoth();
    await alice.client.send("bob", "hello");
    await bob.next();
    const content = network.directory.stored[0]?.content ?? "";
    const damaged = content.replace(/"ciphertext": "../, '"ciphertext": "00');
    network.directory.push("bob", damaged);
    network.directory.push("bob", content.replace('"sender": "alice"', '"sender": "bob"'));
    network.directory.push("bob", content.replace('"sender": "alice"', '"sender": "nobody"'));
    network.directory.push("bob", '{"sender": "alice", "body": {}}');
    network.directory.push("bob", '{"sender": "alice\\n", "body": {}}');
    network.directory.push("bob", "[]");
    await expect
      .poll(() => rejections(bob).sort())
      .toEqual(["duplicate", "duplicate", "malformed", "malformed", "malformed", "unsigned"]);
    expect(bob.inbox).toEqual([]);
  });

  it("does not accept another key for somebody it knows", async () => {
    await registerBoth();
    await alice.client.send("bob", "it is me");
    await bob.next();
    const impostor = await network.connect("impostor");
    network.directory.users.delete("alice");
    await impostor.client.register("alice", impostor.keys);
    await impostor.client.send("bob", "it is me, really");
    await expect.poll(() => rejections(bob)).toEqual(["keyChanged"]);
    expect((await bob.store.contact("alice"))?.publicKey).toEqual(alice.keys.publicKey);
  });

  it("does not show a message whose sender it cannot look up", async () => {
    await alice.client.register("alice", alice.keys);
    bob = await network.connect("impatient", { answerTimeout: 100, retries: 1 });
    await bob.client.register("bob", bob.keys);
    network.directory.intercept = (request) =>
      request.action === "query" && request.body.name === "alice" ? "silence" : undefined;
    await alice.client.send("bob", "hello");
    await expect.poll(() => rejections(bob), { timeout: 10_000 }).toEqual(["unverified"]);
    // It is not taken for a duplicate when it comes again.
    network.directory.intercept = () => undefined;
    network.directory.push("bob", network.directory.stored[0]?.content ?? "");
    expect(await bob.next()).toMatchObject({ plaintext: { text: "hello" } });
  });

  it("does not show a message that it cannot remember, so that nothing is shown twice", async () => {
    await registerBoth();
    const failing = { ...bob.store, remember: () => Promise.reject(new Error("disk full")) };
    const elsewhere = await network.connect("elsewhere", {}, failing);
    await elsewhere.client.login("bob", bob.keys);
    await alice.client.send("bob", "hello");
    await expect.poll(() => rejections(elsewhere)).toEqual(["storeFailed"]);
    expect(elsewhere.inbox).toEqual([]);
  });

  it("asks for fresh SURBs by itself when many messages came, and is heard from in time when none do", async () => {
    await registerBoth();
    for (let index = 0; index < 7; index++) await alice.client.send("bob", `message ${index}`);
    await expect.poll(() => sent(bob).filter(({ surbs }) => surbs >= 9)).toHaveLength(1);
    const carol = await network.connect("carol", { keepAlive: 30 });
    await carol.client.register("carol", carol.keys);
    await expect.poll(() => sent(carol).filter(({ action }) => action === "query").length).toBeGreaterThan(2);
    expect(sent(carol).at(-1)).toMatchObject({ surbs: 3, packets: 1 });
  });

  it("tells when the directory binds its own name to another key", async () => {
    const carol = await network.connect("carol", { keepAlive: 30 });
    await carol.client.register("carol", carol.keys);
    network.directory.users.set("carol", { name: "carol", key: bob.keys.publicKey, route: "" as never });
    await expect.poll(() => carol.events).toContainEqual({ type: "loggedOut", code: "badSignature" });
  });
});

describe("the directory's signature", () => {
  it("is checked when its key is pinned", async () => {
    const pinned = await network.connect("pinned", { replyKey: network.directory.replyKey });
    await pinned.client.register("pinned", pinned.keys);
    expect(await pinned.client.lookup("pinned")).toMatchObject({ name: "pinned" });
  });

  it("of another makes an answer worthless", async () => {
    await using other = createClientNetwork();
    const pinned = await network.connect("pinned", {
      replyKey: other.directory.replyKey,
      answerTimeout: 200,
      retries: 0,
    });
    await expect(pinned.client.lookup("pinned")).rejects.toMatchObject({ code: "timeout" });
    expect(pinned.events).toContainEqual({ type: "dropped", reason: "forged" });
  });
});

describe("closing", () => {
  it("ends the messages, and what is under way, with its own error", async () => {
    network.directory.intercept = () => "silence";
    const lookup = alice.client.lookup("bob");
    const reading = (async () => {
      for await (const message of bob.client.messages()) throw new Error(message.digest);
    })();
    await Promise.all([alice.client.close(), bob.client.close()]);
    await expect(lookup).rejects.toThrow(new ClientError("closed"));
    await reading;
    await expect(alice.client.lookup("bob")).rejects.toMatchObject({ code: "closed" });
  });
});

it.each([[[]], ["nonsense"], [["nonsense"]]])("a client cannot be made for the address %j", async (directory) => {
  await expect(network.connect("carol", { directory })).rejects.toThrow(RangeError);
});

it("a client cannot be made with a reply key that is none", async () => {
  await expect(network.connect("carol", { replyKey: "nonsense" })).rejects.toThrow(RangeError);
});
