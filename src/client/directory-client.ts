/**
 * A user of a directory: registers or logs in, looks others up, sends them end-to-end-encrypted messages and receives
 * theirs. Requests are repeated until they are answered, answers are not mistaken for one another, and neither what we
 * send nor what we receive takes effect twice.
 */
import type { NymAddress } from "../protocol/nym-client/address.js";
import { anonymousPackets } from "../protocol/packets.js";
import type { KeyPair } from "../protocol/v1/key-pair.js";
import { isUsername } from "../protocol/v1/username.js";
import { type Addresses, createAddresses, somewhere } from "./addresses.js";
import type { ClientEvent } from "./client-event.js";
import { type ClientSettings, type DirectoryClientOptions, settingsOf } from "./client-options.js";
import { type ClientStore, type Contact, createMemoryClientStore } from "./client-store.js";
import { createDesk, type Desk } from "./desk.js";
import { ClientError } from "./errors.js";
import { createHome, type Home } from "./home.js";
import type { IncomingMessage } from "./incoming.js";
import { createKeepAlive, type KeepAlive } from "./keep-alive.js";
import { sameKey } from "./keys.js";
import { type Identity, login } from "./login.js";
import { type DirectoryEntry, lookup } from "./lookup.js";
import { createMailbox, type Mailbox } from "./mailbox.js";
import { seal, type SealedMessage, submit } from "./outgoing.js";
import { withPatience } from "./patience.js";
import { createReception, type ReceptionComponents } from "./reception.js";
import { register } from "./registration.js";
import type { SurbNeed } from "./surbs.js";
import type { Transport } from "./transport.js";

/** What a client works with. */
export interface DirectoryClientComponents {
  /** Not started yet: the client starts it, and closes it in the end. */
  readonly transport: Transport;
  /** Default: in memory. */
  readonly store?: ClientStore;
  readonly observe?: (event: ClientEvent) => void;
  /** 0 to 1; picks among several addresses of a directory. Default `Math.random`. */
  readonly random?: () => number;
}

/** Connects a user. Rejects with `NotConnectedError` when there is no Nym client, and with a RangeError for options that cannot be. */
export async function connectToDirectory(
  components: DirectoryClientComponents,
  options: DirectoryClientOptions,
): Promise<DirectoryClient> {
  const client = new DirectoryClient(components, settingsOf(options, components.random ?? Math.random));
  await client.start();
  return client;
}

