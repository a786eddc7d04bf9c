/** The page, once it knows its directory: connect, be somebody, talk. */
import {
  ClientError,
  type ClientEvent,
  type DirectoryClient,
  type KeyPair,
  fingerprintOf,
  MixnetUnreachableError,
  type SealedMessage,
} from "nym-directory/client/browser";
import { type Chat, createChat } from "./chat.js";
import { connect } from "./connection.js";
import type { Settings } from "./settings.js";
import { showNotice, showScreen, showStatus } from "./status.js";
import { trouble } from "./trouble.js";
import { openVault, type Vault } from "./vault.js";
import { chooseName } from "./welcome.js";
import { ERROR_WORDS, LOOPBACK_TROUBLE, REJECTION_WORDS, TROUBLE_WORDS } from "./words.js";

/** Runs the page. Resolves when everything is on its way. */
export async function openPage(settings: Settings): Promise<void> {
  showStatus("busy", "Connecting…");
  const vault = await openVault(settings.directory);
  if (!(await onlyHere(vault.clientId))) {
    showStatus("bad", "Open elsewhere");
    const elsewhere = {
      what: "Two pages cannot be the same person at the same time.",
      steps: ["Use the other tab, or close it and try again."],
    };
    showScreen(trouble("Already open in another tab", elsewhere, "openElsewhere"));
    return;
  }
  await new Page(settings, vault).run();
}

/** Takes this identity for as long as the page is open; `false` when another page has it. */
function onlyHere(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null
        ? undefined
        : new Promise((release) => addEventListener("pagehide", release, { once: true }));
    });
  });
}

interface Self {
  readonly name: string;
  readonly keys: KeyPair;
}

class Page {
  readonly #settings: Settings;
  readonly #vault: Vault;
  readonly #connected: Promise<DirectoryClient>;
  #self: Self | undefined;
  #chat: Chat | undefined;
  #address = "";

  constructor(settings: Settings, vault: Vault) {
    this.#settings = settings;
    this.#vault = vault;
    this.#connected = connect(settings, vault, (event) => this.#observe(event));
  }

  async run(): Promise<void> {
    this.#connected.catch((error: unknown) => this.#unreachable(error));
    addEventListener("forget", () => void this.#connected.then((client) => client.close()));
    const [name, keys] = [await this.#vault.name(), await this.#vault.keys()];
    const self = name === undefined ? undefined : { name, keys };
    if (self === undefined) showScreen(chooseName((name) => this.#register(name)));
    else await this.#open(self);
    const client = await this.#connected.catch(() => undefined);
    if (client === undefined) return;
    if (self !== undefined) await this.#enter("login");
    void this.#readMessages(client);
  }

  async #register(name: string): Promise<void> {
    const client = await this.#connected;
    const keys = await this.#vault.keys();
    await client.register(name, keys);
    await this.#vault.saveName(name);
    await this.#open({ name, keys });
    this.#say("good", `Connected as ${name}`);
  }

  async #open(self: Self): Promise<void> {
    this.#self = self;
    const chat = createChat(self.name, {
      find: async (name) => {
        const entry = await (await this.#connected).lookup(name);
        return entry && { name: entry.name, fingerprint: await fingerprintOf(entry.publicKey) };
      },
      post: (peer, text) => this.#post(peer, text),
      fingerprintOf: async (peer) => {
        const contact = await this.#vault.contact(peer);
        return contact && fingerprintOf(contact.publicKey);
      },
      explain,
    });
    for (const { name } of await this.#vault.contacts()) chat.addPerson(name);
    for (const line of await this.#vault.lines()) chat.add(line, false);
    this.#chat = chat;
    showScreen(chat.element);
  }

  /** Tells the directory that we are here. */
  async #enter(how: "register" | "login"): Promise<void> {
    const [client, self] = [await this.#connected, this.#self];
    if (self === undefined) return;
    this.#say("busy", `Logging in as ${self.name}…`);
    try {
      await client[how](self.name, self.keys);
      this.#say("good", `Connected as ${self.name}`);
    } catch (error) {
      this.#loggedOut(error);
    }
  }

  /** The sealed message is kept between tries: the directory takes the same one once. */
  #post(peer: string, text: string): () => Promise<void> {
    let sealed: SealedMessage | undefined;
    return async () => {
      const client = await this.#connected;
      sealed ??= await client.seal(peer, text);
      await client.submit(sealed);
      await this.#vault.saveLine({ peer: sealed.recipient, mine: true, text, at: Date.now() });
    };
  }

  async #readMessages(client: DirectoryClient): Promise<void> {
    for await (const { sender, plaintext } of client.messages()) {
      if (plaintext.kind !== "chat") continue;
      const line = { peer: sender, mine: false, text: plaintext.text, at: Date.now() };
      this.#chat?.add(line, true);
      await this.#vault.saveLine(line);
    }
  }

  #observe(event: ClientEvent): void {
    switch (event.type) {
      case "connected":
        this.#address = event.address;
        if (this.#self === undefined) this.#say("good", "Connected");
        else this.#say("busy", "Connected, logging in…");
        return;
      case "disconnected":
        this.#say("busy", "Connection lost, connecting again…");
        return;
      case "loggedIn":
        this.#say("good", `Connected as ${this.#self?.name ?? "nobody"}`);
        return;
      case "loggedOut":
        this.#loggedOut(new ClientError(event.code));
        return;
      case "rejected": {
        const words = REJECTION_WORDS[event.reason];
        if (words !== undefined) this.#chat?.remark(words, event.sender);
        return;
      }
      case "moved":
      case "sent":
      case "received":
      case "dropped":
        return;
    }
  }

  /** We are on the mixnet, but the directory does not know where we are. */
  #loggedOut(error: unknown): void {
    this.#say("bad", "Not logged in");
    const gone = error instanceof ClientError && (error.code === "noSuchUser" || error.code === "notRegistered");
    showNotice(gone ? "The directory does not know your name any more." : explain(error), {
      label: gone ? "Register again" : "Log in again",
      run: () => void this.#enter(gone ? "register" : "login"),
    });
  }

  #unreachable(error: unknown): void {
    this.#say("bad", "Not connected");
    if (!(error instanceof MixnetUnreachableError)) {
      const what = "Something in the address of this page cannot be.";
      showScreen(trouble("Not connected", { what, steps: ["Check the settings."] }, "settings"));
      return;
    }
    const words = this.#settings.loopback === undefined ? TROUBLE_WORDS[error.code] : LOOPBACK_TROUBLE;
    showScreen(trouble("The network is unreachable", words, error.code));
  }

  #say(mood: "busy" | "good" | "bad", text: string): void {
    showStatus(mood, text, this.#address === "" ? "" : `Your Nym address: ${this.#address}`);
  }
}

function explain(error: unknown): string {
  return error instanceof ClientError ? ERROR_WORDS[error.code] : "Something went wrong here. Reload the page.";
}
