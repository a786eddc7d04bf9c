/** Signs requests with a key of the account, as of the moment in which they leave. */
import { signAsync } from "@noble/ed25519";
import { userName } from "../../protocol/v2/names.js";
import type { SignedAction } from "../../protocol/v2/request.js";
import { requestText, type Unsigned } from "../../protocol/v2/signed-texts.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { Sign } from "./inquiry.js";
import { type AccountKey, IDENTITY, type Identity } from "./tables.js";

/** Signs with this key, in this name. */
export function signWith(facts: DirectoryFacts, name: string, { seed, keyVersion }: AccountKey): Sign {
  return async ({ action, id, body }) => {
    const signer = userName(name);
    if (signer === undefined) throw new AccountError("nameInvalid");
    const audience = await facts.audience();
    const auth = { name: signer, keyVersion, time: facts.now() };
    // Only what must be signed is, and so has the type of what is.
    const unsigned = { action: action as SignedAction, id, body, auth } as unknown as Unsigned;
    return { ...auth, signature: await signAsync(requestText(audience, unsigned), seed) };
  };
}

/** Signs with the present key of the account. `settled` resolves when no change of key is under way. */
export function signAsAccount(book: Book, facts: DirectoryFacts, settled: () => Promise<void>): Sign {
  return async (asked) => {
    await settled();
    const { name, key } = presentOf(book.get(IDENTITY));
    return signWith(facts, name, key)(asked);
  };
}

/** Signs for as long as that is so which the request hangs on; rejects with `unauthorized` when it is not, once it was signed. */
export function signWhile(sign: Sign, isSo: () => boolean | Promise<boolean>): Sign {
  return async (asked) => {
    const auth = await sign(asked);
    if (!(await isSo())) throw new AccountError("unauthorized");
    return auth;
  };
}

/** The name and the present key of an account. Throws `notRegistered` when it has none. */
export function presentOf(identity: Identity | undefined): { readonly name: string; readonly key: AccountKey } {
  const key = identity?.keys.at(-1);
  if (identity === undefined || key === undefined) throw new AccountError("notRegistered");
  return { name: identity.name, key };
}
