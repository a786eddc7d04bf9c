/** Accounts' prekeys at a directory in memory that does as `docs/protocol.md` says, loses answers when it is told to, and can lie. */
import { createHash } from "node:crypto";
import { bytesToHex } from "@noble/curves/utils.js";
import { AccountError } from "../../src/client/v2/account-error.js";
import { type Book, openBook } from "../../src/client/v2/book.js";
import type { DirectoryFacts } from "../../src/client/v2/directory-facts.js";
import { type AskHome, newRequestId } from "../../src/client/v2/inquiry.js";
import { createPrekeys, type Prekeys } from "../../src/client/v2/prekeys.js";
import { createMemoryRecordStore, type RecordStore } from "../../src/client/v2/record-store.js";
import { publicKeyOf, type Seed } from "../../src/client/v2/seeds.js";
import { IDENTITY, type KnownContact } from "../../src/client/v2/tables.js";
import { type Prekey, PREKEY_CHOICE, prekeysText, type SignedPrekey } from "../../src/protocol/v2/prekeys.js";
import type { Answers } from "../../src/protocol/v2/reply.js";
import type { Bodies } from "../../src/protocol/v2/request.js";
import { directory } from "./actions.js";

/** Seconds since 1970. */
const NOW = 1_800_000_000;
const HOUR = NOW / 3_600;

/** A user of that name with this key, who publishes, and from whom the same user takes. */
export interface PrekeyDirectory {
  /** What is published. */
  signed: SignedPrekey | undefined;
  lastResort: SignedPrekey | undefined;
  readonly oneTime: Map<number, Uint8Array>;
  /** Whose prekeys are given, as the directory says. */
  user: Answers["take"]["user"];
  /** How many answers from now on are lost. */
  losing: number;
  epoch: number;
  /** Seconds that have passed. */
  passed: number;
  /** What it has answered, by the ids of requests. */
  readonly given: Map<string, Answers["take"]>;
  readonly done: Map<string, number>;
  /** Requests, in their order. */
  readonly asked: { readonly action: string; readonly id: string }[];
  /** Somebody takes one, of the first so many. */
  readonly give: (index: number) => number;
}

/** An account of that directory. */
export interface PrekeyAccount {
  readonly prekeys: Prekeys;
  readonly book: Book;
  /** Its key is another one from now on. */
  readonly rotate: (to: Seed) => Promise<void>;
}

/** The key of a prekey of that label. */
export function prekey(id: number, label = "key"): Prekey {
  return { id, key: Uint8Array.from(createHash("sha256").update(`${label} ${id}`).digest()) };
}

/** A directory that knows a user by this key. */
export async function createPrekeyDirectory(name: string, seed: Seed): Promise<PrekeyDirectory> {
  const user = { name, algorithm: "ed25519", key: await publicKeyOf(seed), keyVersion: 1 } as const;
  const made: PrekeyDirectory = {
    ...{ signed: undefined, lastResort: undefined, oneTime: new Map(), user, losing: 0, epoch: 1, passed: 0 },
    ...{ given: new Map(), done: new Map(), asked: [] },
    give(index) {
      const ids = [...made.oneTime.keys()].sort((one, other) => one - other);
      const id = ids[index % Math.min(ids.length, PREKEY_CHOICE)];
      if (id === undefined) throw new Error("none is left");
      made.oneTime.delete(id);
      return id;
    },
  };
  return made;
}

/** The account of that user in a store. `trusted`: what it knows of whom it takes from. */
export async function openPrekeys(
  at: PrekeyDirectory,
  seed: Seed,
  { store = createMemoryRecordStore(), trusted = at.user }: { store?: RecordStore; trusted?: typeof at.user } = {},
): Promise<PrekeyAccount> {
  const book = await openBook(store);
  const { name } = at.user;
  const become = (keyVersion: number, next: Seed): Promise<void> =>
    book.change((page) => page.put(IDENTITY, "", { name, status: "registered", keys: [{ keyVersion, seed: next }] }));
  await become(1, seed);
  const facts = {
    audience: () => Promise.resolve({ identity: directory.identity, epoch: at.epoch }),
    now: () => NOW + at.passed,
  } as DirectoryFacts;
  const contact: KnownContact = { ...trusted, checked: NOW };
  const { given, done } = at;

  const answers = {
    publish({ signed, lastResort, oneTime, replace }: Bodies["publish"], id: string): Answers["publish"] {
      if (!done.has(id)) {
        at.signed = signed ?? at.signed;
        at.lastResort = lastResort ?? at.lastResort;
        if (replace) at.oneTime.clear();
        for (const each of oneTime) at.oneTime.set(each.id, each.key);
        done.set(id, at.oneTime.size);
      }
      return { count: done.get(id) ?? 0 };
    },
    take(_body: Bodies["take"], id: string): Answers["take"] {
      const [first] = [...at.oneTime].sort(([one], [other]) => one - other);
      const oneTime = first && { id: first[0], key: first[1] };
      const signed = at.signed && { ...at.signed, hour: HOUR };
      const answer = given.get(id) ?? {
        user: at.user,
        signed,
        oneTime,
        lastResort: oneTime ? undefined : at.lastResort,
      };
      if (!given.has(id) && oneTime !== undefined) at.oneTime.delete(oneTime.id);
      given.set(id, answer);
      return answer;
    },
    prekeys(): Answers["prekeys"] {
      const oneTime = [...at.oneTime].sort(([one], [other]) => one - other).map(([id, key]) => ({ id, key }));
      const text = prekeysText({ signed: at.signed, lastResort: at.lastResort, oneTime });
      const published = (of: SignedPrekey | undefined) => of && { id: of.id, hour: HOUR };
      return {
        ...{ count: oneTime.length, most: 200, signed: published(at.signed), lastResort: published(at.lastResort) },
        digest: Uint8Array.from(createHash("sha256").update(text).digest()),
      };
    },
  };
  const askHome = (async (action: keyof typeof answers, body: never, more: Parameters<AskHome>[2] = {}) => {
    const id = more.id ?? newRequestId();
    await more.sign?.({ action, id, body });
    at.asked.push({ action, id: bytesToHex(id) });
    const answer = answers[action](body, bytesToHex(id));
    if (at.losing-- > 0) throw new AccountError("timeout");
    at.losing = 0;
    return answer;
  }) as unknown as AskHome;
  const sign = () => Promise.resolve({}) as never;
  const contacts = { current: () => Promise.resolve(contact) };
  return {
    prekeys: createPrekeys({ book, askHome, sign, facts, contacts }),
    book,
    rotate: (to) => become(2, to),
  };
}
