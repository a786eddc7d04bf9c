/**
 * Sends what is in the book to be sent: to each recipient one message after the other, each under its id until there is an
 * answer. What cannot be sent now waits, through restarts, for as long as the message is good.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import { BODY_BYTES } from "../../protocol/v2/end-to-end.js";
import { GROUP_BODY_BYTES } from "../../protocol/v2/group-messages.js";
import type { GroupId } from "../../protocol/v2/groups.js";
import type { RequestId } from "../../protocol/v2/terms.js";
import { AccountError, type AccountErrorCode, isVerdict } from "./account-error.js";
import type { AccountEvent, Fate } from "./account-event.js";
import type { Book } from "./book.js";
import type { DirectPost } from "./direct-post.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { GroupPost } from "./group-post.js";
import { type AskHome, newRequestId, type Sign } from "./inquiry.js";
import { groupOf, nameOf } from "./names.js";
import { findOutgoing, settle } from "./outgoing-states.js";
import { OUTGOING, type Outgoing } from "./tables.js";
import { createWorker, type Worker, type WorkerOptions } from "./worker.js";

/** How a message is to be sent. */
export interface SendOptions {
  /** Whole hours for which it is good; default: as many as the directory keeps messages. */
  readonly hours?: number;
  /** Whether we want to be told when it is delivered. Default true. */
  readonly receipt?: boolean;
  /** Whether the directory is to keep a copy for us, that only we can read: see `history`. Default false. */
  readonly copy?: boolean;
}

/** A message of ours whose end is not known yet. */
export interface Pending {
  /** 32 hexadecimal digits, as in the news. */
  readonly id: string;
  readonly recipient: string;
  /** Is `recipient` the id of a group? */
  readonly toGroup: boolean;
  readonly state: "waiting" | Extract<Fate, "stored">;
}

export interface Outbox {
  /** Puts a text into the book, to be sent. Resolves with its id. Errors: `nameInvalid`, `tooLarge`. */
  put(recipient: string, text: string, options: SendOptions): Promise<RequestId>;
  /** The same, for a group; it has no receipt, since many will get it. Errors: `tooLarge`. */
  putForGroup(group: GroupId, text: string, options: Pick<SendOptions, "hours" | "copy">): Promise<RequestId>;
  /** A key of ours is to be handed to somebody in this group. */
  wakeGroup(group: GroupId): void;
  /** The messages that wait to be stored, or to be delivered, in the order in which they were put. */
  pending(): readonly Pending[];
  /** There may be something that can be sent now. */
  wakeAll(): void;
  /** Asks what has become of the messages that were stored, and sends those again that the directory has lost. */
  review(): Promise<void>;
}

export interface OutboxComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
  readonly directPost: DirectPost;
  readonly groupPost: GroupPost;
  /** Groups in which somebody needs keys of ours again, and what hands them out. */
  readonly owed: () => readonly GroupId[];
  readonly handAgain: (group: GroupId) => Promise<void>;
  /** Something is in the book to be read. */
  readonly arrived: () => void;
  readonly observe: (event: AccountEvent) => void;
}

const SECONDS_OF_HOUR = 3_600;
/** How long a message is good when nobody has said. */
const DEFAULT_HOURS = 720;
/** Ids of one `receipts` that fit a packet with two SURBs. */
const IDS_AT_ONCE = 28;
/** So many recipients are sent to at once. */
const LANES = 8;

