/**
 * Takes prekeys of others, and believes those that are signed by the key that we trust. What was not answered is asked for
 * again under the same id, by the next process too, so that it costs no second one-time prekey.
 */
import { verifyEd25519 } from "../../protocol/v2/ed25519.js";
import { isSameName, type UserName } from "../../protocol/v2/names.js";
import type { Prekey, SignedPrekey, SignedPrekeyKind } from "../../protocol/v2/prekeys.js";
import { prekeyText } from "../../protocol/v2/signed-texts.js";
import type { StatedUser } from "../../protocol/v2/stated-user.js";
import { HOUR_MS } from "../../util/time.js";
import { sameKey } from "../keys.js";
import { createKeyedQueue } from "../queue.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { Contacts } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import { type AskHome, newRequestId, type Sign } from "./inquiry.js";
import { isFinal } from "./key-change.js";
import { nameOf } from "./names.js";
import { type PendingTake, TAKES } from "./prekey-tables.js";

/** Prekeys of somebody else, with which a conversation can begin. */
export interface TakenPrekeys {
  /** Whose they are, with the key that we trust for them. */
  readonly user: StatedUser;
  /** Signed by that key, and when it was published, says the directory: milliseconds since 1970, rounded up to the hour. */
  readonly signed?: Prekey & { readonly at: number };
  /** Given to nobody else. It is not signed. */
  readonly oneTime?: Prekey;
  /** In its place, if there is one: given to others as well. Signed by that key. */
  readonly lastResort?: Prekey;
}

export interface PrekeyTakeComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "current">;
}

/** SURBs of a take: the largest answer is two packets. */
const SURBS = 3;
/** For so long a take is asked for again under its id: after it, the directory may not know any more what it gave. In seconds. */
const REPEATABLE = 86_400;

/** Takes for the account in the book. */
export function createPrekeyTake({
  book,
  askHome,
  sign,
  facts,
  contacts,
}: PrekeyTakeComponents): (name: string) => Promise<TakenPrekeys> {
  const byName = createKeyedQueue();

  /** The take of before that was not answered, or a new one, in the book. */
  async function begin(name: UserName, { key }: StatedUser): Promise<PendingTake> {
    const before = book.get(TAKES, name.toLowerCase());
    const isRepeatable = (take: PendingTake): boolean => facts.now() - take.time < REPEATABLE;
    if (before !== undefined && isRepeatable(before) && sameKey(before.key, key)) return before;
    const take = { id: newRequestId(), time: facts.now(), name, key };
    await book.change((page) => {
      for (const [at, old] of book.entries(TAKES)) if (!isRepeatable(old)) page.erase(TAKES, at);
      page.put(TAKES, name.toLowerCase(), take);
    });
    return take;
  }

  function end(name: string): Promise<void> {
    return book.change((page) => page.erase(TAKES, name.toLowerCase()));
  }

  async function ask({ id, name }: PendingTake) {
    try {
      const answer = await askHome("take", { name }, { id, sign, surbs: SURBS });
      await end(name);
      return answer;
    } catch (error) {
      if (error instanceof AccountError && isFinal(error)) await end(name);
      throw error;
    }
  }

  return (text) =>
    byName(text.toLowerCase(), async () => {
      const name = nameOf(text);
      const trusted = await contacts.current(name);
      if (trusted.algorithm === "p256") throw new AccountError("recipientV1");
      const { user, signed, oneTime, lastResort } = await ask(await begin(name, trusted));
      if (!isSameName(user.name, name)) throw new AccountError("unverified");
      if (user.algorithm !== trusted.algorithm || !sameKey(user.key, trusted.key)) throw new AccountError("keyChanged");
      const { identity: directory } = await facts.audience();
      const owner = { directory, name, keyVersion: user.keyVersion };
      const verified = async (kind: SignedPrekeyKind, { id, key, signature }: SignedPrekey): Promise<Prekey> => {
        const isSigned = await verifyEd25519(signature, prekeyText(owner, kind, { id, key }), trusted.key);
        if (!isSigned) throw new AccountError("unverified");
        return { id, key };
      };
      return {
        user: { name: user.name, algorithm: "ed25519", key: trusted.key, keyVersion: user.keyVersion },
        ...(signed !== undefined && { signed: { ...(await verified("signed", signed)), at: signed.hour * HOUR_MS } }),
        ...(oneTime !== undefined && { oneTime }),
        ...(lastResort !== undefined && { lastResort: await verified("lastResort", lastResort) }),
      };
    });
}
