import { describe, expect, it } from "vitest";
import { decodeV1Request } from "../../../../src/protocol/v1/decode.js";
import type { Decoded, DropReason } from "../../../../src/protocol/v1/decoded.js";
import { derOfPem } from "../../../../src/protocol/v1/keys.js";
import type { Reply } from "../../../../src/protocol/v1/reply.js";
import type { UnsupportedReply } from "../../../../src/protocol/v1/unsupported.js";
import { fieldsOf, nymchat } from "../../../support/v1-vectors.js";

const LIMITS = { maxBytes: 16_384, maxDepth: 16 };

function decode(message: string | Uint8Array | object): Decoded {
  const text = typeof message === "object" && !(message instanceof Uint8Array) ? JSON.stringify(message) : message;
  return decodeV1Request(Buffer.from(text), LIMITS);
}

/** What the reply to a message says, or why there is none. */
function answer(message: string | Uint8Array | object): string | undefined {
  const { reply, drop } = decode(message);
  return drop ?? (reply && saidBy(reply));
}

function saidBy(reply: Reply | UnsupportedReply): string {
  if (reply.kind === "queryResponse" && typeof reply.found === "string") return reply.found;
  return "result" in reply ? reply.result : reply.kind;
}

function bytesOf(hex: string | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(hex ?? "", "hex"));
}

const DROPPED = {
  malformed: "dropped.malformed",
  unknown: "dropped.unknownAction",
  oversized: "dropped.oversized",
} as const satisfies Record<string, DropReason>;

describe("the messages of the shipped client", () => {
  const { signature: registered } = fieldsOf(nymchat.registrationResponse);
  const { signature: loggedIn } = fieldsOf(nymchat.loginResponse);

  it.each([
    [nymchat.register, { action: "register", body: { name: "alice", key: derOfPem(nymchat.alicePubPem) } }],
    [nymchat.registrationResponse, { action: "registrationResponse", body: { signature: bytesOf(registered) } }],
    [nymchat.login, { action: "login", body: { name: "alice" } }],
    [nymchat.loginResponse, { action: "loginResponse", body: { signature: bytesOf(loggedIn) } }],
    [nymchat.query, { action: "query", body: { name: "bob" } }],
  ])("%s", (message, request) => {
    expect(decode(message)).toEqual({ ok: { dialect: "long", ...request } });
  });

  it.each(["sendFirst", "sendSecond", "handshake"])("%s, of which body and key keep their text", (name) => {
    const { content = "", signature } = fieldsOf(nymchat[name] ?? "");
    const { ok } = decode(nymchat[name] ?? "");
    if (ok?.action !== "send" || ok.body.message.dialect !== "long") throw new Error("not decoded as a send");
    const { sender, recipient, signed, message } = ok.body;
    expect({ sender, recipient }).toEqual({ sender: "alice", recipient: "bob" });
    expect(ok.body.signature).toEqual(bytesOf(signature));
    expect(Buffer.from(signed ?? []).toString()).toBe(content);
    expect(content).toContain(`, "body": ${message.body}, "encrypted": true`);
    if (name === "sendFirst")
      expect(content.endsWith(`, "senderPublicKey": ${message.senderPublicKey ?? ""}}`)).toBe(true);
    else expect(message.senderPublicKey).toBeUndefined();
  });

  it("directIncomingMessage, which is for other clients, is met with silence", () => {
    expect(answer(nymchat.directIncomingMessage)).toBe(DROPPED.unknown);
  });

  it.each(["update", "createGroup", "sendGroup", "inviteGroup"] as const)("%s is answered by name", (action) => {
    const said = { action, reply: { dialect: "long", kind: `${action}Response` } };
    expect(decode(nymchat[action])).toEqual(said);
    expect(decode({ action, target: [1], content: null })).toEqual(said);
  });
});

