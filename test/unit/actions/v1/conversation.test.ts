import { createHash, createPrivateKey, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeReply, encodeRequest } from "../../../../src/protocol/v1/encode.js";
import { encodeContent } from "../../../../src/protocol/v1/message-content.js";
import type { Dialect, Reply } from "../../../../src/protocol/v1/reply.js";
import type { UnsupportedReply } from "../../../../src/protocol/v1/unsupported.js";
import type { ClientRequest } from "../../../../src/protocol/v1/request.js";
import { foldName } from "../../../../src/store/identifiers.js";
import { createModel } from "../../../support/v1-model.js";
import { aliceKey, bobKey } from "../../../support/v1-replies.js";
import { fieldsOf, nymchat, transcript } from "../../../support/v1-vectors.js";

const keys = { alice: createPrivateKey(nymchat.alicePrivPem), bob: createPrivateKey(nymchat.bobPrivPem) };
const publicKeys = { alice: aliceKey, bob: bobKey };
const tags = { alice: "aa", bob: "bb" };
type Who = keyof typeof keys;

function signed(text: string, who: Who): Uint8Array {
  return sign("sha256", Buffer.from(text), keys[who]);
}

function saidBy(reply: Reply | UnsupportedReply | undefined): unknown {
  if (reply === undefined) return undefined;
  if ("result" in reply) return reply.result;
  return "found" in reply ? reply.found : reply.kind;
}

/** A directory, and users that talk to it in one dialect. */
function open(dialect: Dialect) {
  const model = createModel();
  const ask = (tag: string, request: ClientRequest) => {
    const { replies = [] } = model.receive(tag, encodeRequest(request, dialect));
    return { said: saidBy(replies.at(-1)?.reply), offered: replies.slice(0, -1) };
  };
  const register = (who: Who, name: string, tag: string = tags[who]) => {
    const offer = ask(tag, { action: "register", name, key: publicKeys[who] });
    if (offer.said !== "challenge") return offer.said;
    return ask(tag, { action: "registrationResponse", name, signature: signed(nymchat.nonce, who) }).said;
  };
  const login = (who: Who, tag: string) => {
    ask(tag, { action: "login", name: who });
    return ask(tag, { action: "loginResponse", name: who, signature: signed(nymchat.nonce, who) }).said;
  };
  return { ...model, ask, register, login };
}

/** A message of alice's to bob. */
function message(dialect: Dialect, text: string, sender = "alice"): ClientRequest & { readonly action: "send" } {
  const body = JSON.stringify({ epk: text, iv: "i", ct: "c", tag: "t" });
  const content = dialect === "long" ? encodeContent({ sender, recipient: "bob", body }) : body;
  return { action: "send", sender, recipient: "bob", signed: content, signature: signed(content, "alice") };
}

describe("the conversation that the original server had", () => {
  it("goes the same way with ours, to the byte", () => {
    const { receive } = createModel();
    for (const { tag, request, replies } of transcript.exchanges) {
      const outcome = receive(tag, Buffer.from(request));
      const ours = outcome.replies?.map(({ reply }, index) => {
        const recorded = fieldsOf(replies[index]?.message ?? "{}");
        return Buffer.from(encodeReply(reply, () => recorded["signature"] ?? "")).toString();
      });
      expect(ours ?? [], request).toEqual(replies.map((reply) => reply.message));
      expect(outcome.replies?.at(-1)?.tag, request).toBe(replies.at(-1)?.tag);
    }
  });
});

