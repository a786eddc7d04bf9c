/**
 * Recipients of requests, checked as a nym-client does, with its words: both Ed25519 keys must be points of the curve,
 * the X25519 key may be any 32 bytes.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { base58 } from "@scure/base";
import { addressFromBytes, type NymAddress } from "./address.js";

/** Why a recipient was refused. */
export interface BadRecipient {
  readonly error: string;
}

const KEY_BYTES = 32;
const ALPHABET = /[^1-9A-HJ-NP-Za-km-z]/;
/** Checked recipients, by their 96 bytes in latin1: the check takes longer than all the rest of a request. */
const checked = new Map<string, NymAddress>();
const MOST_CHECKED = 10_000;

/** The recipient whose 96 bytes these are. */
export function recipientFromBytes(bytes: Buffer): NymAddress | BadRecipient {
  const key = bytes.toString("latin1");
  const known = checked.get(key);
  if (known !== undefined) return known;
  const [identity, gateway] = [bytes.subarray(0, KEY_BYTES), bytes.subarray(2 * KEY_BYTES)];
  if (!isPoint(identity)) return { error: `recipient's identity key is malformed: ${NOT_A_POINT}` };
  if (!isPoint(gateway)) return { error: `recipient gateway's identity key is malformed: ${NOT_A_POINT}` };
  const address = addressFromBytes(bytes);
  if (checked.size >= MOST_CHECKED) checked.clear();
  checked.set(key, address);
  return address;
}

/** The recipient that `text` names, as `identity.key@gateway`. */
export function recipientFromText(text: string): NymAddress | BadRecipient {
  const [client, gateway, ...more] = text.split("@");
  if (client === undefined || gateway === undefined || more.length > 0) return notExactlyOne("@");
  const [identity, key, ...rest] = client.split(".");
  if (identity === undefined || key === undefined || rest.length > 0) return notExactlyOne(".");
  const parts = [
    keyFromText(identity, "recipient's identity key", "could not convert slice to array"),
    keyFromText(key, "recipient's encryption key"),
    keyFromText(gateway, "recipient gateway's identity key", "could not convert slice to array"),
  ];
  const keys: Uint8Array[] = [];
  for (const part of parts) {
    if ("error" in part) return part;
    keys.push(part);
  }
  return recipientFromBytes(Buffer.concat(keys));
}

const NOT_A_POINT = "signature error: Cannot decompress Edwards point";

function notExactlyOne(separator: string): BadRecipient {
  const reason = `the string address does not contain exactly a single '${separator}' character`;
  // The blank at the end is the client's.
  return { error: `recipient is malformed - ${reason} ` };
}

function keyFromText(text: string, which: string, wrongLength?: string): Uint8Array | BadRecipient {
  const fault = base58Fault(text);
  if (fault !== undefined) {
    return { error: `${which} is malformed: the base58 representation of the public key was malformed - ${fault}` };
  }
  const key = base58.decode(text);
  if (key.length === KEY_BYTES) return key;
  const received = `received public key of invalid size. Got: ${key.length}, expected: ${KEY_BYTES}`;
  return { error: `${which} is malformed: ${wrongLength ?? received}` };
}

/** What is wrong with a base58 text, in the words of the `bs58` crate; `undefined` when nothing is. */
export function base58Fault(text: string): string | undefined {
  const at = text.search(ALPHABET);
  if (at === -1) return undefined;
  const character = text.charAt(at);
  return character.charCodeAt(0) > 0x7f
    ? `provided string contained non-ascii character starting at byte ${at}`
    : `provided string contained invalid character '${character}' at byte ${at}`;
}

function isPoint(bytes: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(bytes, true);
    return true;
  } catch {
    return false;
  }
}
