/** What can go wrong for a v2 user: a closed list of codes, those of the directory among them. */
import { type ErrorResult, RESULTS } from "../../protocol/v2/codes.js";

/** What the client itself finds wrong. */
const OWN = {
  timeout: "the directory did not answer in time",
  notConnected: "the Nym client is not connected",
  notRegistered: "register or log in first",
  alreadyRegistered: "this account has a name already",
  keyReplaced: "the name is bound to another key than this account's",
  foreignDirectory: "another directory answers than the one that is trusted",
  unverified: "what the directory said of a name is not signed by it, or not of this hour",
  keyChanged: "the contact has another key than the one that was trusted so far",
  storeFailed: "the account's store could not write",
  closed: "the account is closed",
} as const satisfies Readonly<Record<string, string>>;

/** Every code that an `AccountError` has. */
export const ACCOUNT_ERRORS = {
  ...OWN,
  malformed: "the directory did not understand the request",
  unknownAction: "the directory does not know the request",
  unauthorized: "the directory does not know this account, or not with this key",
  outsideWindow: "the directory's clock and ours cannot be brought together",
  challengeInvalid: "the directory's challenge has expired",
  idReused: "the request's id was used for another one",
  nameUnavailable: "the name belongs to somebody else, or is held or reserved",
  nameInvalid: "a name is 1 to 64 letters, digits, hyphens or underscores",
  keyInvalid: "the directory does not accept this key",
  notFound: "nobody is registered under that name, or there is no such group for you",
  tooLarge: "the message is too long",
  recipientV1: "the recipient uses the old protocol and cannot be written to",
  mailboxFull: "the recipient's mailbox is full",
  recoveryClosed: "the recovery key has no right to this any more",
  limited: "too much was asked for in too short a time",
  busy: "the directory is too busy",
  unavailable: "the directory cannot store anything at the moment",
  tokenRequired: "the directory asks for a token",
  notApplicable: "there is nothing that this could be done to, or it is so already",
  outdated: "the group has changed since",
  notPermitted: "a role or a policy of the group does not allow it, or the group is full",
  epochTaken: "another message has ended this epoch of the group",
} as const satisfies Readonly<Record<ErrorResult, string>> & typeof OWN;

/** What went wrong. */
export type AccountErrorCode = keyof typeof ACCOUNT_ERRORS;

/** The code that was written down so, if it is one. */
export function errorCodeOf(text: string | undefined): AccountErrorCode | undefined {
  return text !== undefined && Object.hasOwn(ACCOUNT_ERRORS, text) ? (text as AccountErrorCode) : undefined;
}

/** The only error that methods of `Account` reject with. Its text names no user, key or address. */
export class AccountError extends Error {
  override readonly name = "AccountError";
  readonly code: AccountErrorCode;
  /** May the same call succeed later? It has been retried already. */
  readonly retryable: boolean;
  /** Seconds after which, if the directory said so. */
  readonly after: number | undefined;

  constructor(code: AccountErrorCode, { after, ...options }: ErrorOptions & { readonly after?: number } = {}) {
    super(ACCOUNT_ERRORS[code], options);
    this.code = code;
    this.retryable = code in RESULTS ? RESULTS[code as ErrorResult].advice === "retry" : RETRYABLE.has(code);
    this.after = after;
  }
}

/** Is this about what was asked? Otherwise it is about us, our directory or the moment, and may be another answer later. */
export function isVerdict({ code, retryable }: AccountError): boolean {
  return !retryable && !CIRCUMSTANCES.has(code);
}

const CIRCUMSTANCES: ReadonlySet<AccountErrorCode> = new Set([
  "unauthorized",
  "outsideWindow",
  "notRegistered",
  "foreignDirectory",
  "unverified",
  "closed",
]);

const RETRYABLE: ReadonlySet<AccountErrorCode> = new Set(["timeout", "notConnected", "storeFailed"]);
