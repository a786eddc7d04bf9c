/**
 * Keeps the account reachable: asks from time to time how it stands, which shows whether the directory still knows the way
 * to us, keeps that way fresh and brings SURBs for pushes; logs in again when it does not, and has fetched what waits.
 */
import type { NymAddress } from "../../protocol/nym-client/address.js";
import { HOUR_MS, type Clock } from "../../util/time.js";
import { AccountError } from "./account-error.js";
import type { AccountEvent } from "./account-event.js";
import type { Arrivals } from "./arrivals.js";
import type { Book } from "./book.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { AskHome, Sign } from "./inquiry.js";
import type { Membership } from "./membership.js";
import type { Outbox } from "./outbox.js";
import { IDENTITY } from "./tables.js";

export interface Presence {
  /** Sees to it that messages come here. To be run by a worker, and again after each interval. */
  appear(): Promise<void>;
  /** The directory has just been told where we are. */
  arrived(): void;
  /** The Nym client, the directory's memory or who we are may be another one now. */
  forget(): void;
}

export interface PresenceComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
  readonly membership: Pick<Membership, "stay">;
  readonly arrivals: Pick<Arrivals, "upTo">;
  readonly outbox: Pick<Outbox, "review" | "wakeAll">;
  /** Monotonic is enough. */
  readonly clock: Clock;
  readonly lookups: () => NymAddress;
  /** Goes to another home, if there is one. */
  readonly move: () => Promise<void>;
  readonly observe: (event: AccountEvent) => void;
}

/** SURBs of a status: with three it takes one packet. */
const SURBS = 3;
/** After so many unanswered times in a row home may be gone. */
const SILENCES = 2;
/** How often we ask what has become of our messages, of which a receipt may have been lost: in a full mailbox. */
const REVIEW_EVERY = HOUR_MS;

/** The presence of the account in the book. */
export function createPresence(components: PresenceComponents): Presence {
  const { book, askHome, sign, facts, membership, arrivals, outbox, clock, observe } = components;
  let present = false;
  let silences = 0;
  let reviewed = -Infinity;

  function arrived(): void {
    if (!present) observe({ type: "loggedIn" });
    present = true;
  }

  async function stand(): Promise<void> {
    const status = await askHome("status", {}, { sign, surbs: SURBS });
    if (!status.routed) {
      present = false;
      await membership.stay();
    }
    // Whoever has logged out meanwhile is not brought back by what was asked before.
    if (book.get(IDENTITY)?.status !== "registered") return;
    arrived();
    arrivals.upTo(status.lastSequence);
    if (clock() - reviewed < REVIEW_EVERY) return;
    await outbox.review();
    reviewed = clock();
  }

  return {
    async appear() {
      if (book.get(IDENTITY)?.status !== "registered") return;
      try {
        await stand();
        silences = 0;
      } catch (error) {
        if (!(error instanceof AccountError) || error.code !== "timeout") throw error;
        silences++;
        if (silences < SILENCES) throw error;
        silences = 0;
        // Elsewhere one may know that home is not an address of the directory any more.
        await facts.refresh(components.lookups()).catch(() => undefined);
        await components.move();
        throw error;
      }
      outbox.wakeAll();
    },
    arrived,
    forget() {
      present = false;
      reviewed = -Infinity;
    },
  };
}
