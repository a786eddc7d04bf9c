/**
 * The v1 requests that the directory serves, as they come out of the decoder: one shape for both dialects, their fields
 * present, their claims not yet proven.
 */
import type { ForwardedMessage } from "./incoming.js";
import type { Dialect } from "./reply.js";

/** The actions of v1 that a directory serves. */
export type V1Action = keyof Bodies;

/** The body of each action. Names are as the request wrote them, of any length and any characters. */
export interface Bodies {
  /** `key` claims to be a DER SubjectPublicKeyInfo; `undefined` when the text was not even PEM (or, compact, base64). */
  readonly register: { readonly name: string; readonly key: Uint8Array | undefined };
  readonly registrationResponse: { readonly signature: Signature };
  readonly login: { readonly name: string };
  readonly loginResponse: { readonly signature: Signature };
  readonly query: { readonly name: string };
  readonly send: {
    readonly sender: string;
    readonly recipient: string;
    /** The bytes that the sender signed; `undefined` when the text has no UTF-8 form (a lone surrogate). */
    readonly signed: Uint8Array | undefined;
    readonly signature: Signature;
    readonly message: ForwardedMessage;
  };
}

/** What claims to be an ECDSA signature in DER; `undefined` when it was absent or not even hex (or, compact, base64). */
export type Signature = Uint8Array | undefined;

/** A v1 request whose shape is known. */
export type V1Request<A extends V1Action = V1Action> = {
  readonly [P in A]: { readonly action: P; readonly dialect: Dialect; readonly body: Bodies[P] };
}[A];

/** A request as a client makes it. `signature` is DER. */
export type ClientRequest =
  | { readonly action: "register"; readonly name: string; readonly key: Uint8Array }
  | {
      readonly action: "registrationResponse" | "loginResponse";
      readonly name: string;
      readonly signature: Uint8Array;
    }
  | { readonly action: "login" | "query"; readonly name: string }
  | {
      readonly action: "send";
      readonly sender: string;
      readonly recipient: string;
      /** The JSON text that the signature covers: all of the content in the long form, `e` in the compact one. */
      readonly signed: string;
      readonly signature: Uint8Array;
      /** Compact form only, DER: asks that the recipient be told the sender's key. In the long form the content does that. */
      readonly senderKey?: Uint8Array;
    };
