/** The v1 replies as types; `long-replies.ts` and `compact-replies.ts` are their two encodings. */

/** How a v1 request was written, and so how its reply is. */
export type Dialect = "long" | "compact";

/** What a challenge is for, on the wire `context` (long) or `c` (compact). */
export type ChallengePurpose = "registration" | "login";

/** The results of `challengeResponse` for a registration, exactly as the long form writes them. */
export const REGISTRATION_RESULTS = [
  "success",
  "error: missing username or public key",
  "error: invalid username format",
  "error: username already in use",
  "error: no pending registration for sender",
  "error: signature verification failed",
  "error: database failure",
] as const;
/** The results of `challengeResponse` for a login. */
export const LOGIN_RESULTS = [
  "success",
  "error: missing username",
  "error: user not found",
  "error: no pending login for sender",
  "error: invalid signature",
  "error: database failure",
] as const;
/** The results of `sendResponse`. */
export const SEND_RESULTS = [
  "success",
  "error: missing 'content' or 'signature'",
  "error: invalid JSON in content",
  "error: missing 'sender' or 'recipient' field in message content",
  "error: unrecognized sender username",
  "error: invalid signature",
  "error: recipient not found",
  "error: database failure",
] as const;
/** What a `queryResponse` says when it names no user. */
export const QUERY_RESULTS = ["No user found", "error: missing 'username' field"] as const;

export type RegistrationResult = (typeof REGISTRATION_RESULTS)[number];
export type LoginResult = (typeof LOGIN_RESULTS)[number];
export type SendResult = (typeof SEND_RESULTS)[number];
export type QueryResult = (typeof QUERY_RESULTS)[number];

/** A v1 reply, before it is signed and encoded. */
export type Reply = { readonly dialect: Dialect } & (
  | { readonly kind: "challenge"; readonly purpose: ChallengePurpose; readonly nonce: string }
  | { readonly kind: "challengeResponse"; readonly purpose: "registration"; readonly result: RegistrationResult }
  | { readonly kind: "challengeResponse"; readonly purpose: "login"; readonly result: LoginResult }
  /** `key` is DER SubjectPublicKeyInfo. */
  | { readonly kind: "queryResponse"; readonly found: { readonly name: string; readonly key: Uint8Array } }
  | { readonly kind: "queryResponse"; readonly found: QueryResult }
  | { readonly kind: "sendResponse"; readonly result: SendResult }
  /** `content` is the text that the recipient gets, built when the message was stored, its body verbatim. */
  | { readonly kind: "incomingMessage"; readonly content: string }
);

/** The result of a registration. */
export function registrationReply(dialect: Dialect, result: RegistrationResult): Reply {
  return { dialect, kind: "challengeResponse", purpose: "registration", result };
}

/** The result of a login. */
export function loginReply(dialect: Dialect, result: LoginResult): Reply {
  return { dialect, kind: "challengeResponse", purpose: "login", result };
}

/** The result of a send. */
export function sendReply(dialect: Dialect, result: SendResult): Reply {
  return { dialect, kind: "sendResponse", result };
}
