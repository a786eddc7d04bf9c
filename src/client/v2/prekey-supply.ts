/**
 * Publishes prekeys of the account, signed with its present key, and compares what the directory has of them with what was
 * published. A publication is in the book before it is told, and is asked for again under its id until it is known whether it
 * took effect.
 */
import { signAsync } from "@noble/ed25519";
import {
  type Prekey,
  PREKEY_BYTES,
  PREKEYS_AT_ONCE,
  type PublishedPrekey,
  type SignedPrekey,
  type SignedPrekeyKind,
} from "../../protocol/v2/prekeys.js";
import { prekeyText } from "../../protocol/v2/signed-texts.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";
import { HOUR_MS } from "../../util/time.js";
import { sameKey } from "../keys.js";
import { createQueue } from "../queue.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { DirectoryFacts } from "./directory-facts.js";
import { type AskHome, newRequestId, type Sign } from "./inquiry.js";
import { isFinal } from "./key-change.js";
import { compareRest } from "./prekey-rest.js";
import { type KnownPrekeys, type PendingPublication, PREKEYS, PUBLICATION } from "./prekey-tables.js";
import { publicKeyOf } from "./seeds.js";
import { presentOf, signWhile } from "./signing.js";
import { IDENTITY } from "./tables.js";

/** What is to be published. Each takes the place of what is there of its kind, and for one-time prekeys of its id. */
export interface Publication {
  /** Given to everybody who takes. */
  readonly signed?: Prekey;
  /** Given in the place of a one-time prekey. */
  readonly lastResort?: Prekey;
  /** Each is given to one user; up to `PREKEYS_AT_ONCE`. */
  readonly oneTime?: readonly Prekey[];
  /** Drops the one-time prekeys that were there before. */
  readonly drop?: boolean;
}

/** What the directory has. */
export interface Supply {
  /** One-time prekeys that nobody has taken, and how many there can be. */
  readonly left: number;
  readonly most: number;
  readonly signed?: SupplyOf;
  readonly lastResort?: SupplyOf;
  /** Is it what this account has published last, but for one-time prekeys that were taken? `undefined`: too many were to tell. */
  readonly asPublished: boolean | undefined;
  /** The one-time prekeys that were published are void, and after a change of our key all: publish anew. */
  readonly void: boolean;
}

/** A prekey by its number, and when it was published: milliseconds since 1970, rounded up to the hour. */
export interface SupplyOf {
  readonly id: number;
  readonly at: number;
}

export interface PrekeySupply {
  publish(publication: Publication): Promise<number>;
  supply(): Promise<Supply>;
}

export interface PrekeySupplyComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
}

/** So long the directory is sure to know that it had a publication: below, it can be asked for again without harm. In seconds. */
const REPEATABLE = 1_200;
/** So many one-time prekeys are remembered. */
const REMEMBERED = 1_000;
const NOTHING: KnownPrekeys = { oneTime: [], whole: true };

