/**
 * The text encoding (JSON) of the nym-client WebSocket API, from the client process's side: requests are decoded,
 * answers encoded. Refusals have the kinds and words of nym-client 1.1.76.
 */
import { base58 } from "@scure/base";
import type { NymAddress } from "./address.js";
import type { ClientRequest, ClientResponse, Lane } from "./frames.js";
import { base58Fault, recipientFromText } from "./recipient.js";
import { malformed, type Refusal, refusalText } from "./refusal.js";
import { SENDER_TAG_BYTES, type SenderTag, senderTagToBase58 } from "./sender-tag.js";
import { JsonError, JsonReader, type JsonValue } from "./serde-json.js";

type FieldKind = "string" | "u32" | "optional u64";

/** The requests that text knows and their fields, in the order in which a missing one is noticed. */
const REQUESTS = new Map<string, ReadonlyMap<string, FieldKind>>([
  ["send", fields({ message: "string", recipient: "string", connectionId: "optional u64" })],
  [
    "sendAnonymous",
    fields({ recipient: "string", message: "string", replySurbs: "u32", connectionId: "optional u64" }),
  ],
  ["reply", fields({ senderTag: "string", message: "string", connectionId: "optional u64" })],
  ["selfAddress", fields({})],
]);

/** Decodes a request, or says why not. Unlike in binary, `connectionId` 0 is a lane. */
export function decodeTextRequest(text: string): ClientRequest | Refusal {
  try {
    const { type, entries } = readRequest(new JsonReader(text));
    return toRequest(type, new Fields(type, entries));
  } catch (error) {
    if (error instanceof JsonError) return malformed(error.message);
    throw error;
  }
}

/** The text frame of an answer or a push; bytes of a message that are not UTF-8 are replaced. */
export function encodeTextResponse(response: ClientResponse): string {
  switch (response.type) {
    case "error":
      return JSON.stringify({ type: "error", message: refusalText(response) });
    case "received": {
      const senderTag = response.senderTag === undefined ? null : senderTagToBase58(response.senderTag);
      return JSON.stringify({ type: "received", message: response.message.toString("utf8"), senderTag });
    }
    case "selfAddress":
      return JSON.stringify({ type: "selfAddress", address: response.address });
    case "laneQueueLength":
      return JSON.stringify({ type: "laneQueueLength", lane: response.lane, queue_length: response.length });
  }
}

type Entries = readonly (readonly [key: string, value: JsonValue])[];

/** The type of a request, refused as soon as it is read, and its other entries. Throws a JsonError. */
function readRequest(reader: JsonReader): { readonly type: string; readonly entries: Entries } {
  if (!reader.atObject()) {
    const found = describe(reader.value());
    throw new JsonError(`invalid type: ${found}, expected internally tagged enum ClientRequestText${reader.place()}`);
  }
  const entries: [string, JsonValue][] = [];
  let type: string | undefined;
  reader.entries((key) => {
    if (key !== "type") {
      entries.push([key, reader.value(1)]);
      return;
    }
    if (type !== undefined) throw new JsonError(`duplicate field \`type\`${reader.place()}`);
    const value = reader.value(1);
    if (value.type !== "string") {
      throw new JsonError(`invalid type: ${describe(value)}, expected variant identifier${reader.place()}`);
    }
    if (!REQUESTS.has(value.value)) {
      const known = [...REQUESTS.keys()].map((name) => `\`${name}\``).join(", ");
      throw new JsonError(`unknown variant \`${value.value}\`, expected one of ${known}${reader.place()}`);
    }
    type = value.value;
  });
  if (type === undefined) throw new JsonError(`missing field \`type\`${reader.place()}`);
  reader.end();
  return { type, entries };
}

function toRequest(type: string, entries: Fields): ClientRequest {
  switch (type) {
    case "send":
      return { type, recipient: entries.recipient(), lane: entries.lane(), message: entries.message() };
    case "sendAnonymous": {
      const replySurbs = entries.number("replySurbs");
      return { type, recipient: entries.recipient(), replySurbs, lane: entries.lane(), message: entries.message() };
    }
    case "reply":
      return { type, senderTag: entries.senderTag(), lane: entries.lane(), message: entries.message() };
    default:
      return { type: "selfAddress" };
  }
}

/** The checked fields of one request; unknown ones are ignored. */
class Fields {
  readonly #values = new Map<string, string | number | undefined>();

  /** Throws a JsonError for the first that is wrong, twice there, or missing. */
  constructor(type: string, entries: Entries) {
    const kinds = REQUESTS.get(type) ?? new Map<string, FieldKind>();
    for (const [key, value] of entries) {
      const kind = kinds.get(key);
      if (kind === undefined) continue;
      if (this.#values.has(key)) throw new JsonError(`duplicate field \`${key}\``);
      this.#values.set(key, read(kind, value));
    }
    for (const [key, kind] of kinds) {
      if (!this.#values.has(key) && kind !== "optional u64") throw new JsonError(`missing field \`${key}\``);
    }
  }

  number(key: string): number {
    return Number(this.#values.get(key));
  }

  lane(): Lane | undefined {
    return this.#values.get("connectionId") === undefined ? undefined : this.number("connectionId");
  }

  message(): Buffer {
    return Buffer.from(this.#text("message"));
  }

  recipient(): NymAddress {
    const recipient = recipientFromText(this.#text("recipient"));
    if (typeof recipient !== "string") throw new JsonError(recipient.error);
    return recipient;
  }

  senderTag(): SenderTag {
    const text = this.#text("senderTag");
    const fault = base58Fault(text);
    if (fault !== undefined) throw new JsonError(`Failed to decode the base58-encoded string - ${fault}`);
    const bytes = base58.decode(text);
    if (bytes.length === SENDER_TAG_BYTES) return Buffer.from(bytes).toString("hex") as SenderTag;
    const lengths = `Expected ${SENDER_TAG_BYTES}, but got ${bytes.length}`;
    throw new JsonError(`Decoded AnonymousSenderTag has invalid length. ${lengths}`);
  }

  #text(key: string): string {
    return String(this.#values.get(key));
  }
}

function read(kind: FieldKind, value: JsonValue): string | number | undefined {
  if (kind === "string") {
    if (value.type === "string") return value.value;
    throw new JsonError(`invalid type: ${describe(value)}, expected a string`);
  }
  if (kind === "optional u64" && value.type === "null") return undefined;
  const name = kind === "u32" ? "u32" : "u64";
  if (value.type !== "number" || !value.integer) {
    throw new JsonError(`invalid type: ${describe(value)}, expected ${name}`);
  }
  const number = BigInt(value.text);
  if (number >= 0n && number < (kind === "u32" ? 2n ** 32n : 2n ** 64n)) return Number(number);
  throw new JsonError(`invalid value: ${describe(value)}, expected ${name}`);
}

/** A value as serde_json names it when another was expected. */
function describe(value: JsonValue): string {
  switch (value.type) {
    case "null":
    case "sequence":
    case "map":
      return value.type;
    case "boolean":
      return `boolean \`${value.value}\``;
    case "number":
      return value.integer ? `integer \`${value.text}\`` : `floating point \`${value.text}\``;
    case "string":
      return `string ${JSON.stringify(value.value)}`;
  }
}

function fields(kinds: Readonly<Record<string, FieldKind>>): ReadonlyMap<string, FieldKind> {
  return new Map(Object.entries(kinds));
}