describe("a field that is absent, empty or of another type", () => {
  const notText = [undefined, "", null, 0, 5, true, false, [], ["a"], {}, { a: 1 }, 1e300];

  it.each(notText)("%j is a missing username to query", (username) => {
    expect(answer({ action: "query", username })).toBe("error: missing 'username' field");
    expect(answer({ a: 0, p: { u: username } })).toBe("error: missing 'username' field");
  });

  it.each(notText)("%j is a missing username to login", (usernym) => {
    expect(answer({ action: "login", usernym })).toBe("error: missing username");
    expect(answer({ a: 3, p: { u: usernym } })).toBe("error: missing username");
  });

  it.each(notText)("%j is a missing username or public key to register", (value) => {
    const missing = "error: missing username or public key";
    expect(answer({ action: "register", usernym: value, publicKey: "key" })).toBe(missing);
    expect(answer({ action: "register", usernym: "alice", publicKey: value })).toBe(missing);
    expect(answer({ a: 1, p: { u: value, k: "key" } })).toBe(missing);
    expect(answer({ a: 1, p: { u: "alice", k: value } })).toBe(missing);
  });

  it.each(notText)("%j is a missing content or signature to send", (value) => {
    const missing = "error: missing 'content' or 'signature'";
    expect(answer({ action: "send", content: value, signature: "00" })).toBe(missing);
    expect(answer({ action: "send", content: "{}", signature: value })).toBe(missing);
    const e = { epk: "k", iv: "i", ct: "c", tag: "t" };
    expect(answer({ a: 5, p: { f: "alice", to: "bob", e: value, s: "AA==" } })).toBe(missing);
    expect(answer({ a: 5, p: { f: "alice", to: "bob", e, s: value } })).toBe(missing);
    for (const field of ["epk", "iv", "ct", "tag"])
      expect(answer({ a: 5, p: { f: "alice", to: "bob", e: { ...e, [field]: value }, s: "AA==" } })).toBe(missing);
  });

  it.each(notText)("%j is a missing sender or recipient to send", (value) => {
    const missing = "error: missing 'sender' or 'recipient' field in message content";
    const send = (content: object) => answer({ action: "send", content: JSON.stringify(content), signature: "00" });
    expect(send({ sender: value, recipient: "bob" })).toBe(missing);
    expect(send({ sender: "alice", recipient: value })).toBe(missing);
    const e = { epk: "k", iv: "i", ct: "c", tag: "t" };
    expect(answer({ a: 5, p: { f: value, to: "bob", e, s: "AA==" } })).toBe(missing);
    expect(answer({ a: 5, p: { f: "alice", to: value, e, s: "AA==" } })).toBe(missing);
  });

  it.each(notText)("%j is no signature to the responses, which their action finds out", (signature) => {
    for (const action of ["registrationResponse", "loginResponse"])
      expect(decode({ action, signature })).toEqual({
        ok: { action, dialect: "long", body: { signature: undefined } },
      });
    expect(decode({ a: 2, p: { s: signature } }).ok?.body).toEqual({ signature: undefined });
    expect(decode({ a: 4, p: { s: signature } }).ok?.body).toEqual({ signature: undefined });
  });
});

describe("the checks of send", () => {
  const send = (content: unknown, signature: unknown = "00") => answer({ action: "send", content, signature });

  it("are in the order of v1", () => {
    expect(send("no json", "")).toBe("error: missing 'content' or 'signature'");
    expect(send("no json")).toBe("error: invalid JSON in content");
    expect(send("{}")).toBe("error: missing 'sender' or 'recipient' field in message content");
    expect(send('{"sender": "alice", "recipient": "bob"}', "not even hex")).toBeUndefined();
  });

  it.each(["{", "no json", "NaN", "{'sender': 1}", "\ufeff{}", '{"a":1}}', "\u0000"])(
    "%j is invalid JSON",
    (content) => {
      expect(send(content)).toBe("error: invalid JSON in content");
    },
  );

  it.each(["[1]", "5", "null", '"text"', "[]", '{"__proto__": {"sender": "alice", "recipient": "bob"}}'])(
    "JSON without fields, like %s, misses the sender",
    (content) => {
      expect(send(content)).toBe("error: missing 'sender' or 'recipient' field in message content");
    },
  );

  it("take content that nests too deeply for no JSON at all, as a recipient would", () => {
    const nested = (levels: number) => {
      const body = "[".repeat(levels - 1) + "]".repeat(levels - 1);
      return send(`{"sender": "alice", "recipient": "bob", "body": ${body}}`);
    };
    expect(nested(LIMITS.maxDepth)).toBeUndefined();
    expect(nested(LIMITS.maxDepth + 1)).toBe("error: invalid JSON in content");
    expect(nested(7000)).toBe("error: invalid JSON in content");
  });

  it("leave a body that is not there null, as the original does", () => {
    const { ok } = decode({ action: "send", content: '{"sender": "a", "recipient": "b"}', signature: "00" });
    expect(ok?.action === "send" && ok.body.message).toEqual({
      dialect: "long",
      body: "null",
      senderPublicKey: undefined,
    });
  });

  it("find no signed bytes in a lone surrogate, wherever it stands", () => {
    const signedOf = (content: string) => {
      const { ok } = decode({ action: "send", content, signature: "00" });
      return ok?.action === "send" ? ok.body.signed : undefined;
    };
    expect(signedOf('{"sender": "a", "recipient": "b", "body": "\ud83d\ude00"}')).toBeDefined();
    for (const lone of ["\ud800", "\udfff", "\ude00\ud83d", "\u{1f600}\ud83d"])
      expect(signedOf(`{"sender": "a", "recipient": "b", "body": "${lone}"}`)).toBeUndefined();
  });
});

