/** The worked examples of docs/protocol.md: every message of v2, from keys and ids that anybody can make again. */
import { createECDH, createHash } from "node:crypto";
import { certifiedText } from "../../src/protocol/reply-key-certificate.js";
import { decodeCbor } from "../../src/protocol/v2/cbor.js";
import type { GroupId } from "../../src/protocol/v2/groups.js";
import { encodePush, encodeReply } from "../../src/protocol/v2/reply-codec.js";
import type { Answers, Statement, V2Push, V2Reply } from "../../src/protocol/v2/reply.js";
import { encodeRequest, type Refusal } from "../../src/protocol/v2/request-codec.js";
import type { Auth, Bodies, SignedAction, V2Action, V2Request } from "../../src/protocol/v2/request.js";
import { prekeysText } from "../../src/protocol/v2/prekeys.js";
import {
  addressesText,
  possessionText,
  successionText,
  prekeyText,
  requestText,
  statementText,
} from "../../src/protocol/v2/signed-texts.js";
import type { Unsigned } from "../../src/protocol/v2/signed-texts.js";
import { groupExamples } from "./v2-group-examples.js";
import { named, requestId, testKey, type TestKey } from "./v2-requests.js";

/** A piece of an example: a message without its padding, or a text that is signed. */
export interface Piece {
  readonly kind: "request" | "reply" | "push" | "text";
  readonly title: string;
  readonly bytes: Uint8Array;
}

/** What belongs together. */
export interface Example {
  readonly heading: string;
  readonly pieces: readonly Piece[];
}

const DIRECTORY = testKey("directory");
const ALICE = testKey("alice");
const ALICE_LATER = testKey("alice, later");
const ALICE_AT_LAST = testKey("alice, at last");
const RECOVERY = testKey("alice, recovery");
const BOB = testKey("bob");
/** Seconds, and hours, since 1970. */
const TIME = 1_790_000_000;
const HOUR = Math.floor(TIME / 3600);
const EPOCH = 1;
const SURBS = 2;
const CHALLENGE = new Uint8Array(20).fill(0xcc);
const signer = { directory: DIRECTORY.raw, sign: DIRECTORY.sign };
const nothing = {};

interface Signing {
  readonly key?: TestKey;
  readonly keyVersion?: number;
  /** Of the request id, if it is not the action's name. */
  readonly label?: string;
}

function anonymous<A extends Exclude<V2Action, SignedAction>>(action: A, body: Bodies[A]): Piece {
  const request = { action, id: requestId(action), surbs: SURBS, body } as unknown as V2Request;
  return { kind: "request", title: "Request", bytes: encodeRequest(request) };
}

/** A signed request, and the text that is signed. */
function signed<A extends SignedAction>(
  action: A,
  body: Bodies[A],
  { key = ALICE, keyVersion = 1, label = action }: Signing = {},
): { readonly text: Piece; readonly request: Piece } {
  const auth: Auth = { name: named("Alice"), keyVersion, time: TIME, signature: new Uint8Array(64) };
  const unsigned = { action, id: requestId(label), surbs: SURBS, body, auth };
  const text = requestText({ identity: DIRECTORY.raw, epoch: EPOCH }, unsigned as unknown as Unsigned);
  const request = { ...unsigned, auth: { ...auth, signature: key.sign(text) } } as unknown as V2Request;
  return {
    text: {
      kind: "text",
      title: `Request text, signed by the ${key === RECOVERY ? "recovery key" : "user"}`,
      bytes: text,
    },
    request: { kind: "request", title: "Request", bytes: encodeRequest(request) },
  };
}

function answered<A extends V2Action>(action: A, answer: Answers[A], title = "Reply", label: string = action): Piece {
  const reply = { dialect: "v2", id: requestId(label), action, result: "ok", answer } as unknown as V2Reply;
  return { kind: "reply", title, bytes: itemOf(encodeReply(reply, signer)) };
}

function refused(reply: Omit<Refusal, "dialect">, title: string): Piece {
  return { kind: "reply", title, bytes: itemOf(encodeReply({ dialect: "v2", ...reply }, signer)) };
}

/** A message without its padding. */
function itemOf(message: Uint8Array): Uint8Array {
  const read = decodeCbor(message, { items: 1e4, containers: 1e4 });
  if (read === undefined) throw new Error("no item");
  return message.subarray(0, read.length);
}

function text(title: string, bytes: Uint8Array): Piece {
  return { kind: "text", title, bytes };
}

