/**
 * The stored form of a contact event: the kind in one byte, the verb in one, the id, the version of the key in eight, the
 * length of the name in one, the name, the note.
 */
import { type ContactItem, TOLD_VERBS, type ToldVerb } from "./contacts.js";
import { userName } from "./names.js";
import type { RequestId } from "./terms.js";

/** The kind, beside those of `payload.ts`. */
export const CONTACT_PAYLOAD = 4;

const ID_START = 2;
const VERSION_START = ID_START + 16;
const VERSION_BYTES = 8;
const LENGTH_AT = VERSION_START + VERSION_BYTES;
const NAME_START = LENGTH_AT + 1;
const VERBS = new Map(Object.entries(TOLD_VERBS).map(([verb, number]) => [number, verb as ToldVerb]));
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What is kept of an event until it is acknowledged. */
export type ContactPayload = Omit<ContactItem, "sequence" | "kind">;

/** Encodes it. */
export function encodeContactPayload({ name, verb, id, keyVersion, note }: ContactPayload): Uint8Array {
  const letters = encoder.encode(name);
  const payload = new Uint8Array(NAME_START + letters.length + note.length);
  payload[0] = CONTACT_PAYLOAD;
  payload[1] = TOLD_VERBS[verb];
  payload.set(id, ID_START);
  const view = new DataView(payload.buffer);
  view.setUint32(VERSION_START, Math.floor(keyVersion / 2 ** 32));
  view.setUint32(VERSION_START + 4, keyVersion % 2 ** 32);
  payload[LENGTH_AT] = letters.length;
  payload.set(letters, NAME_START);
  payload.set(note, NAME_START + letters.length);
  return payload;
}

/** The item of that sequence; `undefined` when it is no contact event. */
export function decodeContactItem(sequence: number, payload: Uint8Array): ContactItem | undefined {
  const verb = VERBS.get(payload[1] as 0 | 1);
  const end = NAME_START + (payload[LENGTH_AT] ?? 0);
  if (verb === undefined || end > payload.length) return undefined;
  const name = userName(decoder.decode(payload.subarray(NAME_START, end)));
  if (name === undefined) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const keyVersion = view.getUint32(VERSION_START) * 2 ** 32 + view.getUint32(VERSION_START + 4);
  const id = payload.subarray(ID_START, VERSION_START) as RequestId;
  return { sequence, kind: "contact", name, verb, id, keyVersion, note: payload.subarray(end) };
}
