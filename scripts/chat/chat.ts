/** A chat at the terminal: what is typed goes out, what comes in appears above the line being typed. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Account,
  AccountError,
  type AccountEvent,
  newSeed,
  publicKeyOf,
  seedOfText,
  textOfSeed,
} from "../../src/client/client.js";
import { isSameName } from "../../src/protocol/v2/names.js";
import { pad, printable } from "../terminal.js";
import { type Actions, COMMANDS, readTyped, usageOf } from "./commands.js";
import { contactActions, contactNews } from "./contacts.js";
import { type Conversations, createConversations } from "./conversations.js";
import { groupActions, groupNews } from "./groups.js";
import { keptActions } from "./kept.js";
import { explainKeyChange } from "./key-changes.js";
import type { Look } from "./look.js";
import { trust, who } from "./people.js";
import type { Profile } from "./profile.js";
import type { Screen } from "./screen.js";
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
    const components = { account, profile: this.#profile, screen: this.#screen, look: this.#look, now: this.#now };
    const conversations = createConversations({ ...components, copies: this.#copies });
    const actions = this.#actions(account, conversations);
    this.#opened(account);
    void this.#read(account, conversations);
    this.#arrive(account, conversations);
    for await (const line of this.#screen.lines) await this.#obey(line, actions, conversations);
    await this.#linger(account);
  }

  #arrive(account: Account, conversations: Conversations): void {
    const { name } = this.#profile;
    conversations.refresh();
    if (account.name === undefined)
      this.#note(`you are not registered yet: /register takes the name ${this.#look.name(name)}`);
    else this.#note(`you are ${this.#look.name(account.name)}`);
    if (!conversations.announceUnread()) this.#note("/to NAME begins a conversation, /help explains the rest");
  }

  async #linger(account: Account): Promise<void> {
    const waiting = (): number => account.pending().filter(({ state }) => state === "waiting").length;
    if (waiting() > 0 && account.connected) this.#note(`waiting until your last messages (${waiting()}) are sent`);
    for (const end = this.#now() + LINGER_MS; waiting() > 0 && account.connected && this.#now() < end;)
      await sleep(LOOK_MS);
    if (waiting() > 0) this.#note(`what could not be sent (${waiting()}) is sent the next time`);
  }

  async #obey(line: string, actions: Actions, conversations: Conversations): Promise<void> {
    const typed = readTyped(line);
    switch (typed.kind) {
      case "nothing":
        return;
      case "mistake":
        this.#warn(typed.text);
        return;
      case "text":
        await conversations.say(typed.text);
        return;
      case "command":
        try {
          await typed.command.run(actions, typed.argument);
        } catch (error) {
          this.#warn(explain(error));
        }
    }
  }

  #actions(account: Account, conversations: Conversations): Actions {
    const { name } = this.#profile;
    const people = { account, screen: this.#screen, look: this.#look };
    return {
      ...contactActions(people),
      ...groupActions({ ...people, talk: (beginning) => conversations.talk(beginning) }),
      ...keptActions({ ...people, record: this.#profile.history }),
      register: async () => {
        const recovery = newSeed();
        await account.register(name, await publicKeyOf(recovery));
        conversations.refresh();
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
        conversations.refresh();
        this.#note(`${this.#look.name(account.name ?? name)} is yours again, with a new key`);
      },
      release: async (given) => {
        const own = account.name;
        if (own === undefined || !isSameName(own, given)) throw new Error("that is not your name");
        await account.release();
        conversations.refresh();
        this.#note(`${this.#look.name(own)} is nobody's now, and nobody can take it for a time`);
      },
      who: (given) => who(people, given),
      to: (given) => conversations.to(given),
      list: () => conversations.list(),
      trust: (given) => trust(people, given),
      help: () => this.#help(),
      quit: () => this.#screen.close(),
    };
  }

  #help(): void {
    for (const command of COMMANDS)
      this.#screen.print(`${this.#look.strong(pad(usageOf(command), VERB_COLUMNS))}${command.help}`);
    this.#note("anything else is said to whom you talk with; // at its beginning says a slash");
  }

  async #read(account: Account, conversations: Conversations): Promise<void> {
    for await (const news of account.news()) {
      if (news.kind === "message" || news.kind === "groupMessage") conversations.hear(news);
      else if (news.kind === "contact") this.#note(contactNews(news, this.#look));
      else if (news.kind === "groupChanged") {
        this.#note(groupNews(news, { account, look: this.#look }));
        conversations.refresh();
      } else if (news.kind === "fate") conversations.settle(news);
    }
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