/** A change to `key`, what that key signs of it, and what `signer` does. */
function change(
  key: TestKey,
  version: number,
  { signer, recovery }: { readonly signer: TestKey; readonly recovery?: TestKey },
): { readonly texts: readonly Piece[]; readonly body: Bodies["rotate"] } {
  const by = recovery === undefined ? "rotation" : "recovery";
  const possession = possessionText(DIRECTORY.raw, { name: "alice", keyVersion: version, key: key.raw });
  const made = { name: "alice", by, version, key: key.raw, recovery: recovery?.raw } as const;
  const succession = successionText(DIRECTORY.raw, made);
  const signatures = { possession: key.sign(possession), succession: signer.sign(succession) };
  const body = { key: key.raw, ...signatures, ...(recovery !== undefined && { recovery: recovery.raw }) };
  const signedBy = by === "rotation" ? "the old key" : "the recovery key";
  const texts = [
    text("Possession text, signed by the new key", possession),
    text(`Succession text, signed by ${signedBy}`, succession),
  ];
  return { texts, body };
}

function info(): { readonly addresses: Piece; readonly answer: Answers["info"] } {
  const list = [Uint8Array.from({ length: 96 }, (_, index) => index)];
  const bytes = addressesText(DIRECTORY.raw, list);
  const replyKey = p256Der("reply key");
  const certified = certifiedText({ identity: base64(DIRECTORY.der), replyKey: base64(replyKey) });
  return {
    addresses: text("Addresses text, signed by the directory", bytes),
    answer: {
      identity: DIRECTORY.raw,
      replyKey: { key: replyKey, signature: DIRECTORY.sign(certified) },
      addresses: { list, signature: DIRECTORY.sign(bytes) },
      versions: [1, 2],
      epoch: EPOCH,
      time: TIME,
      limits: { window: 900, outcomes: 7200, challenge: 300, maxBody: 16_384, maxHours: 720 },
    },
  };
}

