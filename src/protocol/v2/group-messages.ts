/**
 * The body of a message to a group, of which the directory knows nothing but its length: `docs/protocol.md`, section 9. Each
 * sender has a key of their own for a group, which they hand to its members, and signs what they say.
 */
import { signAsync } from "@noble/ed25519";
import { concatBytes } from "@noble/curves/utils.js";
import { encodeCbor } from "./cbor.js";
import {
  CONTENT_BYTES,
  decodeContent,
  encodeContent,
  GROUP_KEY_BYTES,
  type GroupKey,
  type GroupKeyId,
  type SaidText,
  SIGNATURE_BYTES,
  type Unsealed,
} from "./end-to-end.js";
import type { GroupId } from "./groups.js";
import { type Ed25519Key, type RequestId, VERSION } from "./terms.js";

/** Whose key it is, and for what. */
export interface GroupKeyContext {
  /** The directory's identity key. */
  readonly directory: Ed25519Key;
  readonly group: GroupId;
  readonly sender: string;
}

/** The message that a body belongs to: a body is good for no other. */
export interface GroupMessageContext extends GroupKeyContext {
  /** Of the request that brings it. */
  readonly id: RequestId;
}

/** The form of the body. */
const FORM = 2;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const HEAD_BYTES = 1 + GROUP_KEY_BYTES;

/** The most that a body has besides the UTF-8 bytes of its text. */
export const GROUP_BODY_BYTES = HEAD_BYTES + SIGNATURE_BYTES + CONTENT_BYTES + TAG_BYTES;

/** A key that nobody has had. */
export function newGroupKey(): GroupKey {
  return crypto.getRandomValues(new Uint8Array(GROUP_KEY_BYTES)) as Uint8Array as GroupKey;
}

/** SHA-256 over the key and whose it is: no two keys have one id, so all who can read a message read the same. */
export async function groupKeyId(context: GroupKeyContext, key: GroupKey): Promise<GroupKeyId> {
  const text = encodeCbor(["NymDirectory group key", VERSION, ...named(context), key]);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(text))) as Uint8Array as GroupKeyId;
}

/** The body with `said`, signed with the sender's seed. */
export async function sealGroupMessage(
  said: SaidText,
  context: GroupMessageContext,
  key: GroupKey,
  senderSeed: Uint8Array,
): Promise<Uint8Array> {
  const id = await groupKeyId(context, key);
  const content = encodeContent(said);
  const signature = await signAsync(signedText(context, id, content), senderSeed);
  const { aes, gcm } = await messageKey(context, key, "encrypt");
  const plaintext = Uint8Array.from(concatBytes(signature, content));
  const sealed = new Uint8Array(await crypto.subtle.encrypt(gcm, aes, plaintext));
  return concatBytes(Uint8Array.of(FORM), id, sealed);
}

/** The id of the key that a body was sealed with; `undefined` when it is of no known form. */
export function sealingKeyOf(body: Uint8Array): GroupKeyId | undefined {
  if (body[0] !== FORM || body.length < HEAD_BYTES + SIGNATURE_BYTES + TAG_BYTES) return undefined;
  return body.slice(1, HEAD_BYTES) as GroupKeyId;
}

/**
 * Opens a body that names this key: who wrote it is not known before `isSignedBy` was asked. `undefined`: it was not sealed so, is
 * damaged, or is of a kind that is not known. Nothing is thrown, whatever the body is.
 */
export async function openGroupMessage(
  body: Uint8Array,
  context: GroupMessageContext,
  key: GroupKey,
): Promise<Unsealed<SaidText> | undefined> {
  const id = sealingKeyOf(body);
  if (id === undefined) return undefined;
  const opened = await decrypt(body.slice(HEAD_BYTES), context, key);
  const content = opened?.subarray(SIGNATURE_BYTES);
  const plaintext = content && decodeContent(content);
  if (opened === undefined || content === undefined || plaintext?.kind !== "text") return undefined;
  const signature = opened.subarray(0, SIGNATURE_BYTES);
  return { plaintext, signature, signed: signedText(context, id, content) };
}

async function decrypt(
  sealed: Uint8Array<ArrayBuffer>,
  context: GroupMessageContext,
  key: GroupKey,
): Promise<Uint8Array | undefined> {
  try {
    const { aes, gcm } = await messageKey(context, key, "decrypt");
    return new Uint8Array(await crypto.subtle.decrypt(gcm, aes, sealed));
  } catch {
    return undefined;
  }
}

/** Of one message alone, so that no nonce is ever used twice: HKDF (RFC 5869) with SHA-256, its salt the message's id. */
async function messageKey(context: GroupMessageContext, key: GroupKey, use: "encrypt" | "decrypt") {
  const hkdf = await crypto.subtle.importKey("raw", Uint8Array.from(key), "HKDF", false, ["deriveBits"]);
  const info = Uint8Array.from(encodeCbor(["NymDirectory group seal", VERSION, ...named(context)]));
  const derivation = { name: "HKDF", hash: "SHA-256", salt: Uint8Array.from(context.id), info };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(derivation, hkdf, 8 * (GROUP_KEY_BYTES + NONCE_BYTES)));
  return {
    aes: await crypto.subtle.importKey("raw", bits.slice(0, GROUP_KEY_BYTES), "AES-GCM", false, [use]),
    gcm: { name: "AES-GCM", iv: bits.slice(GROUP_KEY_BYTES) },
  };
}

function signedText(context: GroupMessageContext, keyId: GroupKeyId, content: Uint8Array): Uint8Array {
  return encodeCbor(["NymDirectory group message", VERSION, ...named(context), context.id, keyId, content]);
}

function named({ directory, group, sender }: GroupKeyContext) {
  return [directory, group, sender.toLowerCase()] as const;
}