/** What the account in the book has published. */
export function createPrekeySupply({ book, askHome, sign, facts }: PrekeySupplyComponents): PrekeySupply {
  const inOrder = createQueue();

  /** What we have published that is not void, and whether anything is. */
  async function standing(): Promise<{ readonly known: KnownPrekeys; readonly isVoid: boolean }> {
    const published = book.get(PREKEYS);
    if (published === undefined) return { known: NOTHING, isVoid: false };
    const { signer, epoch } = await present();
    if (!sameKey(published.signer, signer)) return { known: NOTHING, isVoid: true };
    const isVoid = published.epoch !== epoch;
    return { known: isVoid ? { ...published, oneTime: [] } : published, isVoid };
  }

  /** That for which what is published now is good. */
  async function present(): Promise<{ readonly signer: Ed25519Key; readonly epoch: number }> {
    const signer = await publicKeyOf(presentOf(book.get(IDENTITY)).key.seed);
    return { signer, epoch: (await facts.audience()).epoch };
  }

  async function sealed(kind: SignedPrekeyKind, prekey: Prekey): Promise<SignedPrekey> {
    const { name, key } = presentOf(book.get(IDENTITY));
    const { identity: directory } = await facts.audience();
    const text = prekeyText({ directory, name, keyVersion: key.keyVersion }, kind, prekey);
    return { id: prekey.id, key: prekey.key, signature: await signAsync(text, key.seed) };
  }

  async function begin({ signed, lastResort, oneTime = [], drop = false }: Publication): Promise<void> {
    const body = {
      ...(signed !== undefined && { signed: await sealed("signed", signed) }),
      ...(lastResort !== undefined && { lastResort: await sealed("lastResort", lastResort) }),
      oneTime: oneTime.map(({ id, key }) => ({ id, key })).sort((one, other) => one.id - other.id),
      replace: drop,
    };
    const pending = { id: newRequestId(), time: facts.now(), body, ...(await present()) };
    await book.change((page) => page.put(PUBLICATION, "", pending));
  }

  /** Asks for the publication in the book. Returns how many one-time prekeys there are then. */
  async function perform(): Promise<number> {
    const pending = book.get(PUBLICATION);
    if (pending === undefined) return 0;
    const { id, body, signer, epoch } = pending;
    // If it took effect, and what it brought is void since, the same prekeys must not be brought again.
    const signAsThen = signWhile(sign, async () => {
      const now = await present();
      return now.epoch === epoch && sameKey(now.signer, signer);
    });
    try {
      const { count } = await askHome("publish", body, { id, sign: signAsThen });
      const { known } = await standing();
      const publications = (book.get(PREKEYS)?.publications ?? 0) + 1;
      const after = { ...afterPublication(known, body, publications), signer, epoch, publications };
      await book.change((page) => {
        page.put(PREKEYS, "", after);
        page.erase(PUBLICATION, "");
      });
      return count;
    } catch (error) {
      if (error instanceof AccountError && isFinal(error)) await book.change((page) => page.erase(PUBLICATION, ""));
      throw error;
    }
  }

  /** Finds out what became of the publication that we have not heard of. */
  async function settle(): Promise<void> {
    const pending = book.get(PUBLICATION);
    if (pending === undefined) return;
    if (facts.now() - pending.time < REPEATABLE) {
      await perform().catch((error: unknown) => {
        if (!(error instanceof AccountError) || !isFinal(error)) throw error;
      });
      return;
    }
    const { known } = await standing();
    const { signer, epoch } = await present();
    const publications = book.get(PREKEYS)?.publications ?? 0;
    await book.change((page) => {
      page.put(PREKEYS, "", { ...known, signer, epoch, publications, whole: false });
      page.erase(PUBLICATION, "");
    });
  }

  return {
    publish(publication) {
      return inOrder(async () => {
        check(publication);
        await settle();
        await begin(publication);
        return perform();
      });
    },
    supply() {
      return inOrder(async () => {
        await settle();
        const answer = await askHome("prekeys", {}, { sign });
        const { known, isVoid } = await standing();
        const compared = await compareRest(known, answer);
        const published = book.get(PREKEYS);
        if (compared.verdict === "yes" && published !== undefined && !isVoid) {
          const { rest: oneTime } = compared;
          await book.change((page) => page.put(PREKEYS, "", { ...published, oneTime, whole: true }));
        }
        return {
          left: answer.count,
          most: answer.most,
          ...(answer.signed !== undefined && { signed: supplyOf(answer.signed) }),
          ...(answer.lastResort !== undefined && { lastResort: supplyOf(answer.lastResort) }),
          asPublished: compared.verdict === "unknown" ? undefined : compared.verdict === "yes",
          void: isVoid,
        };
      });
    },
  };
}

function check({ signed, lastResort, oneTime = [] }: Publication): void {
  const all = [
    ...oneTime,
    ...(signed === undefined ? [] : [signed]),
    ...(lastResort === undefined ? [] : [lastResort]),
  ];
  if (all.some(({ id, key }) => !Number.isSafeInteger(id) || id < 0 || key.length === 0))
    throw new RangeError("a prekey is a number from 0 and a key that is not empty");
  if (new Set(oneTime.map(({ id }) => id)).size < oneTime.length)
    throw new RangeError("two one-time prekeys have the same number");
  if (oneTime.length > PREKEYS_AT_ONCE || all.some(({ key }) => key.length > PREKEY_BYTES))
    throw new AccountError("tooLarge");
}

/** What there is after a publication. */
function afterPublication(
  before: KnownPrekeys,
  { signed, lastResort, oneTime, replace }: PendingPublication["body"],
  publication: number,
): KnownPrekeys {
  const isNew = new Set(oneTime.map(({ id }) => id));
  const kept = replace ? [] : before.oneTime.filter(({ id }) => !isNew.has(id));
  const all = [...kept, ...oneTime.map((prekey) => ({ ...prekey, publication }))];
  const isRenewed = signed !== undefined && lastResort !== undefined && replace;
  const present = { signed: signed ?? before.signed, lastResort: lastResort ?? before.lastResort };
  return {
    ...(present.signed !== undefined && { signed: present.signed }),
    ...(present.lastResort !== undefined && { lastResort: present.lastResort }),
    oneTime: all.slice(-REMEMBERED).sort((one, other) => one.id - other.id),
    whole: (before.whole || isRenewed) && all.length <= REMEMBERED,
  };
}

function supplyOf({ id, hour }: PublishedPrekey): SupplyOf {
  return { id, at: hour * HOUR_MS };
}
