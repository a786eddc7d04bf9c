/** Who is behind a name: what the directory says, against what we have known so far. */
import { ClientError, type DirectoryClient, fingerprintOf, sameKey } from "../../src/client/client.js";
import type { Look } from "./look.js";
import type { Profile } from "./profile.js";
import type { Screen } from "./screen.js";

export interface PeopleComponents {
  readonly client: Pick<DirectoryClient, "lookup">;
  readonly profile: Pick<Profile, "keys" | "store">;
  readonly screen: Pick<Screen, "print">;
  readonly look: Look;
}

/** Shows the key that a name stands for. Rejects with a `ClientError`. */
export async function who({ client, profile, screen, look }: PeopleComponents, name: string): Promise<void> {
  const known = await profile.store.contact(name);
  const entry = await client.lookup(name);
  if (entry === undefined) throw new ClientError("noSuchUser");
  screen.print(`${look.name(entry.name)} has the key${look.fingerprint(await fingerprintOf(entry.publicKey))}`);
  if (sameKey(entry.publicKey, profile.keys.publicKey)) screen.print(look.note("that is you"));
  else if (known === undefined) screen.print(look.note("seen for the first time; compare it with theirs"));
  else if (sameKey(entry.publicKey, known.publicKey)) screen.print(look.note("the same since you first met"));
  else
    screen.print(look.warning(`NOT the key trusted so far${look.fingerprint(await fingerprintOf(known.publicKey))}`));
}

/** Takes the key that the directory gives for a name now. Rejects with a `ClientError`. */
export async function trust({ client, profile, screen, look }: PeopleComponents, name: string): Promise<void> {
  const entry = await client.lookup(name);
  if (entry === undefined) throw new ClientError("noSuchUser");
  await profile.store.saveContact({ ...entry, introduced: false });
  const fingerprint = look.fingerprint(await fingerprintOf(entry.publicKey));
  screen.print(look.note(`from now on ${look.name(entry.name)} has the key${fingerprint}`));
}
