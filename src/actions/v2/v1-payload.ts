/** What a v1 user is sent by a v2 user: the direct message that another v1 user would have sent, without a key. */
import { encodePayload, incomingContent } from "../../protocol/v1/incoming.js";
import { nestsWithin } from "../../protocol/v1/untrusted-json.js";
import type { User } from "../../store/rows.js";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** As deep as a v1 user's own message may nest. */
const MAX_DEPTH = 64;

/** The stored form of a message whose body is the UTF-8 text of one JSON value; `undefined` when it is not. */
export function v1Payload(sender: User, body: Uint8Array): Uint8Array | undefined {
  const text = jsonText(body);
  if (text === undefined) return undefined;
  return encodePayload("long", incomingContent({ dialect: "long", body: text, senderPublicKey: undefined }, sender));
}

function jsonText(body: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(body);
    const value: unknown = JSON.parse(text);
    return nestsWithin(value, MAX_DEPTH) ? text : undefined;
  } catch {
    return undefined;
  }
}
