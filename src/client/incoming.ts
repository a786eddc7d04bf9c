/**
 * What comes of a message that the directory, or somebody who knows our address, hands us: it is shown once, and only
 * when its body is signed by the key that its sender's name stands for.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import { openBody, type Plaintext } from "../protocol/v1/end-to-end.js";
import type { KeyPair } from "../protocol/v1/key-pair.js";
import { decodeContent, type IncomingContent } from "../protocol/v1/message-content.js";
import type { Dialect } from "../protocol/v1/reply.js";
import { parseObject } from "../protocol/v1/untrusted-json.js";
import { isUsername } from "../protocol/v1/username.js";
import type { ClientStore } from "./client-store.js";
import { ClientError } from "./errors.js";
import { sameKey } from "./keys.js";
import type { DirectoryEntry } from "./lookup.js";

/** A message that came in, decrypted, its sender's signature verified. */
export interface IncomingMessage {
  /** The sender's name as registered. */
  readonly sender: string;
  readonly plaintext: Plaintext;
  /** Was the sender's key unknown until the directory was asked for it? Then it is trusted from now on. */
  readonly firstContact: boolean;
  /** SHA-256 of what the sender signed, in hex: what the message is known again by. */
  readonly digest: string;
}

/** Why a message is not shown. */
export type Rejection =
  /** No message at all, or in the compact form, whose bodies shipped clients cannot read either. */
  | "malformed"
  /** Had before: the network or the directory offered it again. */
  | "duplicate"
  /** Nobody is registered under the name that it bears. */
  | "unknownSender"
  /** The directory could not be asked for the sender's key. */
  | "unverified"
  /** Not signed by the holder of the sender's key. */
  | "unsigned"
  /** Signed by a key that the directory gives for the sender, which is another than the one we have trusted so far. */
  | "keyChanged"
  /** Signed by its sender, but not encrypted to us, or damaged. */
  | "unreadable"
  /** It could not be remembered that it came, so that it would be shown again. */
  | "storeFailed";

/** What a message turned out to be. */
export type Received =
  { readonly message: IncomingMessage } | { readonly rejected: Rejection; readonly sender?: string };

export interface IncomingComponents {
  readonly store: ClientStore;
  /** Rejects with a `ClientError`. */
  readonly lookup: (name: string) => Promise<DirectoryEntry | undefined>;
}

/** Opens the content of an `incomingMessage`. Calls for one sender must follow one another, or duplicates slip through. */
export async function receive(
  { store, lookup }: IncomingComponents,
  content: IncomingContent,
  recipient: KeyPair,
): Promise<Received> {
  const digest = await digestOf(content.body);
  const rejected = (reason: Rejection): Received => ({ rejected: reason, sender: content.sender });
  if (await store.knows(digest)) return rejected("duplicate");
  const contact = await store.contact(content.sender);
  if (contact !== undefined) {
    const opened = await openBody(content.body, contact.publicKey, recipient);
    if ("plaintext" in opened) {
      await store.remember(digest);
      const { plaintext } = opened;
      return { message: { sender: contact.name, plaintext, firstContact: false, digest } };
    }
    if (opened.failure !== "unsigned") return rejected(opened.failure);
  }
  const entry = await ask(lookup, content.sender);
  if (typeof entry === "string") return rejected(entry);
  if (contact !== undefined && sameKey(contact.publicKey, entry.publicKey)) return rejected("unsigned");
  const opened = await openBody(content.body, entry.publicKey, recipient);
  if ("failure" in opened) return rejected(opened.failure);
  if (contact !== undefined) return rejected("keyChanged");
  await store.saveContact({ name: entry.name, publicKey: entry.publicKey, introduced: false });
  await store.remember(digest);
  return { message: { sender: entry.name, plaintext: opened.plaintext, firstContact: true, digest } };
}

/** The message in the content of an `incomingMessage`, if it is one that we can read. */
export function incomingContent(content: string, dialect: Dialect): IncomingContent | undefined {
  const decoded = dialect === "long" ? decodeContent(content) : undefined;
  return decoded !== undefined && isUsername(decoded.sender) ? decoded : undefined;
}

async function ask(
  lookup: IncomingComponents["lookup"],
  sender: string,
): Promise<DirectoryEntry | "unknownSender" | "unverified"> {
  try {
    return (await lookup(sender)) ?? "unknownSender";
  } catch (error) {
    if (error instanceof ClientError) return "unverified";
    throw error;
  }
}

/** Over what the sender signed alone: whoever passes a body on can write the rest of it in as many ways as they like. */
async function digestOf(body: string): Promise<string> {
  const signed = JSON.stringify(parseObject(body)["encryptedPayload"] ?? null);
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(signed))));
}
