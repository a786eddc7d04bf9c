/**
 * Who is behind a name: what the directory has signed of it, and the key that we trust. A contact's key is trusted since
 * it was first seen; another one later is taken when we are told to, and not before.
 */
import type { NymAddress } from "../../protocol/nym-client/address.js";
import { isAcceptableKey, verifyEd25519 } from "../../protocol/v2/ed25519.js";
import { isSameName } from "../../protocol/v2/names.js";
import type { StatedUser } from "../../protocol/v2/stated-user.js";
import { statementText } from "../../protocol/v2/signed-texts.js";
import { sameKey } from "../keys.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { Inquiry } from "./inquiry.js";
import { nameOf } from "./names.js";
import { CONTACTS, type KnownContact } from "./tables.js";

export interface Contacts {
  /** What the directory says of a name at that address, its signature verified. */
  ask(name: string, at?: NymAddress): Promise<StatedUser | undefined>;
  /** The same; whom we have not seen before becomes a contact. */
  lookup(name: string): Promise<StatedUser | undefined>;
  /**
   * The contact of that name, as the directory has lately confirmed it. Rejects with `notFound`, and with `keyChanged`
   * when the directory has another key than we.
   */
  current(name: string): Promise<KnownContact>;
  /** Takes the key that the directory has for a name now. */
  trust(name: string): Promise<StatedUser>;
  known(name: string): KnownContact | undefined;
  all(): readonly KnownContact[];
}

export interface ContactsComponents {
  readonly book: Book;
  readonly inquiry: Pick<Inquiry, "ask">;
  readonly facts: DirectoryFacts;
  /** Where to look names up. */
  readonly lookups: () => NymAddress;
  /** A key is trusted, which may be a new one. */
  readonly trusted: () => void;
}

/** SURBs of a look-up: its answer is one packet. */
const SURBS = 2;

/** The contacts in the book. What the directory has said of one counts for `freshness` milliseconds. */
export function createContacts(
  { book, inquiry, facts, lookups, trusted }: ContactsComponents,
  freshness: number,
): Contacts {
  async function save(user: StatedUser): Promise<void> {
    await book.change((page) => page.put(CONTACTS, user.name.toLowerCase(), { ...user, checked: facts.now() }));
    trusted();
  }

  const contacts: Contacts = {
    async ask(text, at = lookups()) {
      const name = nameOf(text);
      const { identity } = await facts.audience();
      const told = await inquiry.ask({ action: "lookup", body: { name }, to: at, surbs: SURBS, fill: false });
      const { signature, ...statement } = told;
      const { user } = statement;
      const isOfNow = await facts.isHour(statement.hour, at);
      const isOfName = [statement.name, user?.name ?? name].every((each) => isSameName(each, name));
      const isSigned = await verifyEd25519(signature, statementText(identity, statement), identity);
      if (!isOfNow || !isOfName || !isSigned) throw new AccountError("unverified");
      if (user?.algorithm === "ed25519" && !isAcceptableKey(user.key)) throw new AccountError("unverified");
      return user;
    },
    async lookup(name) {
      const user = await contacts.ask(name);
      const known = contacts.known(name);
      if (user !== undefined && (known === undefined || isSameUser(known, user))) await save(user);
      return user;
    },
    async current(name) {
      const known = contacts.known(name);
      if (known !== undefined && (facts.now() - known.checked) * 1_000 < freshness) return known;
      const user = await contacts.lookup(name);
      if (user === undefined) throw new AccountError("notFound");
      const contact = contacts.known(name);
      if (contact === undefined || !isSameUser(contact, user)) throw new AccountError("keyChanged");
      return contact;
    },
    async trust(name) {
      const user = await contacts.ask(name);
      if (user === undefined) throw new AccountError("notFound");
      await save(user);
      return user;
    },
    known: (name) => book.get(CONTACTS, name.toLowerCase()),
    all: () => book.entries(CONTACTS).map(([, contact]) => contact),
  };
  return contacts;
}

/** Is it the same key? */
export function isSameUser(one: StatedUser, other: StatedUser): boolean {
  return one.algorithm === other.algorithm && sameKey(one.key, other.key);
}
