/** What the chat says of a contact's new key: who has signed it, if it is anybody that we have reason to believe. */
import type { Account, ContactKeyChange } from "../../src/client/client.js";

/** What to do about somebody's new key; `undefined` when it is trusted by now. Nothing is said of its proof when the directory could not be asked. */
export async function explainKeyChange(
  account: Pick<Account, "keyChanges">,
  name: string,
): Promise<string | undefined> {
  const changes = await account.keyChanges(name).catch(() => undefined);
  if (changes?.length === 0) return undefined;
  const waits = "what they write, and what is for them, waits";
  const proof = proofOf(changes ?? []);
  if (proof !== undefined) return `${name} has a new key, ${proof}: ${waits} until /trust ${name}`;
  const doubt = changes === undefined ? "" : ", which nothing that you trust has signed";
  return `${name} has another key than before${doubt}: ${waits}. Ask them by another way; then /trust ${name}`;
}

/** By what the key that is in force is proven; `undefined` when it is not. */
export function proofOf(changes: readonly ContactKeyChange[]): string | undefined {
  if (changes.at(-1)?.proven !== true) return undefined;
  return changes.some(({ by }) => by === "recovery") ? "signed with their recovery key" : "signed with the one before";
}
