/**
 * The compact form of replies, documented by NymCHAT: `{"a":9,"c":0,"p":"success"}`. It has no place for a signature of
 * the directory.
 */
import { ACTION_CODES, CONTEXT_CODES } from "./compact-codes.js";
import { derOfPem, pemOf } from "./keys.js";
import { isNonce } from "./nonce.js";
import type { ChallengePurpose, Reply } from "./reply.js";
import { resultReply } from "./results.js";
import { isObject } from "./untrusted-json.js";
import type { JsonObject } from "./untrusted-json.js";
import { isUsername } from "./username.js";
import { memberTexts } from "./verbatim.js";

const dialect = "compact";

/** The JSON text of a reply. */
export function encodeCompactReply(reply: Reply): string {
  return `{"a":${actionOf(reply)},"c":${contextOf(reply)},"p":${payloadOf(reply)}}`;
}

function actionOf({ kind }: Reply): number {
  return kind === "queryResponse" ? ACTION_CODES.query : ACTION_CODES[kind];
}

function contextOf(reply: Reply): number {
  switch (reply.kind) {
    case "challenge":
    case "challengeResponse":
      return CONTEXT_CODES[reply.purpose];
    case "queryResponse":
      return CONTEXT_CODES.query;
    case "sendResponse":
    case "incomingMessage":
      return CONTEXT_CODES.chat;
  }
}

function payloadOf(reply: Reply): string {
  switch (reply.kind) {
    case "challenge":
      return JSON.stringify({ n: reply.nonce });
    case "challengeResponse":
    case "sendResponse":
      return JSON.stringify(compactResult(reply.result));
    case "queryResponse":
      if (typeof reply.found === "string") return JSON.stringify(compactResult(reply.found));
      return JSON.stringify({ u: reply.found.name, k: pemOf(reply.found.key) });
    case "incomingMessage":
      return reply.content;
  }
}

/** The compact form writes `error:<reason>` where the long one writes `error: <reason>`. */
function compactResult(result: string): string {
  return result.replace(/^error: /, "error:");
}

/** The reply in the members of a message without an `action`, `text` being its source; `undefined` when it is none of v1. */
export function compactReply({ a: action, c: context, p: payload }: JsonObject, text: string): Reply | undefined {
  switch (action) {
    case ACTION_CODES.challenge:
      return challenge(purposeOf(context), payload);
    case ACTION_CODES.challengeResponse:
      return result(purposeOf(context), payload);
    case ACTION_CODES.query:
      return context === CONTEXT_CODES.query ? (result("query", payload) ?? found(payload)) : undefined;
    case ACTION_CODES.sendResponse:
      return context === CONTEXT_CODES.chat ? result("chat", payload) : undefined;
    case ACTION_CODES.incomingMessage:
      if (context !== CONTEXT_CODES.chat || !isObject(payload)) return undefined;
      return { dialect, kind: "incomingMessage", content: memberTexts(text, ["p"]).p ?? "{}" };
    default:
      return undefined;
  }
}

function purposeOf(context: unknown): ChallengePurpose | undefined {
  if (context === CONTEXT_CODES.registration) return "registration";
  return context === CONTEXT_CODES.login ? "login" : undefined;
}

function challenge(purpose: ChallengePurpose | undefined, payload: unknown): Reply | undefined {
  const nonce = isObject(payload) ? payload["n"] : undefined;
  return purpose !== undefined && isNonce(nonce) ? { dialect, kind: "challenge", purpose, nonce } : undefined;
}

function result(context: ChallengePurpose | "query" | "chat" | undefined, payload: unknown): Reply | undefined {
  if (context === undefined || typeof payload !== "string") return undefined;
  return resultReply(dialect, context, payload.replace(/^error:/, "error: "));
}

function found(payload: unknown): Reply | undefined {
  const { u: name, k: pem } = isObject(payload) ? payload : {};
  const key = typeof pem === "string" ? derOfPem(pem) : undefined;
  if (typeof name !== "string" || !isUsername(name) || key === undefined) return undefined;
  return { dialect, kind: "queryResponse", found: { name, key } };
}
