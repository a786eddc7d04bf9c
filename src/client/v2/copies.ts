/** Copies of the account's own words: sealed by its present key, opened by that or one of before. */
import { type OpenedCopy, openCopy, type OwnWords, sealCopy } from "../../protocol/v2/own-copy.js";
import type { RequestId } from "../../protocol/v2/terms.js";
import type { Book } from "./book.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { Seed } from "./seeds.js";
import { presentOf } from "./signing.js";
import { IDENTITY } from "./tables.js";

export interface CopiesComponents {
  readonly book: Book;
  readonly facts: Pick<DirectoryFacts, "audience">;
}

/** The copy of what is said with the request of this id: another one each time, so what is sent must be kept. */
export async function sealOwn({ book, facts }: CopiesComponents, id: RequestId, said: OwnWords): Promise<Uint8Array> {
  const { name: owner, key } = presentOf(book.get(IDENTITY));
  const { identity: directory } = await facts.audience();
  return sealCopy(said, { directory, owner, id }, key.seed);
}

/** What we have said with the request of this id, if this is our copy of that. `seeds`: earlier ones, that are not in the book. */
export async function openOwn(
  { book, facts }: CopiesComponents,
  { id, copy }: { readonly id: RequestId; readonly copy: Uint8Array },
  seeds: readonly Seed[],
): Promise<OpenedCopy> {
  const { name: owner } = presentOf(book.get(IDENTITY));
  const { identity: directory } = await facts.audience();
  const own = book.get(IDENTITY)?.keys.map(({ seed }) => seed) ?? [];
  for (const seed of [...own.toReversed(), ...seeds]) {
    const opened = await openCopy(copy, { directory, owner, id }, seed);
    if (!("failure" in opened) || opened.failure === "malformed") return opened;
  }
  return { failure: "unreadable" };
}
