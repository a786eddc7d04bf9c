/** A chat at the terminal: what is typed goes out, what comes in appears above the line being typed. */
import { ClientError, type ClientEvent, type DirectoryClient, type IncomingMessage } from "../../src/client/client.js";
import { pad, printable } from "../terminal.js";
import { type Actions, COMMANDS, readTyped } from "./commands.js";
import { sameName } from "./history.js";
import type { Look } from "./look.js";
import { trust, who } from "./people.js";
import type { Profile } from "./profile.js";
import type { Screen } from "./screen.js";
import { createSender, type Sender } from "./sender.js";
import { explain, explainRejection } from "./texts.js";

export interface ChatComponents {
  readonly profile: Profile;
  readonly screen: Screen;
  readonly look: Look;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How much of a conversation is shown when it is opened. */
const SHOWN_AT_ONCE = 10;
const VERB_COLUMNS = 14;

/** One person at one terminal. */
export class Chat {
  readonly #profile: Profile;
  readonly #screen: Screen;
  readonly #look: Look;
  readonly #now: () => number;
  #peer: string | undefined;
  #connections = 0;

  constructor({ profile, screen, look, now }: ChatComponents) {
    this.#profile = profile;
    this.#screen = screen;
    this.#look = look;
    this.#now = now;
  }

  /** Takes what the client tells; to be given to it as its observer. */
  observe(event: ClientEvent): void {
    switch (event.type) {
      case "connected":
        this.#connections += 1;
        if (this.#connections > 1) this.#note("the Nym client is back");
        return;
      case "disconnected":
        this.#warn("the Nym client is gone; trying to reach it again");
        return;
      case "moved":
        this.#note("the directory is silent at one of its addresses; trying another");
        return;
      case "loggedOut":
        this.#warn(`messages for you may not come here: ${explain(new ClientError(event.code))}`);
        return;
      case "rejected": {
        const text = explainRejection(event.reason, event.sender);
        if (text !== undefined) this.#warn(printable(text));
        return;
      }
      case "loggedIn":
      case "sent":
      case "received":
      case "dropped":
        return;
    }
  }

  /** Chats until the person leaves. What is on its way by then is waited for. */
  async run(client: DirectoryClient): Promise<void> {
    const sender = createSender({ client, profile: this.#profile, screen: this.#screen, look: this.#look });
    const actions = this.#actions(client, sender);
    void this.#read(client);
    this.#refresh();
    await this.#arrive(client);
    for await (const line of this.#screen.lines) await this.#obey(line, sender, actions);
    if (sender.waiting > 0) this.#note(`waiting until your last messages (${sender.waiting}) are sent`);
    await sender.settled();
  }

  async #arrive(client: DirectoryClient): Promise<void> {
    const { name, history, keys } = this.#profile;
    try {
      await client.login(name, keys);
      this.#note(`you are ${this.#look.name(name)}, and messages for you come here`);
    } catch (error) {
      if (error instanceof ClientError && error.code === "noSuchUser")
        this.#note(`nobody is called ${this.#look.name(name)} yet: /register takes the name`);
      else this.#warn(`${explain(error)}; /login tries again`);
    }
    const unread = history.peers().filter((peer) => history.unread(peer) > 0);
    for (const peer of unread) this.#announce(peer);
    if (unread.length === 0) this.#note("/to NAME begins a conversation, /help explains the rest");
  }

  async #obey(line: string, sender: Sender, actions: Actions): Promise<void> {
    const typed = readTyped(line);
    switch (typed.kind) {
      case "nothing":
        return;
      case "mistake":
        this.#warn(typed.text);
        return;
      case "text":
        this.#say(typed.text, sender);
        return;
      case "command":
        try {
          await typed.command.run(actions, typed.name);
        } catch (error) {
          this.#warn(explain(error));
        }
    }
  }

  #actions(client: DirectoryClient, sender: Sender): Actions {
    const profile = this.#profile;
    const people = { client, profile, screen: this.#screen, look: this.#look };
    return {
      register: async () => {
        await client.register(profile.name, profile.keys);
        await profile.registered();
        this.#note(`${this.#look.name(profile.name)} is yours: others can write to you now`);
      },
      login: async () => {
        await client.login(profile.name, profile.keys);
        this.#note("messages for you come here");
      },
      who: (name) => who(people, name),
      to: (name) => this.#to(name, client),
      list: () => this.#list(),
      retry: () => {
        if (sender.retry() === 0) this.#note("everything has been sent");
      },
      trust: (name) => trust(people, name),
      help: () => this.#help(),
      quit: () => this.#screen.close(),
    };
  }

  #say(text: string, sender: Sender): void {
    if (this.#peer === undefined) this.#warn("to whom? /to NAME begins a conversation");
    else sender.send({ at: this.#now(), peer: this.#peer, own: true, text });
  }

  async #to(name: string, client: DirectoryClient): Promise<void> {
    const known = await this.#profile.store.contact(name);
    const peer = known ?? (await client.lookup(name));
    if (peer === undefined) throw new ClientError("noSuchUser");
    this.#talkWith(peer.name);
    const { history } = this.#profile;
    const unread = history.unread(peer.name);
    const said = history.last(peer.name, Math.max(SHOWN_AT_ONCE, unread));
    for (const [index, each] of said.entries()) {
      if (unread > 0 && index === said.length - unread) this.#screen.print(this.#look.border());
      this.#screen.print(this.#look.message(each, each.own ? this.#profile.name : peer.name));
    }
    if (unread > 0) history.markRead(peer.name);
    this.#note(`what you type goes to ${this.#look.name(peer.name)}, end-to-end encrypted`);
  }

  #list(): void {
    const { history } = this.#profile;
    const peers = history.peers();
    if (peers.length === 0) this.#note("nobody yet");
    for (const peer of peers) {
      const unread = history.unread(peer);
      this.#screen.print(`${this.#look.name(peer)}${unread === 0 ? "" : ` ${unread} unread`}`);
    }
  }

  #help(): void {
    for (const { name, takesName, help } of COMMANDS)
      this.#screen.print(`${this.#look.strong(pad(`/${name}${takesName ? " NAME" : ""}`, VERB_COLUMNS))}${help}`);
    this.#note("anything else is said to whom you talk with; // at its beginning says a slash");
  }

  async #read(client: DirectoryClient): Promise<void> {
    for await (const message of client.messages()) this.#hear(message);
  }

