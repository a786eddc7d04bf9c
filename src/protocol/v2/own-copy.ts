/**
 * The copy that a sender keeps of what they said, of which the directory knows nothing but its length: `docs/protocol.md`,
 * section 9. Sealed with a secret that only the sender has, so nobody else can read it, nor make one.
 */
import { concatBytes } from "@noble/curves/utils.js";
import { encodeCbor } from "./cbor.js";
import { groupId } from "./groups.js";
import type { Conversation } from "./history.js";
import { decodeWhole, name, type Shape, text, tuple, uint } from "./shapes.js";
import { type Ed25519Key, type RequestId, VERSION } from "./terms.js";

/** What a copy says. */
export interface OwnWords {
  /** To whom it was said, by the name that was given, or in which group. */
  readonly conversation: Conversation;
  /** When it was written: seconds since 1970. */
  readonly time: number;
  readonly text: string;
}

/** The message that a copy belongs to: a copy is good for no other. */
export interface CopyContext {
  /** The directory's identity key. */
  readonly directory: Ed25519Key;
  /** Whose words they are. */
  readonly owner: string;
  /** Of the request that brings message and copy. */
  readonly id: RequestId;
}

/** `unreadable`: not made by the holder of this seed for this message, or damaged, or it says nothing that is known. */
export type OpenedCopy = OwnWords | { readonly failure: "malformed" | "unreadable" };

/** The form of the copy. */
const FORM = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_NAME_BYTES = 64;
const BOUNDS = { items: 4, containers: 1 };

const conversation: Shape<Conversation> = {
  encode: (value) => value,
  decode: (item) => (typeof item === "string" ? name : groupId).decode(item),
};
const words = tuple<OwnWords>({ conversation, time: uint(), text });

/** The most that a copy has besides the UTF-8 bytes of its text. */
export const COPY_BYTES = 1 + NONCE_BYTES + TAG_BYTES + (1 + (2 + MAX_NAME_BYTES) + 5 + 5);

/** The copy with these words, sealed with the owner's seed. `nonce` (12 bytes) is given by tests only. */
export async function sealCopy(
  said: OwnWords,
  context: CopyContext,
  seed: Uint8Array,
  nonce: Uint8Array = crypto.getRandomValues(new Uint8Array(NONCE_BYTES)),
): Promise<Uint8Array> {
  const key = await keyOf(context, seed, "encrypt");
  const plaintext = encodeCbor(words.encode(said));
  const sealed = await crypto.subtle.encrypt(gcm(nonce), key, Uint8Array.from(plaintext));
  return concatBytes(Uint8Array.of(FORM), nonce, new Uint8Array(sealed));
}

/** Opens a copy with the owner's seed. Nothing is thrown, whatever the copy is. */
export async function openCopy(copy: Uint8Array, context: CopyContext, seed: Uint8Array): Promise<OpenedCopy> {
  if (copy[0] !== FORM || copy.length < 1 + NONCE_BYTES + TAG_BYTES) return { failure: "malformed" };
  const opened = await tryOpen(copy, context, seed);
  return (opened && decodeWhole(words, opened, BOUNDS)) ?? { failure: "unreadable" };
}

async function tryOpen(copy: Uint8Array, context: CopyContext, seed: Uint8Array): Promise<Uint8Array | undefined> {
  const key = await keyOf(context, seed, "decrypt");
  const sealed = Uint8Array.from(copy.subarray(1 + NONCE_BYTES));
  try {
    return new Uint8Array(await crypto.subtle.decrypt(gcm(copy.subarray(1, 1 + NONCE_BYTES)), key, sealed));
  } catch {
    return undefined;
  }
}

/** A key of each message's own (HKDF-SHA256, RFC 5869, without salt): with another name or id nothing opens. */
async function keyOf({ directory, owner, id }: CopyContext, seed: Uint8Array, use: "encrypt" | "decrypt") {
  const info = Uint8Array.from(encodeCbor(["NymDirectory copy", VERSION, directory, owner.toLowerCase(), id]));
  const secret = await crypto.subtle.importKey("raw", Uint8Array.from(seed), "HKDF", false, ["deriveKey"]);
  const by = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return crypto.subtle.deriveKey(by, secret, { name: "AES-GCM", length: 256 }, false, [use]);
}

function gcm(nonce: Uint8Array) {
  return { name: "AES-GCM", iv: Uint8Array.from(nonce) };
}
