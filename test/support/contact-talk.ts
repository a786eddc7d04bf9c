/** What people say to each other of contacts, for tests of what the actions mean together. */
import type { ContactEntry, ContactVerb, Policy } from "../../src/protocol/v2/contacts.js";
import type { Item } from "../../src/protocol/v2/reply.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { freshId, type Person } from "./v2-person.js";
import { named } from "./v2-requests.js";

/** The result of that verb. */
export async function about(
  person: Person,
  verb: ContactVerb,
  other: string,
  { note, id = freshId() }: { readonly note?: string; readonly id?: RequestId } = {},
): Promise<string> {
  const body = { verb, name: named(other), ...(note !== undefined && { note: Buffer.from(note) }) };
  return (await person.ask("contact", body, { id })).result;
}

/** The person's list, and who may write to them. */
export async function listOf(
  person: Person,
  { after = 0, packets = 10 } = {},
): Promise<{ readonly entries: readonly ContactEntry[]; readonly more: boolean; readonly policy: Policy }> {
  const reply = await person.ask("contacts", { after, packets });
  if (reply.result !== "ok" || reply.action !== "contacts") throw new Error(`a list was answered ${reply.result}`);
  return reply.answer;
}

/** The list in short: names and relations, and a sign for a block. */
export async function relationsOf(person: Person): Promise<Readonly<Record<string, string>>> {
  const { entries } = await listOf(person);
  return Object.fromEntries(
    entries.map(({ name, relation, blocked }) => [name, relation + (blocked ? ", blocked" : "")]),
  );
}

/** The events in a mailbox, in short. */
export function eventsIn(items: readonly Item[]): readonly string[] {
  return items.flatMap((item) =>
    item.kind === "contact" ? `${item.name}: ${item.verb} ${Buffer.from(item.note).toString()}`.trim() : [],
  );
}

/** Makes contacts of two. */
export async function befriend(one: Person, two: Person): Promise<void> {
  const results = [await about(one, "request", two.name), await about(two, "accept", one.name)];
  if (results.some((result) => result !== "ok")) throw new Error(`they are no contacts: ${results.join(", ")}`);
}

/** Sets who may write. */
export async function writable(person: Person, policy: Policy): Promise<void> {
  const { result } = await person.ask("policy", { policy });
  if (result !== "ok") throw new Error(`a policy was answered ${result}`);
}
