/**
 * The body of a message between two v2 users, of which the directory knows nothing but its length: `docs/protocol.md`,
 * section 9. Sealed with HPKE for the recipient's key, and inside of that signed by the sender's.
 */
import { signAsync } from "@noble/ed25519";
import { ed25519 } from "@noble/curves/ed25519.js";
import { concatBytes } from "@noble/curves/utils.js";
import { encodeCbor } from "./cbor.js";
import { verifyEd25519 } from "./ed25519.js";
import { AES_256_GCM, open, seal, SEAL_BYTES, type SealContext } from "./hpke.js";
import { type Ed25519Key, type RequestId, VERSION } from "./terms.js";
import { type GroupId, groupId } from "./groups.js";
import { bytes, decodeWhole, type Shape, text, tuple, uint, word } from "./shapes.js";

/** The text of a message, or the note of somebody who asks to be a contact or accepts one. */
export interface SaidText {
  readonly kind: "text" | "note";
  /** When it was written, says its sender: seconds since 1970. */
  readonly time: number;
  readonly text: string;
}

/** The secret of one sender for one group: 32 bytes. */
export type GroupKey = Uint8Array & { readonly __brand: "GroupKey" };

/** By what a key is known to whoever has it: 32 bytes, which bind its sender to it. See `groupKeyId`. */
export type GroupKeyId = Uint8Array & { readonly __brand: "GroupKeyId" };

/** The sender's key for a group, or that they need the recipient's of this id. */
export type AboutGroupKey =
  | { readonly kind: "groupKey"; readonly time: number; readonly group: GroupId; readonly key: GroupKey }
  | { readonly kind: "groupKeyWanted"; readonly time: number; readonly group: GroupId; readonly key: GroupKeyId };

/** What a body says. */
export type V2Plaintext = SaidText | AboutGroupKey;

/** The message that a body belongs to: a body is good for no other. */
export interface MessageContext {
  /** The directory's identity key. */
  readonly directory: Ed25519Key;
  readonly sender: string;
  readonly recipient: string;
  /** Of the request that brings it. */
  readonly id: RequestId;
  /** Of the recipient. */
  readonly recipientKey: Ed25519Key;
}

/** A body that was opened; who wrote it is not known before `isSignedBy` was asked. */
export interface Unsealed<Plaintext = V2Plaintext> {
  readonly plaintext: Plaintext;
  readonly signature: Uint8Array;
  /** What the signature is of. */
  readonly signed: Uint8Array;
}

/** `unreadable`: not sealed for this key, or damaged, or of a kind that is not known. */
export type V2Unsealed = Unsealed | { readonly failure: "malformed" | "unreadable" };

/** The form of a body that is sealed for one, its first byte. */
export const SEALED_FORM = 1;
export const SIGNATURE_BYTES = 64;
export const GROUP_KEY_BYTES = 32;
const BOUNDS = { items: 5, containers: 1 };

const time = uint();
const said = tuple<SaidText>({ kind: word({ text: 0, note: 1 }), time, text });
const aboutGroupKey = tuple<Pick<AboutGroupKey, keyof AboutGroupKey>>({
  kind: word({ groupKey: 2, groupKeyWanted: 3 }),
  ...{ time, group: groupId, key: bytes<GroupKey & GroupKeyId>(GROUP_KEY_BYTES) },
}) as Shape<AboutGroupKey>;
const content: Shape<V2Plaintext> = {
  encode: (value) => ("text" in value ? said.encode(value) : aboutGroupKey.encode(value)),
  decode: (item) => (Array.isArray(item) && item.length === 4 ? aboutGroupKey : said).decode(item),
};

/** What is said has these besides the UTF-8 bytes of its text, at most. */
export const CONTENT_BYTES = 1 + 1 + 5 + 5;

/** The most that a body has besides the UTF-8 bytes of its text. */
export const BODY_BYTES = 1 + SEAL_BYTES + SIGNATURE_BYTES + CONTENT_BYTES;

/** The body with `plaintext`, signed with the sender's seed. Throws when the recipient's key is of small order. */
export async function sealBody(
  plaintext: V2Plaintext,
  context: MessageContext,
  senderSeed: Uint8Array,
): Promise<Uint8Array> {
  const said = encodeContent(plaintext);
  const signature = await signAsync(signedText(context, said), senderSeed);
  const sealed = await seal(
    concatBytes(signature, said),
    ed25519.utils.toMontgomery(context.recipientKey),
    boundTo(context),
  );
  return concatBytes(Uint8Array.of(SEALED_FORM), sealed);
}

/** Opens a body with the recipient's seed. Nothing is thrown, whatever the body is. */
export async function unsealBody(
  body: Uint8Array,
  context: MessageContext,
  recipientSeed: Uint8Array,
): Promise<V2Unsealed> {
  if (body[0] !== SEALED_FORM || body.length < 1 + SEAL_BYTES + SIGNATURE_BYTES) return { failure: "malformed" };
  const opened = await tryOpen(body.subarray(1), context, recipientSeed);
  const said = opened?.subarray(SIGNATURE_BYTES);
  const plaintext = said && decodeContent(said);
  if (opened === undefined || said === undefined || plaintext === undefined) return { failure: "unreadable" };
  return { plaintext, signature: opened.subarray(0, SIGNATURE_BYTES), signed: signedText(context, said) };
}

/** Has the holder of this key written what was unsealed? */
export function isSignedBy(
  senderKey: Ed25519Key,
  { signature, signed }: Pick<Unsealed, "signature" | "signed">,
): Promise<boolean> {
  return verifyEd25519(signature, signed, senderKey);
}

async function tryOpen(sealed: Uint8Array, context: MessageContext, seed: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await open(sealed, ed25519.utils.toMontgomerySecret(seed), boundTo(context));
  } catch {
    return undefined;
  }
}

/** What is said, as it is signed. */
export function encodeContent(plaintext: V2Plaintext): Uint8Array {
  return encodeCbor(content.encode(plaintext));
}

/** What the bytes say; `undefined` when they are no such thing. */
export function decodeContent(encoded: Uint8Array): V2Plaintext | undefined {
  return decodeWhole(content, encoded, BOUNDS);
}

function boundTo(context: MessageContext): SealContext {
  return {
    aead: AES_256_GCM,
    info: encodeCbor(["NymDirectory seal", VERSION, ...named(context)]),
    aad: new Uint8Array(),
  };
}

/** With the recipient's key, so that what was said to one is no word to another. */
function signedText(context: MessageContext, said: Uint8Array): Uint8Array {
  return encodeCbor(["NymDirectory message", VERSION, ...named(context), context.recipientKey, said]);
}

function named({ directory, sender, recipient, id }: MessageContext) {
  return [directory, sender.toLowerCase(), recipient.toLowerCase(), id] as const;
}