describe.each<Dialect>(["long", "compact"])("in the %s form", (dialect) => {
  it("two users register, look each other up, log in again and chat", () => {
    const { ask, register, login } = open(dialect);
    expect(register("alice", "Alice")).toBe("success");
    expect(register("bob", "bob")).toBe("success");
    expect(ask("xx", { action: "query", name: "aLICE" }).said).toEqual({ name: "Alice", key: aliceKey });
    expect(login("bob", "b2")).toBe("success");
    const { said, offered } = ask("aa", message(dialect, "hi", "Alice"));
    expect(said).toBe("success");
    expect(offered.map(({ tag }) => tag)).toEqual(["b2"]);
    expect(offered[0]?.reply).toMatchObject({ kind: "incomingMessage", dialect });
  });

  it("a message is forwarded once, however often and from wherever it comes", () => {
    const { ask, register, rows } = open(dialect);
    register("alice", "alice");
    register("bob", "bob");
    const request = message(dialect, "hi");
    expect(ask("aa", request).offered).toHaveLength(1);
    for (const tag of ["aa", "bb", "xx"]) {
      expect(ask(tag, request)).toEqual({ said: "success", offered: [] });
      // ECDSA is malleable: another signature of the same text is no other message.
      expect(ask(tag, { ...request, signature: signed(request.signed, "alice") })).toEqual({
        said: "success",
        offered: [],
      });
    }
    expect([...rows.routes.values()].map(({ tag }) => tag)).toEqual(["aa", "bb"]);
  });

  it("a message that its recipient submits moves no route", () => {
    const { ask, register, rows } = open(dialect);
    register("alice", "alice");
    register("bob", "bob");
    expect(ask("bb", message(dialect, "sent directly")).said).toBe("success");
    expect([...rows.routes.values()].map(({ tag }) => tag)).toEqual(["aa", "bb"]);
  });

  it("a name is taken for all, in whatever case", () => {
    const { register } = open(dialect);
    expect(register("alice", "Alice")).toBe("success");
    for (const name of ["Alice", "alice", "ALICE"])
      expect(register("bob", name)).toBe("error: username already in use");
  });

  it("of two who answer for one name, one gets it", () => {
    const { ask } = open(dialect);
    ask("aa", { action: "register", name: "name", key: aliceKey });
    ask("bb", { action: "register", name: "NAME", key: bobKey });
    const respond = (who: Who) =>
      ask(tags[who], { action: "registrationResponse", name: "", signature: signed(nymchat.nonce, who) }).said;
    expect(respond("bob")).toBe("success");
    expect(respond("alice")).toBe("error: username already in use");
    expect(respond("alice")).toBe("error: no pending registration for sender");
    expect(ask("xx", { action: "query", name: "name" }).said).toEqual({ name: "NAME", key: bobKey });
  });

  it("a challenge is its tag's own, and one bad signature ends it", () => {
    const { ask, register } = open(dialect);
    register("alice", "alice");
    ask("aa", { action: "login", name: "alice" });
    const respond = (tag: string, who: Who) =>
      ask(tag, { action: "loginResponse", name: "alice", signature: signed(nymchat.nonce, who) }).said;
    expect(respond("bb", "alice")).toBe("error: no pending login for sender");
    expect(respond("aa", "bob")).toBe("error: invalid signature");
    expect(respond("aa", "alice")).toBe("error: no pending login for sender");
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])(
    "%s is a name like any other",
    (name) => {
      const { ask, register } = open(dialect);
      expect(ask("xx", { action: "query", name }).said).toBe("No user found");
      expect(ask("xx", { action: "login", name }).said).toBe("error: user not found");
      if (foldName(name) !== name) expect(register("bob", foldName(name))).toBe("success");
      else expect(register("alice", name)).toBe("success");
      expect(ask("xx", { action: "query", name }).said).toMatchObject({ name: foldName(name) });
      expect(register("alice", name)).toBe("error: username already in use");
    },
  );
});

