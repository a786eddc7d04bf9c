/**
 * A small directory in memory, for tests of the client: it speaks v1 as the real one does, can be told to
 * misbehave, and keeps a record of what took effect.
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { createQueue } from "../../src/client/queue.js";
import type { LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import { isUnsupported } from "../../src/protocol/v1/unsupported.js";
import { decodeV1Request } from "../../src/protocol/v1/decode.js";
import { encodeReply } from "../../src/protocol/v1/encode.js";
import { incomingContent } from "../../src/protocol/v1/incoming.js";
import { verifyText } from "../../src/protocol/v1/key-pair.js";
import { loginReply, registrationReply, type Reply, sendReply } from "../../src/protocol/v1/reply.js";
import type { V1Action, V1Request } from "../../src/protocol/v1/request.js";

export interface FakeUser {
  readonly name: string;
  readonly key: Uint8Array;
  route: SenderTag;
}

/** What to do with a request instead: a reply, nothing, or (undefined) what a directory does. */
export type Intercept = (request: V1Request, count: number) => Reply | "silence" | undefined;

export interface FakeDirectory {
  readonly address: NymAddress;
  /** PEM. */
  readonly replyKey: string;
  readonly users: Map<string, FakeUser>;
  /** Every message that was stored, in order: what the recipient is told. */
  readonly stored: { readonly recipient: string; readonly content: string }[];
  /** How many requests of each action came. */
  readonly requests: Record<V1Action, number>;
  intercept: Intercept;
  /** Passes a content on to a user, as it would one that was sent. */
  push(recipient: string, content: string): void;
  close(): void;
}

const LIMITS = { maxBytes: 65_536, maxDepth: 16 };

/** Starts one at the mixnet's service client `service`. */
export function startFakeDirectory(mixnet: LoopbackMixnet, service = 0): FakeDirectory {
  const name = mixnet.services[service]?.name ?? "";
  const signing = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const nonces = new Map<string, { nonce: string; name: string; key: Uint8Array }>();
  const waiting: { readonly recipient: string; readonly content: string }[] = [];
  const known = new Set<string>();
  const inOrder = createQueue();

  const reply = (tag: SenderTag, answer: Reply): void => {
    const message = encodeReply(answer, (content) =>
      sign("sha256", Buffer.from(content), signing.privateKey).toString("hex"),
    );
    attachment.send({ type: "reply", senderTag: tag, lane: undefined, message });
  };

  const attachment = mixnet.attach(name, {
    onResponse(response) {
      if (response.type !== "received" || response.senderTag === undefined) return;
      const { senderTag, message } = response;
      const decoded = decodeV1Request(message, LIMITS);
      if (decoded.reply !== undefined && !isUnsupported(decoded.reply)) reply(senderTag, decoded.reply);
      const request = decoded.ok;
      if (request === undefined) return;
      const count = ++directory.requests[request.action];
      const instead = directory.intercept(request, count);
      if (instead === "silence") return;
      void inOrder(async () => {
        const answer = instead ?? (await decide(request, senderTag));
        reply(senderTag, answer);
        for (const { recipient, content } of waiting.splice(0)) directory.push(recipient, content);
      });
    },
  });

  const challenge = (purpose: "registration" | "login", tag: SenderTag, user: string, key: Uint8Array): Reply => {
    const pending = nonces.get(purpose + tag);
    const nonce = pending?.name === user ? pending.nonce : randomBytes(16).toString("hex");
    nonces.set(purpose + tag, { nonce, name: user, key });
    return { dialect: "long", kind: "challenge", purpose, nonce };
  };

  const decide = async (request: V1Request, tag: SenderTag): Promise<Reply> => {
    switch (request.action) {
      case "register": {
        const { name: user, key } = request.body;
        if (directory.users.has(user.toLowerCase())) return registrationReply("long", "error: username already in use");
        return challenge("registration", tag, user, key ?? new Uint8Array());
      }
      case "registrationResponse": {
        const pending = nonces.get(`registration${tag}`);
        if (pending === undefined) return registrationReply("long", "error: no pending registration for sender");
        nonces.delete(`registration${tag}`);
        if (!(await verifyText(pending.nonce, request.body.signature ?? new Uint8Array(), pending.key)))
          return registrationReply("long", "error: signature verification failed");
        if (directory.users.has(pending.name.toLowerCase()))
          return registrationReply("long", "error: username already in use");
        directory.users.set(pending.name.toLowerCase(), { name: pending.name, key: pending.key, route: tag });
        return registrationReply("long", "success");
      }
      case "login": {
        const user = directory.users.get(request.body.name.toLowerCase());
        return user === undefined
          ? loginReply("long", "error: user not found")
          : challenge("login", tag, user.name, user.key);
      }
      case "loginResponse": {
        const pending = nonces.get(`login${tag}`);
        if (pending === undefined) return loginReply("long", "error: no pending login for sender");
        nonces.delete(`login${tag}`);
        if (!(await verifyText(pending.nonce, request.body.signature ?? new Uint8Array(), pending.key)))
          return loginReply("long", "error: invalid signature");
        const user = directory.users.get(pending.name.toLowerCase());
        if (user !== undefined) user.route = tag;
        return loginReply("long", "success");
      }
      case "query": {
        const user = directory.users.get(request.body.name.toLowerCase());
        const found = user === undefined ? "No user found" : { name: user.name, key: user.key };
        return { dialect: "long", kind: "queryResponse", found };
      }
      case "send": {
        const { sender, recipient, signed, signature, message } = request.body;
        const from = directory.users.get(sender.toLowerCase());
        if (from?.name !== sender) return sendReply("long", "error: unrecognized sender username");
        const text = Buffer.from(signed ?? new Uint8Array()).toString();
        if (!(await verifyText(text, signature ?? new Uint8Array(), from.key)))
          return sendReply("long", "error: invalid signature");
        if (known.has(text)) return sendReply("long", "success");
        if (!directory.users.has(recipient.toLowerCase())) return sendReply("long", "error: recipient not found");
        known.add(text);
        const item = { recipient, content: incomingContent(message, from) };
        directory.stored.push(item);
        waiting.push(item);
        return sendReply("long", "success");
      }
    }
  };

  const directory: FakeDirectory = {
    address: mixnet.addressOf(name),
    replyKey: signing.publicKey.export({ type: "spki", format: "pem" }).toString(),
    users: new Map(),
    stored: [],
    requests: { register: 0, registrationResponse: 0, login: 0, loginResponse: 0, query: 0, send: 0 },
    intercept: () => undefined,
    push(recipient, content) {
      const user = directory.users.get(recipient.toLowerCase());
      if (user !== undefined) reply(user.route, { dialect: "long", kind: "incomingMessage", content });
    },
    close: () => attachment.close(),
  };
  return directory;
}