  #hear({ sender, plaintext }: IncomingMessage): void {
    if (plaintext.kind === "handshake") {
      this.#note(
        `${this.#look.name(sender)} offers to be written to without the directory, which this chat does not do`,
      );
      return;
    }
    const { history } = this.#profile;
    const said = { at: this.#now(), peer: sender, own: false, text: plaintext.text };
    history.add(said);
    if (this.#peer === undefined) {
      this.#talkWith(sender);
      this.#note(`what you type goes to ${this.#look.name(sender)}; /to NAME changes that`);
    }
    if (this.#peer !== undefined && sameName(this.#peer, sender)) {
      history.markRead(sender);
      this.#screen.print(this.#look.message(said, sender));
    } else {
      this.#announce(sender);
      this.#refresh();
    }
  }

  #talkWith(peer: string): void {
    this.#peer = peer;
    this.#refresh();
  }

  #announce(peer: string): void {
    const unread = this.#profile.history.unread(peer);
    this.#note(`${this.#look.name(peer)} has written (${unread} unread): /to ${peer}`);
  }

  /** Puts whom we talk with, and who else waits, into the prompt. */
  #refresh(): void {
    const { history, name } = this.#profile;
    const others = history.peers().filter((peer) => this.#peer === undefined || !sameName(peer, this.#peer));
    const unread = others.map((peer) => ({ peer, count: history.unread(peer) })).filter(({ count }) => count > 0);
    this.#screen.setPrompt(this.#look.prompt(name, this.#peer, unread));
  }

  #note(text: string): void {
    this.#screen.print(this.#look.note(text));
  }

  #warn(text: string): void {
    this.#screen.print(this.#look.warning(text));
  }
}