/** A connected user, made by `connectToDirectory`. Its methods reject with a `ClientError`. */
export class DirectoryClient implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #store: ClientStore;
  readonly #observe: (event: ClientEvent) => void;
  readonly #settings: ClientSettings;
  readonly #addresses: Addresses;
  readonly #home: Home;
  readonly #closing = new AbortController();
  readonly #desk: Desk;
  readonly #keepAlive: KeepAlive;
  readonly #mailbox: Mailbox;
  /** Who we are; while that is being proven, who we claim to be. */
  #identity: Identity | undefined;
  #loggedIn = false;

  constructor({ transport, store, observe }: DirectoryClientComponents, settings: ClientSettings) {
    this.#transport = transport;
    this.#store = store ?? createMemoryClientStore();
    this.#observe = observe ?? (() => undefined);
    this.#settings = settings;
    this.#addresses = createAddresses(settings.addresses, settings.start);
    this.#home = createHome({
      addresses: this.#addresses,
      moved: (to) => this.#observe({ type: "moved", use: "home", to }),
      login: (at) => this.#login(at),
      loggedIn: () => this.#observe({ type: "loggedIn" }),
    });
    this.#keepAlive = createKeepAlive(settings.keepAlive, (need) => void this.#speak(need));
    this.#mailbox = createMailbox({
      store: this.#store,
      lookup: (name) => this.#find(name),
      observe: this.#observe,
      recipient: () => this.#identity?.keys,
    });
    this.#desk = createDesk(
      {
        transport,
        now: Date.now,
        closing: this.#closing.signal,
        requestSent: (request) => {
          if (request.to === this.#addresses.home) this.#keepAlive.heardFromUs();
          this.#observe({ type: "sent", ...request, packets: anonymousPackets(request.bytes, request.surbs) });
        },
      },
      settings.timing,
    );
  }

  /** Called by `connectToDirectory`. */
  async start(): Promise<void> {
    const incoming: ReceptionComponents["incoming"] = (content, dialect, packets) => {
      this.#keepAlive.pushed(packets);
      this.#mailbox.take(content, dialect);
    };
    const take = createReception({ desk: this.#desk, observe: this.#observe, incoming }, this.#settings.replyKey);
    await this.#transport.start({
      message: take,
      connected: (address) => {
        this.#observe({ type: "connected", address });
        if (this.#loggedIn) void this.#loginAgain();
      },
      disconnected: () => this.#observe({ type: "disconnected" }),
    });
  }

  /** Is the Nym client there? */
  get connected(): boolean {
    return this.#transport.connected;
  }

  /**
   * Takes a name for a key; messages come to us from then on. Registering again what is ours already succeeds. Errors:
   * `nameTaken`, `invalidName`.
   */
  async register(name: string, keys: KeyPair): Promise<void> {
    checkName(name);
    await this.#become({ name, keys }, (identity, at) => register(this.#desk, at, identity));
  }

  /** Has the messages for a name, spelt as it was registered, come to us. Errors: `noSuchUser`, `badSignature`. */
  async login(name: string, keys: KeyPair): Promise<void> {
    checkName(name);
    await this.#become({ name, keys }, (identity, at) => login(this.#desk.login, at, identity));
  }

  /**
   * Who is registered under a name, whatever its case? Asks the directory each time. Whom we have not seen before becomes
   * a contact; the key of one whom we have is never changed by this.
   */
  async lookup(name: string): Promise<DirectoryEntry | undefined> {
    const entry = await this.#find(name);
    const known = await this.#store.contact(name);
    if (entry !== undefined && known === undefined) await this.#store.saveContact({ ...entry, introduced: false });
    return entry;
  }

  /**
   * Sends a text, encrypted to the key that we have trusted for the recipient since we first saw it. Resolves when the
   * directory has stored it. Errors: `noSuchUser`, `notLoggedIn`, `notRegistered`, `tooLong`. After a `timeout` the
   * message may have been stored or not: to be able to repeat it without sending it twice, use `seal` and `submit`.
   */
  async send(recipient: string, text: string): Promise<void> {
    await this.submit(await this.seal(recipient, text));
  }

  /** Encrypts and signs a text, looking the recipient up if need be. */
  async seal(recipient: string, text: string): Promise<SealedMessage> {
    checkName(recipient);
    if (!this.#loggedIn || this.#identity === undefined) throw new ClientError("notLoggedIn");
    const sealed = await seal(text, await this.#contact(recipient), this.#identity);
    if (sealed.request.length > this.#settings.maxRequestBytes) throw new ClientError("tooLong");
    return sealed;
  }

  /** Leaves a sealed message with the directory. However often the same one is submitted, it is passed on once. */
  async submit(sealed: SealedMessage): Promise<void> {
    await this.#home.visit((at) => this.#patiently(() => submit(this.#desk.send, at, sealed)));
    const contact = await this.#store.contact(sealed.recipient);
    if (contact !== undefined && sealed.introduces) await this.#store.saveContact({ ...contact, introduced: true });
  }

  /** The messages that come in, for one reader: what came before it started reading too. Ends when the client is closed. */
  messages(): AsyncIterable<IncomingMessage> {
    return this.#mailbox.messages;
  }

  /** Ends everything; what is under way rejects with `closed`. */
  async close(): Promise<void> {
    this.#closing.abort(new ClientError("closed"));
    this.#keepAlive.stop();
    this.#mailbox.close();
    await this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Messages may come before the answer that says that we are who we claim to be. */
  async #become(identity: Identity, prove: (identity: Identity, at: NymAddress) => Promise<void>): Promise<void> {
    const before = this.#identity;
    this.#identity = identity;
    try {
      await this.#home.become((at) => this.#patiently(() => prove(identity, at)));
    } catch (error) {
      this.#identity = before;
      throw error;
    }
    this.#loggedIn = true;
    this.#keepAlive.start();
  }

  async #find(name: string): Promise<DirectoryEntry | undefined> {
    checkName(name);
    const moved = (to: NymAddress): void => this.#observe({ type: "moved", use: "lookups", to });
    const ask = (to: NymAddress): Promise<DirectoryEntry | undefined> =>
      lookup(this.#desk.query, name, { to, need: "answer" });
    return somewhere(this.#addresses, "lookups", ask, moved);
  }

  async #contact(name: string): Promise<Contact> {
    const known = await this.#store.contact(name);
    if (known !== undefined) return known;
    const entry = await this.lookup(name);
    if (entry === undefined) throw new ClientError("noSuchUser");
    return { ...entry, introduced: false };
  }

  /** Our tag may be another one since the connection came back. */
  async #loginAgain(): Promise<void> {
    try {
      await this.#home.loginAgain();
    } catch (error) {
      this.#loggedOut(error);
    }
  }

  /** Asks for our own name, which also shows whether it still stands for our key. */
  async #speak(need: SurbNeed): Promise<void> {
    const identity = this.#identity;
    if (identity === undefined) return;
    try {
      const entry = await this.#home.visit((to) => lookup(this.#desk.query, identity.name, { to, need }));
      if (entry === undefined) throw new ClientError("notRegistered");
      if (!sameKey(entry.publicKey, identity.keys.publicKey)) throw new ClientError("badSignature");
    } catch (error) {
      this.#loggedOut(error);
    }
  }

  #loggedOut(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#observe({ type: "loggedOut", code: error instanceof ClientError ? error.code : "refused" });
  }

  async #login(at: NymAddress): Promise<void> {
    const identity = this.#identity;
    if (identity !== undefined) await this.#patiently(() => login(this.#desk.login, at, identity));
  }

  #patiently<T>(conversation: () => Promise<T>): Promise<T> {
    return withPatience(conversation, this.#settings.timing, this.#closing.signal);
  }
}

function checkName(name: string): void {
  if (!isUsername(name)) throw new ClientError("invalidName");
}
