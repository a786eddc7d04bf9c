/**
 * The long form of replies: `{"action", "content", "context", "signature"}`, in this order and with Python's separators.
 * The content is always a string; the signature is over its UTF-8 bytes.
 */
import { derOfPem, pemOf } from "./keys.js";
import { isNonce } from "./nonce.js";
import { pythonJson } from "./python-json.js";
import type { ChallengePurpose, Reply } from "./reply.js";
import { resultReply } from "./results.js";
import { parseObject } from "./untrusted-json.js";
import type { JsonObject } from "./untrusted-json.js";
import { isUsername } from "./username.js";

const dialect = "long";

/** The JSON text of a reply, all ASCII. `sign` gives the hex signature of a content. */
export function encodeLongReply(reply: Reply, sign: (content: string) => string): string {
  const content = contentOf(reply);
  const context = contextOf(reply);
  return `{"action": "${reply.kind}", "content": ${pythonJson(content)}, "context": "${context}", "signature": "${sign(content)}"}`;
}

function contentOf(reply: Reply): string {
  switch (reply.kind) {
    case "challenge":
      return pythonJson({ nonce: reply.nonce });
    case "challengeResponse":
    case "sendResponse":
      return reply.result;
    case "queryResponse":
      if (typeof reply.found === "string") return reply.found;
      return pythonJson({ username: reply.found.name, publicKey: pemOf(reply.found.key) });
    case "incomingMessage":
      return reply.content;
  }
}

function contextOf(reply: Reply): string {
  switch (reply.kind) {
    case "challenge":
    case "challengeResponse":
      return reply.purpose;
    case "queryResponse":
      return "query";
    case "sendResponse":
    case "incomingMessage":
      return "chat";
  }
}

/** The reply in the members of a message that has an `action`; `undefined` when it is none of those that v1 has. */
export function longReply({ action, context, content }: JsonObject): Reply | undefined {
  if (typeof content !== "string") return undefined;
  switch (action) {
    case "challenge":
      return isPurpose(context) ? challenge(context, content) : undefined;
    case "challengeResponse":
      return isPurpose(context) ? resultReply(dialect, context, content) : undefined;
    case "queryResponse":
      return context === "query" ? (resultReply(dialect, context, content) ?? found(content)) : undefined;
    case "sendResponse":
      return context === "chat" ? resultReply(dialect, context, content) : undefined;
    case "incomingMessage":
      return context === "chat" ? { dialect, kind: "incomingMessage", content } : undefined;
    default:
      return undefined;
  }
}

function isPurpose(context: unknown): context is ChallengePurpose {
  return context === "registration" || context === "login";
}

function challenge(purpose: ChallengePurpose, content: string): Reply | undefined {
  const nonce = parseObject(content)["nonce"];
  return isNonce(nonce) ? { dialect, kind: "challenge", purpose, nonce } : undefined;
}

function found(content: string): Reply | undefined {
  const { username, publicKey } = parseObject(content);
  const key = typeof publicKey === "string" ? derOfPem(publicKey) : undefined;
  if (typeof username !== "string" || !isUsername(username) || key === undefined) return undefined;
  return { dialect, kind: "queryResponse", found: { name: username, key } };
}
