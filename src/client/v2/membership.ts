/** Takes a name, has its messages come here, ends that, and gives the name back. */
import type { NymAddress } from "../../protocol/nym-client/address.js";
import { isSameName, type UserName } from "../../protocol/v2/names.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";
import { sameKey } from "../keys.js";
import { createQueue } from "../queue.js";
import { AccountError, type AccountErrorCode } from "./account-error.js";
import type { Book } from "./book.js";
import type { Contacts } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { AskHome, Sign } from "./inquiry.js";
import { nameOf } from "./names.js";
import { settle } from "./outgoing-states.js";
import { newSeed, publicKeyOf, type Seed } from "./seeds.js";
import { presentOf, signWith } from "./signing.js";
import { type AccountKey, IDENTITY, type Identity, INCOMING, INTAKE, OUTGOING } from "./tables.js";

export interface Membership {
  /**
   * Takes a name with a new key, which is in the book before it is told. `recovery`: the public key that may take the
   * name back. Errors: `nameUnavailable`, `nameInvalid`, `alreadyRegistered`.
   */
  register(name: string, recovery: Ed25519Key | undefined): Promise<void>;
  /** Has the account's messages come here. */
  login(): Promise<void>;
  /** The same, unless the account is logged out by then. */
  stay(): Promise<void>;
  /** Has the messages of a name come here whose key we have from elsewhere. Errors: `notFound`, `keyReplaced`. */
  adopt(name: string, seed: Seed): Promise<void>;
  /** Has them come nowhere. */
  logout(): Promise<void>;
  /** Gives the name back, and with it everything that waits for us. */
  release(): Promise<void>;
}

export interface MembershipComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "ask">;
  readonly home: () => NymAddress;
  readonly sign: Sign;
}

/** A name is registered with this version of its key. */
const FIRST_VERSION = 1;
/** A challenge expires, or is displaced. */
const START_OVER: AccountErrorCode = "challengeInvalid";
const ATTEMPTS = 4;

/** The membership of the account in the book. */
export function createMembership({ book, askHome, facts, contacts, home, sign }: MembershipComponents): Membership {
  /** Of a log-in and a log-out the later one counts, whoever has asked for which. */
  const inOrder = createQueue();

  /** Is a name bound to this key, by what the directory says where it knows us anyway? */
  async function isBound(name: string, seed: Seed): Promise<boolean> {
    const holder = await contacts.ask(name, home());
    return holder !== undefined && sameKey(holder.key, await publicKeyOf(seed));
  }

  function set(identity: Identity): Promise<void> {
    return book.change((page) => page.put(IDENTITY, "", identity));
  }

  /** The name is ours, and with it a mailbox. */
  function begin(identity: Identity): Promise<void> {
    return book.change((page) => {
      page.put(IDENTITY, "", identity);
      page.erase(INTAKE, "");
    });
  }

  async function proveRegistration(
    name: UserName,
    present: AccountKey,
    recovery: Ed25519Key | undefined,
  ): Promise<void> {
    const key = await publicKeyOf(present.seed);
    const sign = signWith(facts, name, present);
    await startingOver(async () => {
      const { challenge } = await askHome("register", { name, key });
      const proof = { purpose: "registration", challenge, key } as const;
      await askHome("prove", recovery === undefined ? proof : { ...proof, recovery }, { sign });
    });
  }

  async function login(): Promise<void> {
    const name = nameOf(presentOf(book.get(IDENTITY)).name);
    await startingOver(async () => {
      const { challenge } = await askHome("login", { name });
      await askHome("prove", { purpose: "login", challenge }, { sign });
    });
    const identity = book.get(IDENTITY);
    if (identity !== undefined && identity.status !== "registered") await set({ ...identity, status: "registered" });
  }

  return {
    async register(name, recovery) {
      const before = book.get(IDENTITY);
      if (before !== undefined && before.status !== "claimed") {
        if (isSameName(before.name, name)) return;
        throw new AccountError("alreadyRegistered");
      }
      const known = nameOf(name);
      // What was claimed before may be ours already: its key is not to be lost.
      const claimed = before !== undefined && isSameName(before.name, name) ? before.keys[0] : undefined;
      const key = claimed ?? { keyVersion: FIRST_VERSION, seed: newSeed() };
      if (claimed === undefined) await set({ name, status: "claimed", keys: [key] });
      try {
        await proveRegistration(known, key, recovery);
      } catch (error) {
        // An answer may have been lost, in this run or before.
        const taken = error instanceof AccountError && error.code === "nameUnavailable";
        if (!taken || !(await isBound(name, key.seed))) throw error;
      }
      await begin({ name, status: "registered", keys: [key] });
    },

    login: () => inOrder(login),
    stay: () =>
      inOrder(async () => {
        if (book.get(IDENTITY)?.status === "registered") await login();
      }),

    async adopt(name, seed) {
      const before = book.get(IDENTITY);
      if (before !== undefined && before.status !== "claimed") throw new AccountError("alreadyRegistered");
      const holder = await contacts.ask(name, home());
      if (holder === undefined) throw new AccountError("notFound");
      if (!sameKey(holder.key, await publicKeyOf(seed))) throw new AccountError("keyReplaced");
      await begin({ name: holder.name, status: "registered", keys: [{ keyVersion: holder.keyVersion, seed }] });
    },

    logout: () =>
      inOrder(async () => {
        const identity = book.get(IDENTITY);
        if (identity === undefined) throw new AccountError("notRegistered");
        await set({ ...identity, status: "away" });
        await askHome("logout", {}, { sign });
      }),

    async release() {
      const identity = book.get(IDENTITY);
      if (identity === undefined) throw new AccountError("notRegistered");
      try {
        await askHome("release", {}, { sign });
      } catch (error) {
        // It may have been released by a request whose answer was lost: then nobody is left who could sign another.
        const refused = error instanceof AccountError && error.code === "unauthorized";
        if (!refused || (await contacts.ask(identity.name, home())) !== undefined) throw error;
      }
      await book.change((page) => {
        page.erase(IDENTITY, "");
        page.erase(INTAKE, "");
        for (const [key] of book.entries(INCOMING)) page.erase(INCOMING, key);
        for (const [, { id }] of book.entries(OUTGOING)) settle(book, page, id, "failed", "notRegistered");
      });
    },
  };
}

/** Runs a conversation, and again when its challenge was no longer good. */
async function startingOver(conversation: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await conversation();
      return;
    } catch (error) {
      if (!(error instanceof AccountError) || error.code !== START_OVER || attempt >= ATTEMPTS) throw error;
    }
  }
}
