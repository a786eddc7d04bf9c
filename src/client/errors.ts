/** What can go wrong for a user of the client library: a closed list of codes, each with what it means for a retry. */

/** Every code that a `ClientError` has. */
export const CLIENT_ERRORS = {
  nameTaken: "the name belongs to another key",
  invalidName: "a name is 1 to 64 letters, digits, hyphens or underscores",
  noSuchUser: "nobody is registered under that name",
  notRegistered: "the directory does not know this name, or it is spelt differently there",
  notLoggedIn: "register or log in first",
  badSignature: "the name is bound to another key than this one",
  badDirectoryKey: "the directory bound a name to something that is no P-256 key",
  timeout: "the directory did not answer in time",
  notConnected: "the Nym client is not connected",
  directoryFailure: "the directory cannot store anything at the moment",
  refused: "the directory did not accept the request",
  tooLong: "the message is too long",
  closed: "the client is closed",
} as const satisfies Readonly<Record<string, string>>;

/** What went wrong. */
export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

const WORTH_A_RETRY: ReadonlySet<ClientErrorCode> = new Set(["timeout", "notConnected", "directoryFailure"]);

/** The only error that methods of `DirectoryClient` reject with. Its text names no user, key or address. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  /** May the same call succeed later? It has been retried already. */
  readonly retryable: boolean;

  constructor(code: ClientErrorCode, options?: ErrorOptions) {
    super(CLIENT_ERRORS[code], options);
    this.code = code;
    this.retryable = WORTH_A_RETRY.has(code);
  }
}
