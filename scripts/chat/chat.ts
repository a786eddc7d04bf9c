/** A chat at the terminal: what is typed goes out, what comes in appears above the line being typed. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Account,
  AccountError,
  type AccountEvent,
  type News,
  newSeed,
  publicKeyOf,
  seedOfText,
  textOfSeed,
} from "../../src/client/client.js";
import { isSameName } from "../../src/protocol/v2/names.js";
import { pad, printable } from "../terminal.js";
import { type Actions, COMMANDS, readTyped, usageOf } from "./commands.js";
import { contactActions, contactNews } from "./contacts.js";
import { groupActions, groupNews } from "./groups.js";
import { keptActions } from "./kept.js";
import { explainKeyChange } from "./key-changes.js";
import type { Look } from "./look.js";
import { trust, who } from "./people.js";
import type { Profile } from "./profile.js";
import type { Screen } from "./screen.js";
import { createSender, type Sender } from "./sender.js";
import { explain, explainRefusal } from "./texts.js";

export interface ChatComponents {
  readonly profile: Profile;
  readonly screen: Screen;
  readonly look: Look;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Is the directory to keep copies of what is said here? Default false. */
  readonly copies?: boolean;
}

/** How much of a conversation is shown when it is opened. */
const SHOWN_AT_ONCE = 10;
const VERB_COLUMNS = 22;
/** How long to wait at the end for messages that are on their way, and between two looks at them, in milliseconds. */
const LINGER_MS = 5_000;
const LOOK_MS = 20;

/** One person at one terminal. */
export class Chat {
  readonly #profile: Profile;
  readonly #screen: Screen;
  readonly #look: Look;
  readonly #now: () => number;
  readonly #copies: boolean;
  /** The account, once there is one. */
  readonly #account: Promise<Account>;
  #opened: (account: Account) => void = () => undefined;
  #peer: string | undefined;
  #connections = 0;
  #isHere = false;

  constructor({ profile, screen, look, now, copies = false }: ChatComponents) {
    this.#profile = profile;
    this.#screen = screen;
    this.#look = look;
    this.#now = now;
    this.#copies = copies;
    this.#account = new Promise((resolve) => (this.#opened = resolve));
  }