describe("a compact send", () => {
  it.each([
    ["the content of a long one", fieldsOf(nymchat.sendFirst)["content"], fieldsOf(nymchat.sendFirst)["signature"]],
    ["the payload within a long one", ...payloadOf(nymchat.directIncomingMessage)],
  ])("does not take %s for a message, although alice signed it", (_, e = "", signature = "") => {
    const { ask, register } = open("compact");
    register("alice", "alice");
    register("bob", "bob");
    const request = {
      action: "send",
      sender: "alice",
      recipient: "bob",
      signed: e,
      signature: Buffer.from(signature, "hex"),
    } as const;
    expect(ask("bb", request)).toEqual({ said: "error: missing 'content' or 'signature'", offered: [] });
  });

  it("introduces its sender with the registered key, whatever it brings", () => {
    const { ask, register } = open("compact");
    register("alice", "alice");
    register("bob", "bob");
    const { offered } = ask("bb", { ...message("compact", "hi"), senderKey: bobKey });
    const reply = offered[0]?.reply;
    const content = reply?.kind === "incomingMessage" ? reply.content : "{}";
    expect(fieldsOf(content)["pk"]).toBe(nymchat.alicePubPem);
  });
});

function payloadOf(recorded: string): [string, string] {
  const { body } = JSON.parse(fieldsOf(recorded)["content"] ?? "") as {
    body: { encryptedPayload: unknown; payloadSignature: string };
  };
  return [JSON.stringify(body.encryptedPayload), body.payloadSignature];
}

describe("whatever is sent by whom", () => {
  const who = fc.constantFrom<Who>("alice", "alice", "alice", "bob");
  const name = fc.oneof(
    { weight: 3, arbitrary: fc.constant("alice") },
    { weight: 1, arbitrary: fc.constantFrom("Alice", "bob", "__proto__", "a b", "") },
  );
  const tag = fc.constantFrom("aa", "bb", "xx");
  const signature = fc.oneof(
    { weight: 4, arbitrary: who.map((signer) => signed(nymchat.nonce, signer)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
  );
  const request: fc.Arbitrary<ClientRequest> = fc.oneof(
    fc.record({ action: fc.constantFrom("login", "query"), name }),
    fc.record({ action: fc.constant("register"), name, key: fc.constantFrom(aliceKey, bobKey, new Uint8Array(3)) }),
    fc.record({ action: fc.constantFrom("registrationResponse", "loginResponse"), name, signature }),
    fc
      .record({ text: fc.constantFrom("1", "2", "3"), sender: name })
      .map(({ text, sender }) => message("long", text, sender)),
  );
  const step = fc.tuple(tag, fc.oneof({ weight: 9, arbitrary: request }, { weight: 1, arbitrary: fc.string() }));

  it("each request gets one reply in its turn, and only signatures move routes and forward messages", () => {
    const seen = { moved: 0, forwarded: 0 };
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 40, size: "max" }), (registered, steps) => {
        const { receive, rows, register } = open("long");
        if (registered) for (const user of ["alice", "bob"] as const) register(user, user);
        const forwarded = new Set<string>();
        for (const [from, sent] of steps) {
          const before = new Map(rows.routes);
          const { replies } = receive(from, typeof sent === "string" ? Buffer.from(sent) : encodeRequest(sent, "long"));
          if (typeof sent === "string") {
            expect(replies).toBeUndefined();
            continue;
          }
          const own = replies?.filter(({ reply }) => reply.kind !== "incomingMessage") ?? [];
          expect(own.map((reply) => reply.tag)).toEqual([from]);
          for (const { reply } of replies ?? []) {
            if (reply.kind !== "incomingMessage") continue;
            const digest = createHash("sha256").update(reply.content).digest("hex");
            expect(forwarded.has(digest)).toBe(false);
            forwarded.add(digest);
            seen.forwarded++;
          }
          const moved = [...rows.routes].filter(([user, route]) => before.get(user) !== route);
          if (moved.length === 0) continue;
          seen.moved++;
          expect(["registrationResponse", "loginResponse"]).toContain(sent.action);
          expect(moved.map(([, route]) => route.tag)).toEqual([from]);
        }
        expect(rows.challenges.size).toBeLessThanOrEqual(6);
        expect(new Set([...rows.users.values()].map((user) => foldName(user.name))).size).toBe(rows.users.size);
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.moved, seen.forwarded)).toBeGreaterThan(20);
  });
});
