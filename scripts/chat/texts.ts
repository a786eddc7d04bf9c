/** What the chat says when something does not work. */
import { AccountError, type AccountErrorCode, type Refusal } from "../../src/client/client.js";

/** What to do about it, where the library's own words do not say. */
const ADVICE: Partial<Readonly<Record<AccountErrorCode, string>>> = {
  nameUnavailable:
    "that name belongs to somebody else, or is held or reserved: start again with another one, --as NAME",
  notRegistered: "you have no name yet: /register takes yours",
  alreadyRegistered: "this profile has a name already",
  keyReplaced: "your name has another key now: /recover KEY takes it back, if you have its recovery key",
};

/** What it means of a message to a group. */
const TO_GROUP: typeof ADVICE = {
  notFound: "you are not in it, or it is no more",
  notPermitted: "only its announcers, admins and owner write there",
};

/** Why something did not work; `toGroup`: a message to a group. */
export function explain(error: unknown, toGroup = false): string {
  if (error instanceof AccountError)
    return (toGroup ? TO_GROUP[error.code] : undefined) ?? ADVICE[error.code] ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Why a message of ours did not arrive. */
export function explainFailure(code: AccountErrorCode | undefined, toGroup: boolean): string {
  return code === undefined ? "the directory does not say why" : explain(new AccountError(code), toGroup);
}

/** Why a message is not shown; `undefined` for what is no news to anybody. */
export function explainRefusal(reason: Refusal, sender: string | undefined): string | undefined {
  const message = `a message in the name of ${sender ?? "somebody"} is not shown`;
  switch (reason) {
    case "malformed":
    case "notMember":
      return undefined;
    case "v1":
      return `${message}: it is of the old protocol, which this chat does not speak`;
    case "unknownSender":
      return `${message}: the directory knows nobody of that name`;
    case "unsigned":
      return `${message}: somebody else has signed it`;
    case "unreadable":
      return `${message}: it is damaged, or not for you`;
  }
}
