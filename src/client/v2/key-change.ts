/**
 * Changes the key of the account, with the present key or with a recovery key. The new key is in the book before it is told,
 * and the request is asked again under its id until it is known whether it took effect, in this run or a later one.
 */
import { signAsync } from "@noble/ed25519";
import type { NymAddress } from "../../protocol/nym-client/address.js";
import { RESULTS } from "../../protocol/v2/codes.js";
import type { NewKey } from "../../protocol/v2/request.js";
import { isSameName } from "../../protocol/v2/names.js";
import type { Ed25519Key, RequestId } from "../../protocol/v2/terms.js";
import { possessionText, successionText } from "../../protocol/v2/signed-texts.js";
import { sameKey } from "../keys.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { Contacts } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import { type AskHome, newRequestId } from "./inquiry.js";
import { newSeed, publicKeyOf, type Seed } from "./seeds.js";
import { presentOf, signWith } from "./signing.js";
import { type AccountKey, IDENTITY, type Identity, type KeyChange } from "./tables.js";

export interface KeyChanges {
  /** Replaces the key, and the recovery key if there is another one. Errors: `keyInvalid`, `unauthorized`. */
  rotate(recovery: Ed25519Key | undefined): Promise<void>;
  /**
   * Takes a name back with its recovery key. `keyVersion`: one at which that was in force; without it those that are
   * likely are tried. Errors: `recoveryClosed`, `unauthorized`, `notFound`.
   */
  recover(name: string, by: RecoveryKey): Promise<void>;
  /** Resolves when no rotation is under way. Rejects when it is not known whether one took effect. */
  settled(): Promise<void>;
}

/** A recovery key, and what it is to do. */
export interface RecoveryKey {
  readonly seed: Seed;
  readonly keyVersion?: number;
  /** The recovery key from now on, public; without it the same as before. */
  readonly next?: Ed25519Key;
}

export interface KeyChangesComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "ask">;
  readonly home: () => NymAddress;
}

/** So many keys of before are kept, for what was encrypted to them. */
const KEYS_KEPT = 8;
/** So many versions are tried when it is not known at which one a recovery key was in force. */
const VERSIONS_TRIED = 8;