/** SubjectPublicKeyInfo of the P-256 key whose secret is the same as the seed of an Ed25519 key of that label. */
function p256Der(label: string): Uint8Array {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(testKey(label).raw);
  return Buffer.concat([
    Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"),
    ecdh.getPublicKey(),
  ]);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

const found: Statement = {
  name: "bob",
  hour: HOUR,
  user: { name: "Bob", algorithm: "ed25519", key: BOB.raw, keyVersion: 1 },
};
const absent: Statement = { name: "bob", hour: HOUR, user: undefined };
const page: Answers["fetch"] = {
  items: [
    {
      sequence: 1,
      kind: "message",
      sender: "Bob",
      keyVersion: 1,
      id: requestId("of bob"),
      body: Buffer.from("ciphertext"),
    },
    { sequence: 2, kind: "v1", dialect: "long", content: '{"sender": "Carol", "body": "ciphertext"}' },
    { sequence: 4, kind: "receipt", id: requestId("send"), state: "delivered" },
    { sequence: 5, kind: "groupEvent", group: requestId("group") as Uint8Array as GroupId, groupSequence: 2 },
    {
      sequence: 6,
      kind: "contact",
      name: named("Bob"),
      verb: "accept",
      id: requestId("of bob"),
      keyVersion: 1,
      note: Buffer.from("sealed note"),
    },
    {
      ...{ sequence: 7, kind: "groupMessage", group: requestId("group") as Uint8Array as GroupId, sender: "Bob" },
      ...{ keyVersion: 1, id: requestId("to a group"), body: Buffer.from("handshake"), epoch: 1 },
    },
  ],
  more: true,
  fullSince: HOUR,
};

const contacts: Answers["contacts"] = {
  entries: [
    { cursor: 1, name: named("Bob"), relation: "contact", blocked: false, hour: HOUR, keyVersion: 1 },
    { cursor: 3, name: named("Carol"), relation: "none", blocked: true, hour: HOUR, keyVersion: 2 },
  ],
  more: false,
  policy: "contacts",
};
/** Prekeys of alice's. */
function prekeys() {
  const owner = { directory: DIRECTORY.raw, name: "Alice", keyVersion: 1 };
  const key = (label: string): Uint8Array => testKey(label).raw;
  const [signedKey, lastKey] = [
    { id: 7, key: key("signed prekey") },
    { id: 8, key: key("last resort") },
  ];
  const [signedText, lastText] = [prekeyText(owner, "signed", signedKey), prekeyText(owner, "lastResort", lastKey)];
  const signedPrekey = { ...signedKey, signature: ALICE.sign(signedText) };
  const lastResort = { ...lastKey, signature: ALICE.sign(lastText) };
  const oneTime = [
    { id: 1, key: key("one-time prekey 1") },
    { id: 2, key: key("one-time prekey 2") },
  ];
  const digestText = prekeysText({ signed: signedPrekey, lastResort, oneTime });
  return {
    signedPrekey,
    lastResort,
    oneTime,
    texts: [
      text("Prekey text of the signed prekey, signed by the user", signedText),
      text("Prekey text of the last resort, signed by the user", lastText),
    ],
    digestText: text("What the digest is of", digestText),
    digest: Uint8Array.from(createHash("sha256").update(digestText).digest()),
  };
}

/** Every example, in the order of the document. */
export function examples(): readonly Example[] {
  const { addresses, answer } = info();
  const registration = {
    purpose: "registration",
    challenge: CHALLENGE,
    key: ALICE.raw,
    recovery: RECOVERY.raw,
  } as const;
  const proof = signed("prove", registration);
  const login = signed("prove", { purpose: "login", challenge: CHALLENGE }, { label: "prove, of a log-in" });
  const logout = signed("logout", nothing);
  const rotation = change(ALICE_LATER, 2, { signer: ALICE });
  const rotate = signed("rotate", rotation.body);
  const recovery = change(ALICE_AT_LAST, 3, { signer: RECOVERY, recovery: RECOVERY });
  const recover = signed("recover", recovery.body, { key: RECOVERY, keyVersion: 2 });
  const release = signed("release", nothing);
  const send = signed("send", { recipient: named("Bob"), body: Buffer.from("ciphertext"), hours: 48, receipt: true });
  const fetch = signed("fetch", { after: 0, packets: 2 });
  const ack = signed("ack", { ranges: [{ first: 1, last: 2 }, { first: 4, last: 4 }] }); // prettier-ignore
  const receipts = signed("receipts", { ids: [requestId("send"), requestId("another")] });
  const status = signed("status", nothing);
  const { signedPrekey, lastResort, oneTime, texts, digest, digestText } = prekeys();
  const publish = signed("publish", { signed: signedPrekey, lastResort, oneTime, replace: true });
  const take = signed("take", { name: named("Bob") });
  const asked = signed("prekeys", nothing);
  const past = signed("history", { name: named("Bob"), after: 2, packets: 2 });
  const waiting = signed("unread", { after: 0, packets: 1 });
  const bob = { name: "Bob", algorithm: "ed25519", key: BOB.raw, keyVersion: 1 } as const;
  const ofBob = (label: string, id: number) => ({ id, key: testKey(`bob, ${label}`).raw });
  const signedOfBob = (kind: "signed" | "lastResort", id: number) => {
    const prekey = ofBob(kind, id);
    const owner = { directory: DIRECTORY.raw, name: bob.name, keyVersion: 1 };
    return { ...prekey, signature: BOB.sign(prekeyText(owner, kind, prekey)) };
  };
  const given = { user: bob, signed: { ...signedOfBob("signed", 3), hour: HOUR } };
  const counts = { waiting: { messages: 3, bytes: 210 }, quota: { messages: 1000, bytes: 4_194_304 } };
  const groups = groupExamples(DIRECTORY.raw, ALICE, HOUR);
  const create = signed("groupCreate", groups.create);
  const invitation = signed("groupChange", groups.change);
  const log = signed("groupLog", groups.page);
  const members = signed("groupMembers", { ...groups.page, after: 0 });
  const request = signed("contact", { verb: "request", name: named("Bob"), note: Buffer.from("sealed note") });
  const list = signed("contacts", { after: 0, packets: 2 });
  const policy = signed("policy", { policy: "contacts" });
  const groupSend = signed("groupSend", groups.send);
  const push: V2Push = {
    dialect: "v2",
    action: "push",
    id: requestId("ack"),
    items: page.items.slice(0, 1),
    more: false,
    fullSince: undefined,
  };
  return [
    { heading: "`info`", pieces: [anonymous("info", nothing), addresses, answered("info", answer)] },
    {
      heading: "`register`",
      pieces: [
        anonymous("register", { name: named("Alice"), key: ALICE.raw }),
        answered("register", { challenge: CHALLENGE }),
      ],
    },
    {
      heading: "`prove`, of a registration",
      pieces: [proof.request, answered("prove", { keyVersion: 1 })],
    },
    {
      heading: "`login`",
      pieces: [anonymous("login", { name: named("Alice") }), answered("login", { challenge: CHALLENGE })],
    },
    {
      heading: "`prove`, of a log-in",
      pieces: [login.request, answered("prove", { keyVersion: 1 }, "Reply", "prove, of a log-in")],
    },
    { heading: "`logout`", pieces: [logout.request, answered("logout", nothing)] },
    {
      heading: "`lookup`",
      pieces: [
        anonymous("lookup", { name: named("Bob") }),
        text("Statement text of a user, signed by the directory", statementText(DIRECTORY.raw, found)),
        answered("lookup", found, "Reply: a user"),
        text("Statement text of nobody, signed by the directory", statementText(DIRECTORY.raw, absent)),
        answered("lookup", absent, "Reply: nobody"),
      ],
    },
    {
      heading: "`keyLog`",
      pieces: [
        anonymous("keyLog", { name: named("Alice"), from: 1 }),
        answered("keyLog", {
          versions: [
            {
              ...{ version: 1, by: "registration", hour: HOUR, key: ALICE.raw, recovery: RECOVERY.raw },
              signature: undefined,
            },
            {
              ...{ version: 2, by: "rotation", hour: HOUR, key: ALICE_LATER.raw, recovery: RECOVERY.raw },
              signature: rotation.body.succession,
            },
          ],
          more: false,
        }),
      ],
    },
    {
      heading: "`rotate`",
      pieces: [...rotation.texts, rotate.request, answered("rotate", { keyVersion: 2 })],
    },
    {
      heading: "`recover`",
      pieces: [...recovery.texts, recover.text, recover.request, answered("recover", { keyVersion: 3 })],
    },
    { heading: "`release`", pieces: [release.request, answered("release", nothing)] },
    { heading: "`send`", pieces: [send.text, send.request, answered("send", nothing)] },
    { heading: "`fetch`", pieces: [fetch.request, answered("fetch", page)] },
    { heading: "`ack`", pieces: [ack.request, answered("ack", nothing)] },
    {
      heading: "`receipts`",
      pieces: [receipts.request, answered("receipts", { states: ["delivered", "unknown"] })],
    },
    {
      heading: "`status`",
      pieces: [
        status.request,
        answered("status", { keyVersion: 1, routed: true, ...counts, fullSince: HOUR, lastSequence: 4 }),
      ],
    },
    {
      heading: "`groupCreate`",
      pieces: [
        text("Group change text, signed by the founder", groups.texts.founded),
        create.request,
        answered("groupCreate", nothing),
      ],
    },
    {
      heading: "`group`",
      pieces: [
        anonymous("group", groups.groupOnly),
        text("Statement text of a group, signed by the directory", groups.texts.statement),
        answered("group", groups.statement, "Reply: a group that is listed"),
        answered("group", groups.absent, "Reply: none"),
      ],
    },
    {
      heading: "`groupChange`, an invitation",
      pieces: [
        text("Group change text, signed by the actor", groups.texts.invited),
        invitation.request,
        answered("groupChange", nothing),
      ],
    },
    { heading: "`groupLog`", pieces: [log.request, answered("groupLog", groups.log)] },
    { heading: "`groupMembers`", pieces: [members.request, answered("groupMembers", groups.members)] },
    { heading: "`contact`", pieces: [request.request, answered("contact", nothing)] },
    { heading: "`contacts`", pieces: [list.request, answered("contacts", contacts)] },
    { heading: "`policy`", pieces: [policy.request, answered("policy", nothing)] },
    { heading: "`publish`", pieces: [...texts, publish.request, answered("publish", { count: 2 })] },
    {
      heading: "`take`",
      pieces: [
        take.request,
        answered(
          "take",
          { ...given, oneTime: ofBob("one-time", 41), lastResort: undefined },
          "Reply: a one-time prekey",
        ),
        answered(
          "take",
          { ...given, oneTime: undefined, lastResort: signedOfBob("lastResort", 4) },
          "Reply: the prekey of last resort",
        ),
      ],
    },
    {
      heading: "`prekeys`",
      pieces: [
        asked.request,
        digestText,
        answered("prekeys", {
          count: 2,
          most: 200,
          signed: { id: 7, hour: HOUR },
          lastResort: { id: 8, hour: HOUR },
          digest,
        }),
      ],
    },
    {
      heading: "`history`",
      pieces: [
        past.request,
        answered("history", {
          copies: [{ cursor: 3, id: requestId("send"), hour: HOUR, copy: Buffer.from("sealed for alice") }],
          more: false,
        }),
      ],
    },
    {
      heading: "`unread`",
      pieces: [
        waiting.request,
        answered("unread", {
          senders: [
            { cursor: 1, sender: "Bob", group: undefined, messages: 2 },
            { cursor: 4, sender: "Bob", group: groups.create.group, messages: 1 },
          ],
          more: false,
        }),
      ],
    },
    { heading: "`groupSend`, a handshake", pieces: [groupSend.request, answered("groupSend", nothing)] },
    { heading: "A push", pieces: [{ kind: "push", title: "Push", bytes: itemOf(encodePush(push)) }] },
    {
      heading: "Refusals",
      pieces: [
        refused(
          { id: requestId("send"), action: "send", result: "mailboxFull", after: 600 },
          "Reply: try again after ten minutes",
        ),
        refused({ id: requestId("register"), action: "register", result: "nameInvalid" }, "Reply: no name"),
        refused({ id: requestId("none"), action: undefined, result: "unknownAction" }, "Reply: no such action"),
      ],
    },
  ];
}
