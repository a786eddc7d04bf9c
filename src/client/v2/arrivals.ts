/**
 * Takes in what comes of our mailbox, pushed or fetched: each item is in the book before it is acknowledged, and only
 * once, whatever is brought again. Acknowledgements are gathered and repeated until they are answered; what is missing
 * is fetched.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import type { Item, ItemPage } from "../../protocol/v2/reply.js";
import { HOUR_MS } from "../../util/time.js";
import type { AccountEvent } from "./account-event.js";
import { type Book, eraseOldest, type Page } from "./book.js";
import type { AskHome, Sign } from "./inquiry.js";
import { settle } from "./outgoing-states.js";
import { authorOf } from "./reading.js";
import { contains, floorOf, greatestOf, type Ranges, sizeOf, withoutRange, withRange } from "./ranges.js";
import { signWhile } from "./signing.js";
import { DIRECTORY, INCOMING, incomingKey, INTAKE, type Intake, KNOWN } from "./tables.js";
import type { Worker } from "./worker.js";

export interface Arrivals {
  /** The directory has pushed these. */
  pushed(page: ItemPage): Promise<void>;
  /** Sequences of our mailbox go up to this. */
  upTo(sequence: number): void;
  /** Acknowledges what is owed, as far as one request goes. To be run by a worker. */
  acknowledge(): Promise<void>;
  /** Fetches until there is no more. To be run by a worker. */
  fetch(): Promise<void>;
}

export interface ArrivalsComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** SURBs that are believed to be left for pushes. */
  readonly surbsLeft: () => number;
  readonly acknowledger: () => Pick<Worker, "wake">;
  readonly fetcher: () => Pick<Worker, "wake">;
  /** There may be more in the book to be read. */
  readonly arrived: () => void;
  readonly observe: (event: AccountEvent) => void;
}

/** Times in milliseconds. */
export interface ArrivalsOptions {
  /** How long acknowledgements may be gathered. */
  readonly ackDelay: number;
  /** How long a push that overtook another one is waited for. */
  readonly gapDelay: number;
}

/** So many items are acknowledged at once. */
const ACK_AT_ONCE = 32;
/** Ranges that an acknowledgement can have. */
const MAX_RANGES = 32;
/** Pushes that we want to be covered at any time. */
const SURBS_WANTED = 6;
/** With fewer left, pushes may stop: an acknowledgement brings more. */
const SURBS_LOW = 2;
/** SURBs of a fetch: with three it takes one packet, with ten three. */
const FETCH_SURBS = 3;
const FETCH_SURBS_MORE = 10;
const MAX_SURBS = 255;
/** Messages that are known again by sender and id where sequences say nothing: after a restore, or when one is sent anew. */
const KNOWN_MESSAGES = 10_000;

/** The arrivals of the account in the book. */
export function createArrivals(components: ArrivalsComponents, options: ArrivalsOptions): Arrivals {
  const { book, askHome, sign, now, surbsLeft, acknowledger, fetcher, arrived, observe } = components;
  let fullSince: number | undefined;

  function intake(): Intake {
    const epoch = book.get(DIRECTORY)?.epoch ?? 0;
    const before = book.get(INTAKE);
    return before?.epoch === epoch ? before : { epoch, seen: [], owed: [] };
  }

  /** `settled`: these will not come any more, unless they are among the items. */
  async function take({ items, fullSince: since }: ItemPage, settled?: { first: number; last: number }): Promise<void> {
    await book.change((page) => {
      let { seen, owed } = intake();
      for (const item of items) {
        const { sequence } = item;
        if (!contains(seen, sequence)) put(page, item);
        seen = withRange(seen, sequence, sequence);
        owed = withRange(owed, sequence, sequence);
      }
      if (settled !== undefined) seen = withRange(seen, settled.first, settled.last);
      page.put(INTAKE, "", { ...intake(), seen, owed });
      eraseOldest(book, page, KNOWN, { most: KNOWN_MESSAGES, time: (at) => at });
    });
    arrived();
    const { owed } = intake();
    if (owed.length > 0)
      acknowledger().wake(sizeOf(owed) >= ACK_AT_ONCE || surbsLeft() <= SURBS_LOW ? 0 : options.ackDelay);
    if (since !== undefined && since !== fullSince) observe({ type: "mailboxWasFull", since: since * HOUR_MS });
    fullSince = since;
  }

  /** Puts a new item into the book. */
  function put(page: Page, item: Item): void {
    if (item.kind === "receipt") {
      settle(book, page, item.id, item.state);
      return;
    }
    const sender = authorOf(item);
    if (sender !== undefined && "id" in item) {
      const message = `${sender.toLowerCase()} ${bytesToHex(item.id)}`;
      if (page.get(KNOWN, message) !== undefined) return;
      page.put(KNOWN, message, now());
    }
    page.put(INCOMING, incomingKey(intake().epoch, item.sequence), item);
  }

  function missing(): boolean {
    const { seen } = intake();
    return floorOf(seen) < greatestOf(seen);
  }

  return {
    async pushed(page) {
      await take(page);
      if (page.more) fetcher().wake();
      else if (missing()) fetcher().wake(options.gapDelay);
    },

    upTo(sequence) {
      if (floorOf(intake().seen) < sequence) fetcher().wake();
    },

    async acknowledge() {
      const { owed, epoch } = intake();
      const ranges = owed.slice(0, MAX_RANGES);
      if (ranges.length === 0) return;
      const surbs = 2 + Math.max(0, SURBS_WANTED - surbsLeft());
      // In another epoch these sequences are those of other messages: it must not be told in that one's name.
      const signInEpoch = signWhile(sign, () => intake().epoch === epoch);
      await askHome("ack", { ranges }, { sign: signInEpoch, surbs });
      await book.change((page) => {
        const { seen, owed: rest, epoch: present } = intake();
        if (present !== epoch) return;
        const left = ranges.reduce<Ranges>((set, { first, last }) => withoutRange(set, first, last), rest);
        page.put(INTAKE, "", { epoch, seen, owed: left });
      });
      if (intake().owed.length > 0) acknowledger().wake(options.ackDelay);
    },

    async fetch() {
      let surbs = FETCH_SURBS;
      for (;;) {
        const before = intake();
        const [after, greatest] = [floorOf(before.seen), greatestOf(before.seen)];
        const page = await askHome("fetch", { after, packets: surbs }, { sign, surbs });
        if (intake().epoch !== before.epoch) continue;
        const brought = page.items.at(-1)?.sequence;
        // What was stored before we asked, and is not on the page, has been acknowledged or has expired.
        const last = page.more ? (brought ?? after) : Math.max(greatest, brought ?? 0);
        await take(page, { first: after + 1, last });
        if (!page.more) return;
        // The SURBs of all these add up at the directory: next time it may be enough.
        if (brought === undefined && surbs >= MAX_SURBS) return;
        surbs = brought === undefined ? Math.min(MAX_SURBS, 2 * surbs) : FETCH_SURBS_MORE;
      }
    },
  };
}
