/** The recorded messages of NymCHAT's own client and server, and the keys that they were made with. */
import { readFileSync } from "node:fs";

function vectors(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), "utf8"));
}

/** Every message of the shipped client, in its exact text. */
export const nymchat = vectors("nymchat-v1.json") as Readonly<Record<string, string>> & {
  readonly [
    Name in
      | "alicePrivPem"
      | "alicePubPem"
      | "bobPrivPem"
      | "bobPubPem"
      | "nonce"
      | "register"
      | "registrationResponse"
      | "login"
      | "loginResponse"
      | "query"
      | "sendFirst"
      | "sendSecond"
      | "handshake"
      | "directIncomingMessage"
      | "sendFirst_plain"
      | "sendSecond_plain"
      | "handshake_address"
      | "direct_plain"
      | "sendGroup"
      | "createGroup"
      | "inviteGroup"
      | "update"
  ]: string;
};

/** A conversation with the original server: each request, and all that it sent because of it. */
export const transcript = vectors("nymchat-v1-transcript.json") as {
  readonly serverPublicKey: string;
  readonly nonce: string;
  readonly exchanges: readonly {
    readonly tag: string;
    readonly request: string;
    readonly replies: readonly { readonly tag: string; readonly message: string }[];
  }[];
};

/** Sends that we made and the original client's code accepted. */
export const madeHere = vectors("nymchat-v1-made-here.json") as {
  readonly sends: readonly { readonly kind: "chat" | "handshake"; readonly plaintext: string; readonly send: string }[];
};

/** Values and what Python's json.dumps writes for them. */
export const pythonTexts = vectors("python-json.json") as { readonly texts: readonly (readonly [unknown, string])[] };

/** The members of a recorded message, all of which are text. */
export function fieldsOf(message: string): Readonly<Record<string, string>> {
  return JSON.parse(message) as Record<string, string>;
}