  /** Takes what the account tells; to be given to it as its observer. */
  observe(event: AccountEvent): void {
    switch (event.type) {
      case "connected":
        this.#connections += 1;
        if (this.#connections > 1) this.#note("the Nym client is back");
        return;
      case "disconnected":
        this.#isHere = false;
        this.#warn("the Nym client is gone; trying to reach it again");
        return;
      case "loggedIn":
        if (!this.#isHere) this.#note("messages for you come here");
        this.#isHere = true;
        return;
      case "loggedOut":
        this.#isHere = false;
        this.#warn(`messages for you may not come here: ${explain(new AccountError(event.code))}`);
        return;
      case "refused": {
        const text = explainRefusal(event.reason, event.sender);
        if (text !== undefined) this.#warn(printable(text));
        return;
      }
      case "keyChanged":
        void this.#tellOfKey(event.contact);
        return;
      case "mailboxWasFull":
        this.#warn("your mailbox was full: messages to you were refused");
        return;
      case "keyAsked":
      case "sent":
      case "received":
      case "dropped":
        return;
    }
  }

  /** Chats until the person leaves. What is on its way by then is waited for, for a while. */
  async run(account: Account): Promise<void> {
    const { history } = this.#profile;
    const sender = createSender({ account, history, screen: this.#screen, look: this.#look, copies: this.#copies });
    const actions = this.#actions(account);
    this.#opened(account);
    void this.#read(account, sender);
    this.#arrive(account);
    for await (const line of this.#screen.lines) await this.#obey(line, account, sender, actions);
    await this.#linger(account);
  }

  #arrive(account: Account): void {
    const { name, history } = this.#profile;
    this.#refresh(account);
    if (account.name === undefined)
      this.#note(`you are not registered yet: /register takes the name ${this.#look.name(name)}`);
    else this.#note(`you are ${this.#look.name(account.name)}`);
    const unread = history.peers().filter((peer) => history.unread(peer) > 0);
    for (const peer of unread) this.#announce(peer);
    if (unread.length === 0) this.#note("/to NAME begins a conversation, /help explains the rest");
  }

  async #linger(account: Account): Promise<void> {
    const waiting = (): number => account.pending().filter(({ state }) => state === "waiting").length;
    if (waiting() > 0 && account.connected) this.#note(`waiting until your last messages (${waiting()}) are sent`);
    for (const end = this.#now() + LINGER_MS; waiting() > 0 && account.connected && this.#now() < end;)
      await sleep(LOOK_MS);
    if (waiting() > 0) this.#note(`what could not be sent (${waiting()}) is sent the next time`);
  }

  async #obey(line: string, account: Account, sender: Sender, actions: Actions): Promise<void> {
    const typed = readTyped(line);
    switch (typed.kind) {
      case "nothing":
        return;
      case "mistake":
        this.#warn(typed.text);
        return;
      case "text":
        await this.#say(typed.text, account, sender);
        return;
      case "command":
        try {
          await typed.command.run(actions, typed.argument);
        } catch (error) {
          this.#warn(explain(error));
        }
    }
  }

  #actions(account: Account): Actions {
    const { name } = this.#profile;
    const people = { account, screen: this.#screen, look: this.#look };
    return {
      ...contactActions(people),
      ...groupActions(people),
      ...keptActions({ ...people, record: this.#profile.history }),
      register: async () => {
        const recovery = newSeed();
        await account.register(name, await publicKeyOf(recovery));
        this.#refresh(account);
        this.#note(`${this.#look.name(name)} is yours: others can write to you now`);
        this.#note(
          `write this down: it takes the name back if your key is lost or stolen\n    ${textOfSeed(recovery)}`,
        );
      },
      login: () => account.login(),
      logout: async () => {
        await account.logout();
        this.#isHere = false;
        this.#note("messages for you wait at the directory, until /login");
      },
      rotate: async () => {
        await account.rotate();
        this.#note("you have a new key: your contacts will be asked whether they trust it");
      },
      recover: async (text) => {
        const seed = seedOfText(text);
        if (seed === undefined) throw new Error("a recovery key is 64 hexadecimal digits");
        await account.recover(account.name ?? name, { seed });
        this.#refresh(account);
        this.#note(`${this.#look.name(account.name ?? name)} is yours again, with a new key`);
      },
      release: async (given) => {
        const own = account.name;
        if (own === undefined || !isSameName(own, given)) throw new Error("that is not your name");
        await account.release();
        this.#refresh(account);
        this.#note(`${this.#look.name(own)} is nobody's now, and nobody can take it for a time`);
      },
      who: (given) => who(people, given),
      to: (given) => this.#to(given, account),
      list: () => this.#list(),
      trust: (given) => trust(people, given),
      help: () => this.#help(),
      quit: () => this.#screen.close(),
    };
  }

  async #say(text: string, account: Account, sender: Sender): Promise<void> {
    if (this.#peer === undefined) {
      this.#warn("to whom? /to NAME begins a conversation");
      return;
    }
    const author = account.name ?? this.#profile.name;
    await sender.send({ at: this.#now(), peer: this.#peer, own: true, text }, author);
  }

  async #to(name: string, account: Account): Promise<void> {
    const peer = account.contact(name) ?? (await account.lookup(name));
    if (peer === undefined) throw new AccountError("notFound");
    this.#talkWith(peer.name, account);
    const { history } = this.#profile;
    const unread = history.unread(peer.name);
    const said = history.last(peer.name, Math.max(SHOWN_AT_ONCE, unread));
    for (const [index, each] of said.entries()) {
      if (unread > 0 && index === said.length - unread) this.#screen.print(this.#look.border());
      const author = each.own ? (account.name ?? this.#profile.name) : peer.name;
      const fate = each.own && each.id !== undefined ? (history.fateOf(each.id) ?? "underWay") : undefined;
      this.#screen.print(this.#look.message(each, author, fate));
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
    for (const command of COMMANDS)
      this.#screen.print(`${this.#look.strong(pad(usageOf(command), VERB_COLUMNS))}${command.help}`);
    this.#note("anything else is said to whom you talk with; // at its beginning says a slash");
  }

  async #read(account: Account, sender: Sender): Promise<void> {
    for await (const news of account.news()) {
      if (news.kind === "message") this.#hear(news, account);
      else if (news.kind === "contact") this.#note(contactNews(news, this.#look));
      else if (news.kind === "groupChanged") this.#note(groupNews(news, { account, look: this.#look }));
      else if (news.kind === "fate") sender.settle(news);
    }
  }

  #hear({ id, sender, text }: Extract<News, { kind: "message" }>, account: Account): void {
    const { history } = this.#profile;
    // Told once more: we were interrupted before we could ask for the next news.
    if (history.has(id)) return;
    const said = { at: this.#now(), peer: sender, own: false, text, id };
    history.add(said);
    if (this.#peer === undefined) {
      this.#talkWith(sender, account);
      this.#note(`what you type goes to ${this.#look.name(sender)}; /to NAME changes that`);
    }
    if (this.#peer !== undefined && isSameName(this.#peer, sender)) {
      history.markRead(sender);
      this.#screen.print(this.#look.message(said, sender));
    } else {
      this.#announce(sender);
      this.#refresh(account);
    }
  }

  #talkWith(peer: string, account: Account): void {
    this.#peer = peer;
    this.#refresh(account);
  }

  #announce(peer: string): void {
    const unread = this.#profile.history.unread(peer);
    this.#note(`${this.#look.name(peer)} has written (${unread} unread): /to ${peer}`);
  }

  /** Puts whom we talk with, and who else waits, into the prompt. */
  #refresh(account: Account): void {
    const { history } = this.#profile;
    const name = account.name ?? this.#profile.name;
    const others = history.peers().filter((peer) => this.#peer === undefined || !isSameName(peer, this.#peer));
    const unread = others.map((peer) => ({ peer, count: history.unread(peer) })).filter(({ count }) => count > 0);
    this.#screen.setPrompt(this.#look.prompt(name, this.#peer, unread));
  }

  async #tellOfKey(contact: string): Promise<void> {
    const text = await explainKeyChange(await this.#account, contact);
    if (text !== undefined) this.#warn(text);
  }

  #note(text: string): void {
    this.#screen.print(this.#look.note(text));
  }

  #warn(text: string): void {
    this.#screen.print(this.#look.warning(text));
  }
}
