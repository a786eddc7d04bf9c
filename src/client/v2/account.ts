/**
 * An account: one name at one directory, in protocol v2. What it is to send is kept until the directory has stored it, what
 * comes is kept until it was read, and both outlive the process in its record store.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import { replyPackets } from "../../protocol/packets.js";
import type { AccountStatus } from "../../protocol/v2/reply.js";
import type { StatedUser } from "../../protocol/v2/stated-user.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";
import { createQueue } from "../queue.js";
import type { Transport } from "../transport.js";
import { AccountError } from "./account-error.js";
import type { AccountEvent, News } from "./account-event.js";
import { type AccountOptions, type AccountSettings, settingsOf } from "./account-options.js";
import { type AccountParts, joinParts } from "./account-parts.js";
import { type Book, openBook } from "./book.js";
import type { ContactKeyChange } from "./contact-keys.js";
import type { Groups } from "./groups.js";
import type { History } from "./history.js";
import type { RecoveryKey } from "./key-change.js";
import type { Pending, SendOptions } from "./outbox.js";
import type { People } from "./people.js";
import type { Prekeys } from "./prekeys.js";
import { createMemoryRecordStore, type RecordStore } from "./record-store.js";
import { publicKeyOf, type Seed } from "./seeds.js";
import { presentOf } from "./signing.js";
import { IDENTITY } from "./tables.js";

/** What an account works with. */
export interface AccountComponents {
  /** Not started yet: the account starts it, and closes it in the end. */
  readonly transport: Transport;
  /** Default: in memory. */
  readonly store?: RecordStore;
  readonly observe?: (event: AccountEvent) => void;
  /** 0 to 1; picks among several addresses of a directory, and pauses. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Opens the account in a store and connects it; it logs in by itself if it has a name. Rejects with `NotConnectedError`
 * when there is no Nym client, with a RangeError for options that cannot be, and with an `AccountError` when the store is of
 * another directory than the one that is trusted.
 */
export async function openAccount(components: AccountComponents, options: AccountOptions): Promise<Account> {
  const settings = settingsOf(options);
  const book = await openBook(components.store ?? createMemoryRecordStore());
  const account = new Account(book, components, settings);
  await account.start();
  return account;
}

/** An account, made by `openAccount`. Its methods reject with an `AccountError`. */
export class Account implements AsyncDisposable {
  readonly #book: Book;
  readonly #transport: Transport;
  readonly #observe: (event: AccountEvent) => void;
  readonly #closing = new AbortController();
  readonly #parts: AccountParts;
  /** One change of who we are at a time. */
  readonly #inOrder = createQueue();

  constructor(book: Book, { transport, observe, random }: AccountComponents, settings: AccountSettings) {
    this.#book = book;
    this.#transport = transport;
    this.#observe = observe ?? (() => undefined);
    const common = { book, transport, closing: this.#closing.signal, observe: this.#observe };
    this.#parts = joinParts({ ...common, random: random ?? Math.random }, settings);
  }

  /** Called by `openAccount`. */
  async start(): Promise<void> {
    const arriving = createQueue();
    await this.#transport.start({
      message: (message) => void arriving(() => this.#take(message)),
      connected: (address) => {
        this.#observe({ type: "connected", address });
        this.#parts.inquiry.forgetSurbs();
        this.#parts.presence.forget();
        const { acknowledger, keeper, reader } = this.#parts.workers;
        for (const worker of [acknowledger, keeper, reader]) worker.wake();
        this.#parts.outbox.wakeAll();
      },
      disconnected: () => this.#observe({ type: "disconnected" }),
    });
  }

  /** Is the Nym client there? */
  get connected(): boolean {
    return this.#transport.connected;
  }

  /** The account's name, as it was registered; `undefined` when it has none. */
  get name(): string | undefined {
    const identity = this.#book.get(IDENTITY);
    return identity === undefined || identity.status === "claimed" ? undefined : identity.name;
  }

  /** The account's present public key. */
  async publicKey(): Promise<Ed25519Key> {
    return publicKeyOf(presentOf(this.#book.get(IDENTITY)).key.seed);
  }

  /**
   * The account's secret keys, the present one last: with that one another device adopts the name, and with the others it reads
   * the copies that they have sealed (`history`). Who has the last one is the account. Empty without a name.
   */
  seeds(): readonly Seed[] {
    return this.#book.get(IDENTITY)?.keys.map(({ seed }) => seed) ?? [];
  }

  /**
   * Takes a name, with a key that is made and kept in the store; messages come here from then on. Registering again what
   * is ours already succeeds. `recovery`: the public key of a recovery key. Errors: `nameUnavailable`, `nameInvalid`,
   * `alreadyRegistered`.
   */
  register(name: string, recovery?: Ed25519Key): Promise<void> {
    return this.#inOrder(async () => {
      await this.#parts.membership.register(name, recovery);
      this.#isHere();
    });
  }

