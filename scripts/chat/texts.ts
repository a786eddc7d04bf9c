/** What the chat says when something does not work. */
import { ClientError, type ClientErrorCode, type Rejection } from "../../src/client/client.js";

const CODES: Readonly<Record<ClientErrorCode, string>> = {
  nameTaken: "that name belongs to somebody else: start again with another one, --as NAME",
  invalidName: "a name is 1 to 64 letters, digits, - or _",
  noSuchUser: "nobody is registered under that name",
  notRegistered: "the directory does not know your name: /register takes it",
  notLoggedIn: "you are not registered yet: /register takes your name",
  badSignature: "your name is bound to another key than the one in this profile",
  badDirectoryKey: "the directory gave something that is no key",
  timeout: "the directory did not answer in time",
  notConnected: "the Nym client is not there",
  directoryFailure: "the directory could not store it",
  refused: "the directory did not accept it",
  tooLong: "that is too long for one message",
  closed: "the chat has ended",
};

/** Why something did not work. */
export function explain(error: unknown): string {
  if (error instanceof ClientError) return CODES[error.code];
  return error instanceof Error ? error.message : String(error);
}

/** Why a message is not shown; `undefined` for what is no news to anybody. */
export function explainRejection(reason: Rejection, sender: string | undefined): string | undefined {
  const message = `a message in the name of ${sender ?? "somebody"} is not shown`;
  switch (reason) {
    case "malformed":
    case "duplicate":
      return undefined;
    case "unknownSender":
      return `${message}: the directory knows nobody of that name`;
    case "unverified":
      return `${message}: the directory could not be asked for the key`;
    case "unsigned":
      return `${message}: somebody else has signed it`;
    case "keyChanged":
      return `${message}: it is signed with another key than before. Ask them by another way; then /trust ${sender ?? ""}`;
    case "unreadable":
      return `${message}: it is damaged, or not for you`;
    case "storeFailed":
      return `${message}: it could not be written down`;
  }
}
