/** The long form of requests, which shipped clients speak: `{"action": "query", "username": "bob"}`. */
import { bytesToHex } from "@noble/curves/utils.js";
import type { Decoded } from "./decoded.js";
import { derOfPem, pemOf } from "./keys.js";
import { pythonJson } from "./python-json.js";
import { loginReply, registrationReply, sendReply } from "./reply.js";
import type { ClientRequest } from "./request.js";
import { decodeHexSignature } from "./signature.js";
import { unsupportedAction, unsupportedReply } from "./unsupported.js";
import { isObject, nestsWithin, textOf } from "./untrusted-json.js";
import type { JsonLimits, JsonObject } from "./untrusted-json.js";
import { memberTexts } from "./verbatim.js";

const dialect = "long";
const utf8 = new TextEncoder();

/** The request in the members of a message that has an `action`. */
export function longRequest(fields: JsonObject, limits: JsonLimits): Decoded {
  switch (fields["action"]) {
    case "query":
      return query(fields);
    case "register":
      return register(fields);
    case "registrationResponse":
    case "loginResponse":
      return {
        ok: { action: fields["action"], dialect, body: { signature: decodeHexSignature(fields["signature"]) } },
      };
    case "login":
      return login(fields);
    case "send":
      return send(fields, limits);
    default: {
      const action = unsupportedAction(fields["action"]);
      if (action !== undefined) return { action, reply: unsupportedReply(action) };
      return { drop: typeof fields["action"] === "string" ? "dropped.unknownAction" : "dropped.malformed" };
    }
  }
}

function query(fields: JsonObject): Decoded {
  const action = "query";
  const name = textOf(fields["username"]);
  if (name !== undefined) return { ok: { action, dialect, body: { name } } };
  return { action, reply: { dialect, kind: "queryResponse", found: "error: missing 'username' field" } };
}

function register(fields: JsonObject): Decoded {
  const action = "register";
  const name = textOf(fields["usernym"]);
  const pem = textOf(fields["publicKey"]);
  if (name === undefined || pem === undefined)
    return { action, reply: registrationReply(dialect, "error: missing username or public key") };
  return { ok: { action, dialect, body: { name, key: derOfPem(pem) } } };
}

function login(fields: JsonObject): Decoded {
  const action = "login";
  const name = textOf(fields["usernym"]);
  if (name === undefined) return { action, reply: loginReply(dialect, "error: missing username") };
  return { ok: { action, dialect, body: { name } } };
}

function send(fields: JsonObject, limits: JsonLimits): Decoded {
  const action = "send";
  const content = textOf(fields["content"]);
  const signature = textOf(fields["signature"]);
  if (content === undefined || signature === undefined)
    return { action, reply: sendReply(dialect, "error: missing 'content' or 'signature'") };
  const parsed = parseContent(content, limits.maxDepth);
  if (parsed === undefined) return { action, reply: sendReply(dialect, "error: invalid JSON in content") };
  const sender = textOf(parsed["sender"]);
  const recipient = textOf(parsed["recipient"]);
  if (sender === undefined || recipient === undefined)
    return { action, reply: sendReply(dialect, "error: missing 'sender' or 'recipient' field in message content") };
  const { body = "null", senderPublicKey } = memberTexts(content, ["body", "senderPublicKey"]);
  return {
    ok: {
      action,
      dialect,
      body: {
        sender,
        recipient,
        signed: utf8Of(content),
        signature: decodeHexSignature(signature),
        message: { dialect, body, senderPublicKey },
      },
    },
  };
}

const NO_MEMBERS: JsonObject = {};

/** The members of the JSON text that is the content: none when it is JSON of something else, `undefined` when it is no JSON. */
function parseContent(content: string, maxDepth: number): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(content);
    if (!nestsWithin(parsed, maxDepth)) return undefined;
    return isObject(parsed) ? parsed : NO_MEMBERS;
  } catch {
    return undefined;
  }
}

/** The UTF-8 form of `text`; a lone surrogate has none, so nobody can have signed one. */
function utf8Of(text: string): Uint8Array | undefined {
  return /\p{Surrogate}/u.test(text) ? undefined : utf8.encode(text);
}

/** The JSON text of a request, as the shipped client writes it. */
export function encodeLongRequest(request: ClientRequest): string {
  const { action } = request;
  switch (action) {
    case "register":
      return pythonJson({ action, usernym: request.name, publicKey: pemOf(request.key) });
    case "login":
      return pythonJson({ action, usernym: request.name });
    case "registrationResponse":
    case "loginResponse":
      return pythonJson({ action, username: request.name, signature: bytesToHex(request.signature) });
    case "query":
      return pythonJson({ action, username: request.name });
    case "send":
      return pythonJson({ action, content: request.signed, signature: bytesToHex(request.signature) });
  }
}