  /** Has the account's messages come here, which happens by itself unless it was logged out. */
  login(): Promise<void> {
    return this.#inOrder(async () => {
      await this.#parts.membership.login();
      this.#isHere();
      this.#parts.workers.fetcher.wake();
    });
  }

  /** Has the messages of a name come here whose key is brought from elsewhere. Errors: `notFound`, `keyReplaced`. */
  adopt(name: string, seed: Seed): Promise<void> {
    return this.#inOrder(async () => {
      await this.#parts.membership.adopt(name, seed);
      await this.#parts.membership.login();
      this.#isHere();
      this.#parts.workers.fetcher.wake();
    });
  }

  /** Has them come nowhere, until `login`. */
  logout(): Promise<void> {
    return this.#inOrder(async () => {
      await this.#parts.membership.logout().finally(() => this.#parts.presence.forget());
    });
  }

  /** Replaces the account's key, and the recovery key by another one (public) if there is one. */
  rotate(recovery?: Ed25519Key): Promise<void> {
    return this.#inOrder(async () => {
      await this.#parts.keyChanges.rotate(recovery);
      this.#isElsewhere();
    });
  }

  /** Takes a name back with its recovery key: with a new key, and its messages come here. Errors: `recoveryClosed`. */
  recover(name: string, by: RecoveryKey): Promise<void> {
    return this.#inOrder(async () => {
      await this.#parts.keyChanges.recover(name, by);
      this.#isElsewhere();
    });
  }

  /** Gives the name back, which is then held for a time, and everything with it that waits for us. */
  release(): Promise<void> {
    return this.#inOrder(async () => {
      await this.#parts.membership.release();
      this.#parts.presence.forget();
      this.#parts.workers.reader.wake();
    });
  }

  /** Other users: who is a contact, who asks to be one, who is blocked, and who may write to us. */
  get people(): People {
    return this.#parts.people;
  }

  /** Groups: what we know of ours, and what we change about them. */
  get groups(): Groups {
    return this.#parts.groups;
  }

  /** Keys with which a conversation begins while one side is away: our own, and those of others. */
  get prekeys(): Prekeys {
    return this.#parts.prekeys;
  }

  /** What the directory has kept for us of what we sent, and what waits there to be read. */
  get history(): History {
    return this.#parts.history;
  }

  /**
   * Who is registered under a name, whatever its case, as the directory has signed it? Asks each time. Whom we have not
   * seen before is known from then on; the key of one whom we have is never changed by this.
   */
  lookup(name: string): Promise<StatedUser | undefined> {
    return this.#parts.contacts.lookup(name);
  }

  /** What we know of somebody whose key we trust, whatever the case of the name. */
  contact(name: string): StatedUser | undefined {
    return this.#parts.contacts.known(name);
  }

  contacts(): readonly StatedUser[] {
    return this.#parts.contacts.all();
  }

  /**
   * How the key of a contact has changed since the one that we trust, and whether that proves it; none when it has not. Nothing is
   * trusted by this. Errors: `notFound`, `recipientV1`, `unverified` when the directory contradicts itself.
   */
  keyChanges(name: string): Promise<readonly ContactKeyChange[]> {
    return this.#parts.contactKeys.changes(name);
  }

  /** Trusts the key that the directory has for a name now; what waited for that goes on. Errors: `notFound`. */
  async trust(name: string): Promise<StatedUser> {
    const user = await this.#parts.contacts.trust(name);
    this.#parts.desk.trusted();
    this.#parts.workers.reader.wake();
    this.#parts.outbox.wakeAll();
    return user;
  }

  /**
   * Sends a text, encrypted to the key that we have trusted for the recipient since we first saw it. Resolves when it is
   * in the store, with its id: it is sent when that is possible, and what becomes of it is in the news. Errors:
   * `notRegistered`, `nameInvalid`, `tooLarge`.
   */
  async send(recipient: string, text: string, options: SendOptions = {}): Promise<string> {
    if (this.name === undefined) throw new AccountError("notRegistered");
    return bytesToHex(await this.#parts.outbox.put(recipient, text, options));
  }

  /** The messages of ours that wait to be stored, or to be delivered, in the order in which they were sent. */
  pending(): readonly Pending[] {
    return this.#parts.outbox.pending();
  }

  /**
   * What happened: messages that came, and what became of ours. For one reader at a time; each is kept in the store until
   * the reader asks for the next one. Ends when the account is closed.
   */
  news(): AsyncIterable<News> {
    return this.#parts.desk.news;
  }

  /** How the account stands at the directory. */
  status(): Promise<AccountStatus> {
    return this.#parts.askHome("status", {}, { sign: this.#parts.sign });
  }

  /** Ends everything; what is under way rejects with `closed`. */
  async close(): Promise<void> {
    this.#closing.abort(new AccountError("closed"));
    this.#parts.desk.close();
    await this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #take(message: Uint8Array): Promise<void> {
    const taken = this.#parts.inquiry.take(message);
    if (taken.kind === "foreign" || taken.kind === "forged") {
      this.#observe({ type: "dropped", reason: taken.kind });
      return;
    }
    const [bytes, packets] = [message.length, replyPackets(message.length)];
    const action = taken.kind === "push" ? "push" : taken.action;
    if (action !== undefined) this.#observe({ type: "received", action, bytes, packets });
    if (taken.kind === "reply" && taken.stray) this.#observe({ type: "dropped", reason: "stray" });
    // What cannot be written down is not acknowledged, and so comes again.
    if (taken.kind === "push") await this.#parts.arrivals.pushed(taken.push).catch(() => undefined);
  }

  /** The directory has just been told where we are. */
  #isHere(): void {
    const { presence, later, outbox } = this.#parts;
    presence.arrived();
    later();
    outbox.wakeAll();
  }

  /** It has just forgotten. */
  #isElsewhere(): void {
    this.#parts.presence.forget();
    this.#parts.workers.keeper.wake();
  }
}
