/** The v1 replies as types; `long-form.ts` and `compact-form.ts` are their two encodings. */

/** How a v1 request was written, and so how its reply is. */
export type Dialect = "long" | "compact";

/** What a reply is about, on the wire `context` (long) or `c` (compact). */
export type ChallengePurpose = "registration" | "login";

/** The results of `challengeResponse` and `sendResponse`, exactly as the long form writes them. */
export type RegistrationResult =
  | "success"
  | "error: missing username or public key"
  | "error: invalid username format"
  | "error: username already in use"
  | "error: no pending registration for sender"
  | "error: signature verification failed"
  | "error: database failure";
export type LoginResult =
  | "success"
  | "error: missing username"
  | "error: user not found"
  | "error: no pending login for sender"
  | "error: invalid signature"
  | "error: database failure";
export type SendResult =
  | "success"
  | "error: missing 'content' or 'signature'"
  | "error: invalid JSON in content"
  | "error: missing 'sender' or 'recipient' field in message content"
  | "error: unrecognized sender username"
  | "error: invalid signature"
  | "error: recipient not found"
  | "error: database failure";

/** A v1 reply, before it is signed and encoded. */
export type Reply = { readonly dialect: Dialect } & (
  | { readonly kind: "challenge"; readonly purpose: ChallengePurpose; readonly nonce: string }
  | { readonly kind: "challengeResponse"; readonly purpose: "registration"; readonly result: RegistrationResult }
  | { readonly kind: "challengeResponse"; readonly purpose: "login"; readonly result: LoginResult }
  /** `key` is DER SubjectPublicKeyInfo. */
  | { readonly kind: "queryResponse"; readonly found: { readonly name: string; readonly key: Uint8Array } }
  | { readonly kind: "queryResponse"; readonly found: "No user found" | "error: missing 'username' field" }
  | { readonly kind: "sendResponse"; readonly result: SendResult }
  /** `content` is the text that the recipient gets, built when the message was stored, its body verbatim. */
  | { readonly kind: "incomingMessage"; readonly content: string }
);
