/** The compact form of requests, documented by NymCHAT: `{"a":0,"p":{"u":"bob"}}`. Signatures are base64. */
import { bytesToBase64 } from "./base64.js";
import { ACTION_CODES } from "./compact-codes.js";
import type { Decoded } from "./decoded.js";
import { derOfBase64, derOfPem, pemOf } from "./keys.js";
import { loginReply, registrationReply, sendReply } from "./reply.js";
import type { ClientRequest } from "./request.js";
import { decodeBase64Signature } from "./signature.js";
import { isObject, textOf } from "./untrusted-json.js";
import type { JsonObject } from "./untrusted-json.js";
import { memberTexts } from "./verbatim.js";

const dialect = "compact";
const utf8 = new TextEncoder();

/** The request in the members of a message without an `action`; `text` is the source of the message. */
export function compactRequest(fields: JsonObject, text: string): Decoded {
  const payload = isObject(fields["p"]) ? fields["p"] : {};
  switch (fields["a"]) {
    case ACTION_CODES.query:
      return query(payload);
    case ACTION_CODES.register:
      return register(payload);
    case ACTION_CODES.registrationResponse:
      return response("registrationResponse", payload);
    case ACTION_CODES.login:
      return login(payload);
    case ACTION_CODES.loginResponse:
      return response("loginResponse", payload);
    case ACTION_CODES.send:
      return send(payload, text);
    default:
      return { drop: Number.isInteger(fields["a"]) ? "dropped.unknownAction" : "dropped.malformed" };
  }
}

function query(payload: JsonObject): Decoded {
  const action = "query";
  const name = textOf(payload["u"]);
  if (name !== undefined) return { ok: { action, dialect, body: { name } } };
  return { action, reply: { dialect, kind: "queryResponse", found: "error: missing 'username' field" } };
}

function register(payload: JsonObject): Decoded {
  const action = "register";
  const name = textOf(payload["u"]);
  const key = textOf(payload["k"]);
  if (name === undefined || key === undefined)
    return { action, reply: registrationReply(dialect, "error: missing username or public key") };
  return { ok: { action, dialect, body: { name, key: derOfPem(key) ?? derOfBase64(key) } } };
}

function login(payload: JsonObject): Decoded {
  const action = "login";
  const name = textOf(payload["u"]);
  if (name === undefined) return { action, reply: loginReply(dialect, "error: missing username") };
  return { ok: { action, dialect, body: { name } } };
}

function response(action: "registrationResponse" | "loginResponse", payload: JsonObject): Decoded {
  return { ok: { action, dialect, body: { signature: decodeBase64Signature(payload["s"]) } } };
}

/** `e` and `s` are to the compact form what content and signature are to the long one. */
function send(payload: JsonObject, text: string): Decoded {
  const action = "send";
  const signature = textOf(payload["s"]);
  if (!isEncrypted(payload["e"]) || signature === undefined)
    return { action, reply: sendReply(dialect, "error: missing 'content' or 'signature'") };
  const sender = textOf(payload["f"]);
  const recipient = textOf(payload["to"]);
  if (sender === undefined || recipient === undefined)
    return { action, reply: sendReply(dialect, "error: missing 'sender' or 'recipient' field in message content") };
  const { p = "{}" } = memberTexts(text, ["p"]);
  const { e = "{}", s = '""' } = memberTexts(p, ["e", "s"]);
  return {
    ok: {
      action,
      dialect,
      body: {
        sender,
        recipient,
        signed: utf8.encode(e),
        signature: decodeBase64Signature(signature),
        message: { dialect, e, s, attachKey: textOf(payload["pk"]) !== undefined },
      },
    },
  };
}

/**
 * Has it the four fields of a compact end-to-end body? Insisting on them keeps other texts that users sign with the same
 * key (the content of a long send, its encryptedPayload, a nonce) from passing for one, sent by somebody else.
 */
function isEncrypted(e: unknown): boolean {
  return isObject(e) && ["epk", "iv", "ct", "tag"].every((field) => textOf(e[field]) !== undefined);
}

/** The JSON text of a request. */
export function encodeCompactRequest(request: ClientRequest): string {
  return `{"a":${ACTION_CODES[request.action]},"p":${payloadText(request)}}`;
}

function payloadText(request: ClientRequest): string {
  switch (request.action) {
    case "register":
      return JSON.stringify({ u: request.name, k: pemOf(request.key) });
    case "login":
    case "query":
      return JSON.stringify({ u: request.name });
    case "registrationResponse":
    case "loginResponse":
      return JSON.stringify({ u: request.name, s: bytesToBase64(request.signature) });
    case "send": {
      const names = `"f":${JSON.stringify(request.sender)},"to":${JSON.stringify(request.recipient)}`;
      const key = request.senderKey === undefined ? "" : `,"pk":${JSON.stringify(pemOf(request.senderKey))}`;
      return `{${names},"e":${request.signed},"s":"${bytesToBase64(request.signature)}"${key}}`;
    }
  }
}
