/**
 * How the keys of others have changed: the log that the directory keeps of them, read to its end, and how much of it is proven by
 * the key that we trust. Recovery keys are seen when a key is first trusted, as long as it is the last one then.
 */
import type { NymAddress } from "../../protocol/nym-client/address.js";
import { key } from "../../protocol/v2/bodies.js";
import { verifyEd25519 } from "../../protocol/v2/ed25519.js";
import { provenUpTo, type SeenKey } from "../../protocol/v2/key-chain.js";
import type { LoggedVersion } from "../../protocol/v2/key-log.js";
import { bool, nullable, record, required } from "../../protocol/v2/shapes.js";
import type { StatedUser } from "../../protocol/v2/stated-user.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";
import { HOUR_MS } from "../../util/time.js";
import { sameKey } from "../keys.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import { type Contacts, isSameUser } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { Inquiry } from "./inquiry.js";
import { nameOf } from "./names.js";
import type { KnownContact, Table } from "./tables.js";

/** A version of somebody's key after the one that we trust. */
export interface ContactKeyChange {
  /** From 1, at registration. */
  readonly version: number;
  /** How it came. `registration`: somebody has registered the name who is perhaps somebody else. */
  readonly by: LoggedVersion["by"];
  /** When, says the directory: milliseconds since 1970, rounded up to the hour. */
  readonly at: number;
  readonly key: Ed25519Key;
  /** Is it the successor of the key that we trust, without trust in the directory? If not: compare. */
  readonly proven: boolean;
}

export interface ContactKeys {
  /**
   * What has become of a contact's key since the one that we trust, the last being the one that is in force; none when that is
   * the same. Errors: `notFound`, `recipientV1`, `unverified` when the log does not end with what the directory has signed of the name.
   */
  changes(name: string): Promise<readonly ContactKeyChange[]>;
  /** Sees the recovery keys of those who have become contacts. To be run by a worker. */
  see(): Promise<void>;
}

export interface ContactKeysComponents {
  readonly book: Book;
  readonly inquiry: Pick<Inquiry, "ask">;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "all" | "ask" | "known" | "lookup">;
  /** Where to look names up. */
  readonly lookups: () => NymAddress;
}

/** What was seen with a key. */
interface Seen {
  readonly key: Ed25519Key;
  /** Was it the last one then, so that the recovery key is that of the same time? */
  readonly isTimely: boolean;
  readonly recovery: Ed25519Key | undefined;
}

/** By folded name. */
const SEEN: Table<Seen> = {
  name: "seen",
  shape: record<Seen>({ key: required(0, key), isTimely: required(1, bool), recovery: required(2, nullable(key)) }),
};

/** SURBs of a page of the log, which is one packet. */
const SURBS = 2;
/** So often the key may change while we read. */
const ATTEMPTS = 4;

/** The keys of the contacts in the book. */
export function createContactKeys({ book, inquiry, facts, contacts, lookups }: ContactKeysComponents): ContactKeys {
  /** The log of a name, to its end. */
  async function read(text: string): Promise<readonly LoggedVersion[]> {
    const name = nameOf(text);
    const log: LoggedVersion[] = [];
    for (;;) {
      const body = { name, from: log.length + 1 };
      const page = await inquiry.ask({ action: "keyLog", body, to: lookups(), surbs: SURBS, fill: false });
      log.push(...page.versions);
      if (!page.more) return log;
      if (page.versions.length === 0) throw new AccountError("unverified");
    }
  }

  /** The log, which ends with the key that the directory has signed to be in force; nothing when that is the one that we trust. */
  async function readFrom(known: StatedUser): Promise<readonly LoggedVersion[]> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const user = await contacts.ask(known.name);
      if (user === undefined) throw new AccountError("notFound");
      if (isSameUser(user, known)) return [];
      if (user.algorithm === "p256") throw new AccountError("recipientV1");
      const log = await read(known.name);
      const last = log.at(-1);
      if (last !== undefined && last.version === user.keyVersion && sameKey(last.key, user.key)) return log;
    }
    throw new AccountError("unverified");
  }

  /** The key that we trust, as it stands in this log; `undefined` when it does not. */
  function trustedIn(log: readonly LoggedVersion[], { name, key, keyVersion }: KnownContact): SeenKey | undefined {
    const logged = log[keyVersion - 1];
    if (logged === undefined || !sameKey(logged.key, key)) return undefined;
    const seen = book.get(SEEN, name.toLowerCase());
    const isSeen = seen?.isTimely === true && sameKey(seen.key, key);
    return { version: keyVersion, key, recovery: isSeen ? seen.recovery : "unseen" };
  }

  return {
    async changes(name) {
      const known = contacts.known(nameOf(name));
      if (known === undefined) {
        if ((await contacts.lookup(name)) === undefined) throw new AccountError("notFound");
        return [];
      }
      const log = await readFrom(known);
      const { identity: directory } = await facts.audience();
      const trusted = trustedIn(log, known);
      const owner = { directory, name: known.name };
      const proven = trusted && (await provenUpTo(log, { owner, trusted, verify: verifyEd25519 }));
      return log.slice(trusted?.version ?? 0).map(({ version, by, hour, key }) => ({
        ...{ version, by, at: hour * HOUR_MS, key },
        proven: proven !== undefined && version <= proven.version,
      }));
    },

    async see() {
      for (const { name, algorithm, key, keyVersion } of contacts.all()) {
        const at = name.toLowerCase();
        const before = book.get(SEEN, at);
        if (algorithm === "p256" || (before !== undefined && sameKey(before.key, key))) continue;
        const log = await read(name);
        const last = log.at(-1);
        const isTimely = log.length === keyVersion && last !== undefined && sameKey(last.key, key);
        await book.change((page) => page.put(SEEN, at, { key, isTimely, recovery: last?.recovery }));
      }
    },
  };
}
