/** Who is behind a name: what the directory says, against what we have known so far. */
import { type Account, AccountError, fingerprintOf, sameKey } from "../../src/client/client.js";
import { proofOf } from "./key-changes.js";
import type { Look } from "./look.js";
import type { Screen } from "./screen.js";

export interface PeopleComponents {
  readonly account: Pick<Account, "contact" | "keyChanges" | "lookup" | "name" | "publicKey" | "trust">;
  readonly screen: Pick<Screen, "print">;
  readonly look: Look;
}

/** Shows the key that a name stands for. Rejects with an `AccountError`. */
export async function who({ account, screen, look }: PeopleComponents, name: string): Promise<void> {
  const known = account.contact(name);
  const user = await account.lookup(name);
  if (user === undefined) throw new AccountError("notFound");
  screen.print(`${look.name(user.name)} has the key${look.fingerprint(await fingerprintOf(user.key))}`);
  const own = account.name === undefined ? undefined : await account.publicKey();
  if (own !== undefined && sameKey(user.key, own)) screen.print(look.note("that is you"));
  else if (user.algorithm === "p256") screen.print(look.note("of the old protocol, which this chat does not speak"));
  else if (known === undefined) screen.print(look.note("seen for the first time; compare it with theirs"));
  else if (sameKey(user.key, known.key)) screen.print(look.note("the same since you first met"));
  else screen.print(look.warning(`NOT the key trusted so far${look.fingerprint(await fingerprintOf(known.key))}`));
}

/** Takes the key that the directory gives for a name now. Rejects with an `AccountError`. */
export async function trust({ account, screen, look }: PeopleComponents, name: string): Promise<void> {
  const changes = await account.keyChanges(name).catch(() => undefined);
  const user = await account.trust(name);
  const fingerprint = look.fingerprint(await fingerprintOf(user.key));
  screen.print(look.note(`from now on ${look.name(user.name)} has the key${fingerprint}`));
  if (changes?.length === 0) return;
  const last = changes?.at(-1);
  const proof = last !== undefined && sameKey(last.key, user.key) ? proofOf(changes ?? []) : undefined;
  if (proof !== undefined) screen.print(look.note(proof));
  else screen.print(look.warning("nothing that you trusted has signed it: compare it with theirs"));
}