describe("a compact request", () => {
  const e = '{ "epk":"k", "tag":"t","iv":"\\u0069","ct":"é" }';

  it("of a send keeps the text that is signed, and what is forwarded", () => {
    const { ok } = decode(`{"p" : {"e":1, "f":"alice","to":"Bob","s":"AAEC", "e" : ${e} , "pk":"x"},"a":5}`);
    expect(ok).toEqual({
      action: "send",
      dialect: "compact",
      body: {
        sender: "alice",
        recipient: "Bob",
        signed: new Uint8Array(Buffer.from(e)),
        signature: new Uint8Array([0, 1, 2]),
        message: { dialect: "compact", e, s: '"AAEC"', attachKey: true },
      },
    });
  });

  it.each([nymchat.alicePubPem, nymchat.alicePubPem.split("\n").slice(1, 3).join("")])(
    "has its key in PEM or in base64",
    (k) => {
      expect(decode({ a: 1, p: { u: "alice", k } }).ok?.body).toEqual({
        name: "alice",
        key: derOfPem(nymchat.alicePubPem),
      });
    },
  );

  it.each([undefined, null, [], "text", 5])("with %j for a payload misses all fields", (p) => {
    expect(answer({ a: 0, p })).toBe("error: missing 'username' field");
    expect(answer({ a: 1, p })).toBe("error: missing username or public key");
    expect(answer({ a: 3, p })).toBe("error: missing username");
    expect(answer({ a: 5, p })).toBe("error: missing 'content' or 'signature'");
  });

  it("is answered in its dialect", () => {
    expect(decode({ a: 0 }).reply?.dialect).toBe("compact");
    expect(decode({ action: "query" }).reply?.dialect).toBe("long");
  });

  it.each([
    ["of what only a directory says", { a: 6, p: {} }, DROPPED.unknown],
    ["of an unknown code", { a: 10, p: {} }, DROPPED.unknown],
    ["of a huge code", { a: 1e300, p: {} }, DROPPED.unknown],
    ["of a negative code", { a: -1, p: {} }, DROPPED.unknown],
    ["of a fraction", { a: 0.5, p: {} }, DROPPED.malformed],
    ["of a text", { a: "0", p: { u: "bob" } }, DROPPED.malformed],
    ["of a boolean", { a: false, p: { u: "bob" } }, DROPPED.malformed],
    ["of an array", { a: [0], p: { u: "bob" } }, DROPPED.malformed],
  ])("%s is met with silence", (_, message, reason) => {
    expect(answer(message)).toBe(reason);
  });
});

describe("what is no request", () => {
  it.each<[string, string | Uint8Array]>([
    ["nothing", ""],
    ["no JSON", "hello"],
    ["JSON that is cut off", '{"action":"query"'],
    ["JSON with more after it", '{"action":"query"}{}'],
    ["null", "null"],
    ["a number", "5"],
    ["a text", '"query"'],
    ["an array", '[{"action":"query","username":"bob"}]'],
    ["an empty object", "{}"],
    ["an action that is null", '{"action":null,"username":"bob"}'],
    ["an action that is a number", '{"action":5}'],
    ["an action that is an array", '{"action":["query"],"username":"bob"}'],
    ["an action that is inherited", '{"__proto__":{"action":"query","username":"bob"}}'],
    ["a byte order mark before it", '\ufeff{"action":"query","username":"bob"}'],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
    ["an overlong form", Buffer.from('{"action":"query","username":"\xc0\xaf"}', "latin1")],
    ["a surrogate in UTF-8", Buffer.from('{"action":"query","username":"\xed\xa0\x80"}', "latin1")],
    ["what was cut inside a character", Buffer.from('{"action":"query","username":"é"}').subarray(0, 31)],
    ["nesting beyond the bound", `{"action":"query","username":"bob","x":${"[".repeat(16)}${"]".repeat(16)}}`],
    ["very deep nesting", `${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`],
  ])("%s is malformed", (_, message) => {
    expect(answer(message)).toBe(DROPPED.malformed);
  });

  it.each(["nonsense", "Query", "query ", "__proto__", "constructor", "toString", "incomingMessage"])(
    "the action %s is unknown",
    (action) => {
      expect(answer({ action, username: "bob" })).toBe(DROPPED.unknown);
    },
  );

  it("is oversized beyond the bound, and not before", () => {
    const sized = (bytes: number) => `{"action":"query","username":"bob"}`.padEnd(bytes);
    expect(decode(sized(LIMITS.maxBytes)).ok?.action).toBe("query");
    expect(answer(sized(LIMITS.maxBytes + 1))).toBe(DROPPED.oversized);
  });
});

describe("any text is a name", () => {
  it.each(["__proto__", "constructor", "hasOwnProperty", "\ud800", "x".repeat(10_000), "é", " ", "null"])(
    "%j",
    (name) => {
      expect(decode({ action: "query", username: name })).toEqual({
        ok: { action: "query", dialect: "long", body: { name } },
      });
    },
  );

  it("and the last of two counts, as in Python", () => {
    expect(decode('{"action":"login","action":"query","username":"alice","username":"bob"}').ok).toEqual({
      action: "query",
      dialect: "long",
      body: { name: "bob" },
    });
  });
});
