/**
 * The end-to-end body of v1: ECDH with an ephemeral P-256 key, HKDF-SHA256 (RFC 5869), AES-256-GCM without associated
 * data, and the sender's signature over the Python JSON text of the encrypted payload. Compatible with NymCHAT to the byte.
 */
import type { webcrypto } from "node:crypto";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/curves/utils.js";
import { agree, generateKeyPair, signText, verifyText } from "./key-pair.js";
import type { KeyPair } from "./key-pair.js";
import { derOfPem, pemOf } from "./keys.js";
import { pythonJson } from "./python-json.js";
import { decodeHexSignature } from "./signature.js";
import { isObject, parseObject } from "./untrusted-json.js";

const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const INFO = new TextEncoder().encode("ECDH session key");

/** What a body says: a text, or the Nym address at which its sender can be written to directly from now on. */
export type Plaintext =
  { readonly kind: "chat"; readonly text: string } | { readonly kind: "handshake"; readonly address: string };

/** `unsigned`: not from the holder of that key. `unreadable`: not for us, or damaged, or of a kind that v1 does not have. */
export type Opened = { readonly plaintext: Plaintext } | { readonly failure: "malformed" | "unsigned" | "unreadable" };

/** The JSON text of the body with `plaintext` for the holder of `recipientKey` (DER); throws when that is no P-256 key. */
export async function sealBody(plaintext: Plaintext, recipientKey: Uint8Array, sender: KeyPair): Promise<string> {
  const { keyPair: ephemeral } = await generateKeyPair();
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const key = await contentKey(await agree(ephemeral, recipientKey), salt);
  const data = new TextEncoder().encode(pythonJson(wireOf(plaintext)));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, data));
  const encryptedPayload = {
    ephemeralPublicKey: pemOf(ephemeral.publicKey),
    salt: bytesToHex(salt),
    encryptedBody: {
      iv: bytesToHex(iv),
      ciphertext: bytesToHex(sealed.subarray(0, -TAG_BYTES)),
      tag: bytesToHex(sealed.subarray(-TAG_BYTES)),
    },
  };
  const signature = await signText(pythonJson(encryptedPayload), sender);
  return pythonJson({ encryptedPayload, payloadSignature: bytesToHex(signature) });
}

/** Checks the signature of a body against `senderKey` (DER), then decrypts it. `body` is JSON text; nothing is thrown. */
export async function openBody(body: string, senderKey: Uint8Array, recipient: KeyPair): Promise<Opened> {
  const parts = partsOf(body);
  if (parts === undefined) return { failure: "malformed" };
  if (!(await verifyText(parts.signed, parts.signature, senderKey))) return { failure: "unsigned" };
  try {
    const key = await contentKey(await agree(recipient, parts.ephemeralKey), parts.salt);
    const data = await crypto.subtle.decrypt({ name: "AES-GCM", iv: parts.iv }, key, parts.sealed);
    const plaintext = plaintextOf(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data));
    return plaintext === undefined ? { failure: "unreadable" } : { plaintext };
  } catch {
    return { failure: "unreadable" };
  }
}

async function contentKey(shared: Uint8Array, salt: Uint8Array): Promise<webcrypto.CryptoKey> {
  const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt, info: INFO };
  return crypto.subtle.deriveKey(hkdf, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

interface Parts {
  /** The text that the signature is over. */
  readonly signed: string;
  readonly signature: Uint8Array;
  readonly ephemeralKey: Uint8Array;
  readonly salt: Uint8Array;
  readonly iv: Uint8Array;
  /** Ciphertext and tag. */
  readonly sealed: Uint8Array;
}

/**
 * The parts of a body. The signed text is not what was transmitted but what Python writes for it, as in the shipped client;
 * the two are the same for whatever that client sent.
 */
function partsOf(body: string): Parts | undefined {
  const { encryptedPayload, payloadSignature } = parseObject(body);
  const signature = decodeHexSignature(payloadSignature);
  if (signature === undefined || !isEncryptedPayload(encryptedPayload)) return undefined;
  const { iv, ciphertext, tag } = encryptedPayload.encryptedBody;
  const ephemeralKey = derOfPem(encryptedPayload.ephemeralPublicKey);
  if (ephemeralKey === undefined) return undefined;
  try {
    return {
      signed: pythonJson(encryptedPayload),
      signature,
      ephemeralKey,
      salt: hexToBytes(encryptedPayload.salt),
      iv: hexToBytes(iv),
      sealed: concatBytes(hexToBytes(ciphertext), hexToBytes(tag)),
    };
  } catch {
    return undefined;
  }
}

type EncryptedPayload = {
  readonly ephemeralPublicKey: string;
  readonly salt: string;
  readonly encryptedBody: { readonly iv: string; readonly ciphertext: string; readonly tag: string };
};

/** Exactly these members, all text: of such a value the text that Python writes is known. */
function isEncryptedPayload(value: unknown): value is EncryptedPayload {
  if (!hasExactly(value, ["ephemeralPublicKey", "salt", "encryptedBody"])) return false;
  const { ephemeralPublicKey, salt, encryptedBody } = value;
  if (typeof ephemeralPublicKey !== "string" || !isHex(salt, SALT_BYTES)) return false;
  if (!hasExactly(encryptedBody, ["iv", "ciphertext", "tag"])) return false;
  const { iv, ciphertext, tag } = encryptedBody;
  return isHex(iv, IV_BYTES) && isHex(tag, TAG_BYTES) && typeof ciphertext === "string";
}

function hasExactly<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Readonly<Record<Name, unknown>> {
  return (
    isObject(value) && Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name))
  );
}

function isHex(text: unknown, bytes: number): boolean {
  return typeof text === "string" && text.length === 2 * bytes;
}

function wireOf(plaintext: Plaintext): { readonly type: number; readonly message: string } {
  return plaintext.kind === "chat" ? { type: 0, message: plaintext.text } : { type: 1, message: plaintext.address };
}

function plaintextOf(json: string): Plaintext | undefined {
  const { type, message } = parseObject(json);
  if (typeof message !== "string") return undefined;
  if (type === 0) return { kind: "chat", text: message };
  return type === 1 ? { kind: "handshake", address: message } : undefined;
}
