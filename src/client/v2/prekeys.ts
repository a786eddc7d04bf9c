/**
 * Prekeys: keys with which others begin a conversation while their owner is away. What they are for is the program's affair;
 * the account signs its own, takes those of others, and keeps account of both. `docs/protocol.md`, section 18.
 */
import { createPrekeySupply, type Publication, type Supply } from "./prekey-supply.js";
import { createPrekeyTake, type PrekeyTakeComponents, type TakenPrekeys } from "./prekey-take.js";

/** What an account can do with prekeys, its own and those of others. All reject with an `AccountError`. */
export interface Prekeys {
  /**
   * Publishes prekeys, signed with the present key where they must be. Resolves with how many one-time prekeys there are
   * then. A one-time prekey should be published once, whatever becomes of it. Errors: `tooLarge` when a key has more than
   * `PREKEY_BYTES` bytes, or there are too many at once or together; `unauthorized` when our key, or the directory's epoch, has
   * changed meanwhile: publish others then. Rejects with a RangeError for what cannot be prekeys.
   */
  publish(publication: Publication): Promise<number>;
  /**
   * Takes prekeys of somebody else. One that timed out is repeated by the next for the same name, and gives what that would have
   * given. Errors: `notFound`; `notApplicable` when there is nothing to take; `recipientV1`; `keyChanged` when the directory has another
   * key than the one that we trust; `unverified` when a prekey is not signed by that.
   */
  take(name: string): Promise<TakenPrekeys>;
  /** Asks what the directory has of our own, and compares it with what we have published. */
  supply(): Promise<Supply>;
}

/** The prekeys of the account in the book. */
export function createPrekeys(components: PrekeyTakeComponents): Prekeys {
  return { ...createPrekeySupply(components), take: createPrekeyTake(components) };
}