/** The outbox of the account in the book. */
export function createOutbox(components: OutboxComponents, options: Omit<WorkerOptions, "failed">): Outbox {
  const { book, askHome, sign, facts, directPost, groupPost, owed, handAgain, arrived, observe } = components;
  const workers = new Map<string, Worker>();
  let busy = 0;

  function waiting(lane?: string): Outgoing[] {
    const all = book.entries(OUTGOING).map(([, message]) => message);
    return all.filter((each) => each.state === "waiting" && (lane === undefined || laneOf(each) === lane));
  }

  function workerFor(to: Destination): Worker {
    const key = laneOf(to);
    const known = workers.get(key);
    if (known !== undefined) return known;
    const work = async (): Promise<void> => {
      if (busy >= LANES) {
        worker.wake(options.pause[0]);
        return;
      }
      busy++;
      try {
        if (to.toGroup) await handAgain(groupOf(to.recipient));
        for (let [next] = waiting(key); next !== undefined; [next] = waiting(key)) await post(next);
      } finally {
        busy--;
      }
    };
    const failed = (error: AccountError): void => {
      if (error.code === "keyChanged" && !to.toGroup) observe({ type: "keyChanged", contact: to.recipient });
    };
    const worker = createWorker(work, { ...options, failed });
    workers.set(key, worker);
    return worker;
  }

  function isOver({ time, hours }: Outgoing): boolean {
    const most = hours ?? facts.known?.maxHours ?? DEFAULT_HOURS;
    return facts.now() > time + most * SECONDS_OF_HOUR;
  }

  async function end(id: RequestId, state: "stored" | "expired" | "failed", code?: AccountErrorCode): Promise<void> {
    await book.change((page) => void settle(book, page, id, state, code));
    arrived();
  }

  async function post(message: Outgoing): Promise<void> {
    const { id } = message;
    // What was sent may have been stored: the directory knows.
    if (isOver(message)) return message.body === undefined ? end(id, "expired") : ask([message]);
    try {
      if (message.toGroup) await groupPost.post(message, groupOf(message.recipient));
      else await directPost.post(message);
    } catch (error) {
      // Nothing is wrong with a message that waits for its recipient's new key to be trusted.
      if (!(error instanceof AccountError) || !isVerdict(error) || error.code === "keyChanged") throw error;
      return end(id, "failed", error.code);
    }
    await end(id, "stored");
  }

  /** Asks what has become of these, and puts that into the book. */
  async function ask(messages: readonly Outgoing[]): Promise<void> {
    const { states } = await askHome("receipts", { ids: messages.map(({ id }) => id) }, { sign });
    await book.change((page) => {
      for (const [index, { id }] of messages.entries()) {
        const state = states[index] ?? "unknown";
        const [at, message] = findOutgoing(book, id) ?? [];
        if (at === undefined || message === undefined) continue;
        if (state !== "unknown") settle(book, page, id, state);
        else if (isOver(message)) settle(book, page, id, "expired");
        else if (message.body !== undefined) page.put(OUTGOING, at, { ...message, state: "waiting" });
      }
    });
    arrived();
  }

  /** Puts a message into the book; its body has so many bytes besides its text. */
  async function append(
    { hours, ...what }: Omit<Outgoing, "id" | "time" | "state" | "hours"> & { readonly hours: number | undefined },
    frame: number,
  ): Promise<RequestId> {
    const bytes = new TextEncoder().encode(what.text).length + frame;
    if (facts.known !== undefined && bytes > facts.known.maxBody) throw new AccountError("tooLarge");
    const made = { id: newRequestId(), time: facts.now(), state: "waiting" } as const;
    const message = { ...what, ...(hours !== undefined && { hours }), ...made };
    await book.change((page) => page.append(OUTGOING, message));
    workerFor(message).wake();
    return message.id;
  }

  const outbox: Outbox = {
    put: (to, text, { hours, receipt = true, copy = false }) =>
      append({ recipient: nameOf(to), toGroup: false, text, receipt, copied: copy, hours }, BODY_BYTES),
    putForGroup: (group, text, { hours, copy = false }) =>
      append(
        { recipient: bytesToHex(group), toGroup: true, text, receipt: false, copied: copy, hours },
        GROUP_BODY_BYTES,
      ),
    pending: () =>
      book
        .entries(OUTGOING)
        .flatMap(([, { id, recipient, toGroup, state }]) =>
          state === "waiting" || state === "stored" ? [{ id: bytesToHex(id), recipient, toGroup, state }] : [],
        ),
    wakeGroup: (group) => workerFor({ recipient: bytesToHex(group), toGroup: true }).wake(),
    wakeAll() {
      for (const message of waiting()) workerFor(message).wake();
      for (const group of owed()) outbox.wakeGroup(group);
    },
    async review() {
      const stored = book.entries(OUTGOING).flatMap(([, each]) => (each.state === "stored" ? [each] : []));
      for (let at = 0; at < stored.length; at += IDS_AT_ONCE) await ask(stored.slice(at, at + IDS_AT_ONCE));
      outbox.wakeAll();
    },
  };
  return outbox;
}

type Destination = Pick<Outgoing, "recipient" | "toGroup">;

/** What goes to one destination goes one after the other. No name has such a sign. */
function laneOf({ recipient, toGroup }: Destination): string {
  return toGroup ? `#${recipient}` : recipient.toLowerCase();
}