/** The changes of the account in the book. */
export function createKeyChanges({ book, askHome, facts, contacts, home }: KeyChangesComponents): KeyChanges {
  let rotating: Promise<void> | undefined;

  function put(identity: Identity): Promise<void> {
    return book.change((page) => page.put(IDENTITY, "", identity));
  }

  /** Asks for the change in the book until it is known what became of it. `signer` is the old key, or the recovery key. */
  async function perform(change: KeyChange, signer: AccountKey): Promise<void> {
    const identity = book.get(IDENTITY);
    if (identity === undefined) throw new AccountError("notRegistered");
    const { name } = identity;
    const key = await publicKeyOf(change.seed);
    const { identity: directory } = await facts.audience();
    const text = possessionText(directory, { name, keyVersion: change.keyVersion + 1, key });
    const possession = await signAsync(text, change.seed);
    const { by, recovery } = change;
    const made = successionText(directory, { name, by, version: change.keyVersion + 1, key, recovery });
    const succession = await signAsync(made, signer.seed);
    const body: NewKey = { key, possession, succession, ...(recovery !== undefined && { recovery }) };
    const asked = { id: change.id, sign: signWith(facts, name, signer) };
    try {
      const { keyVersion } = await askHome(change.by === "rotation" ? "rotate" : "recover", body, asked);
      await took(change, keyVersion);
    } catch (error) {
      if (!(error instanceof AccountError) || !isFinal(error)) throw error;
      const holder = error.code === "unauthorized" ? await contacts.ask(name, home()) : undefined;
      if (holder !== undefined && sameKey(holder.key, key)) return took(change, holder.keyVersion);
      // What was sent last may be on its way for as long as the key is the one that can make the change.
      const isOpen = by === "rotation" && holder !== undefined && sameKey(holder.key, await publicKeyOf(signer.seed));
      if (!isOpen) await dropped(change);
      throw error;
    }
  }

  function took({ id, seed }: KeyChange, keyVersion: number): Promise<void> {
    return end(id, ({ name, keys }) => {
      return { name, status: "registered", keys: [...keys, { keyVersion, seed }].slice(-KEYS_KEPT) };
    });
  }

  function dropped({ id }: KeyChange): Promise<void> {
    return end(id, ({ name, status, keys }) => ({ name, status, keys }));
  }

  /** Makes `after` of the identity, if it is still that change that is under way. */
  function end(id: RequestId, after: (identity: Identity) => Identity): Promise<void> {
    return book.change((page) => {
      const identity = book.get(IDENTITY);
      if (identity?.change !== undefined && sameKey(identity.change.id, id)) page.put(IDENTITY, "", after(identity));
    });
  }

  function rotation(): Promise<void> | undefined {
    const { change, keys = [] } = book.get(IDENTITY) ?? {};
    const signer = keys.find(({ keyVersion }) => keyVersion === change?.keyVersion);
    if (change?.by !== "rotation" || signer === undefined) return undefined;
    rotating ??= perform(change, signer).finally(() => (rotating = undefined));
    return rotating;
  }

  async function settled(): Promise<void> {
    try {
      await rotation();
    } catch (error) {
      // What was refused has changed nothing.
      if (!(error instanceof AccountError) || !isFinal(error)) throw error;
    }
  }

  return {
    settled,
    async rotate(recovery) {
      await settled();
      const identity = book.get(IDENTITY);
      const { keyVersion } = presentOf(identity).key;
      if (identity === undefined) return;
      const change: KeyChange = { by: "rotation", id: newRequestId(), keyVersion, seed: newSeed() };
      await put({ ...identity, change: recovery === undefined ? change : { ...change, recovery } });
      await rotation();
    },
    async recover(name, { seed, keyVersion, next }) {
      // A rotation may have taken effect: its key would be lost with what is written down here.
      await settled();
      const before = book.get(IDENTITY);
      const known = before !== undefined && isSameName(before.name, name) ? before : undefined;
      if (known === undefined && before !== undefined && before.status !== "claimed")
        throw new AccountError("alreadyRegistered");
      const begun = known?.change?.by === "recovery" ? known.change : undefined;
      const holder = await contacts.ask(name, home());
      if (holder === undefined) throw new AccountError("notFound");
      const versions = keyVersion === undefined ? likelyVersions(known, holder.keyVersion) : [keyVersion];
      const made = newSeed();
      const tries: KeyChange[] = versions.map((version) => ({
        by: "recovery",
        id: newRequestId(),
        keyVersion: version,
        seed: made,
        ...(next !== undefined && { recovery: next }),
      }));
      const keys = known?.keys ?? [];
      let failure = new AccountError("unauthorized");
      for (const change of begun === undefined ? tries : [begun, ...tries]) {
        await put({ name: holder.name, status: known?.status ?? "claimed", keys, change });
        try {
          await perform(change, { seed, keyVersion: change.keyVersion });
          return;
        } catch (error) {
          if (!(error instanceof AccountError) || error.code !== "unauthorized") throw error;
          failure = error;
        }
      }
      throw failure;
    },
  };
}

/** It was refused, and the same will be. Of `outsideWindow` that is not certain: it may be the answer to what was signed long before. */
export function isFinal({ code }: AccountError): boolean {
  return code in RESULTS && code !== "outsideWindow" && RESULTS[code as keyof typeof RESULTS].advice !== "retry";
}

/** That which we knew last, then the latest ones. */
function likelyVersions(known: Identity | undefined, latest: number): number[] {
  const last = known?.keys.at(-1)?.keyVersion;
  const downwards = Array.from({ length: Math.min(latest, VERSIONS_TRIED) }, (_, index) => latest - index);
  return [...new Set(last === undefined ? downwards : [last, ...downwards])];
}
