/** Contacts in the chat: what one does about other people, the list of them, and what is said of what they do. */
import type { Account, News, Person, Policy } from "../../src/client/client.js";
import { printable } from "../terminal.js";
import type { Look } from "./look.js";
import type { Screen } from "./screen.js";

/** What the commands about contacts do. All reject with an `AccountError`. */
export interface ContactActions {
  request(name: string, note: string): Promise<void>;
  accept(name: string, note: string): Promise<void>;
  reject(name: string): Promise<void>;
  cancel(name: string): Promise<void>;
  block(name: string): Promise<void>;
  unblock(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  contacts(): Promise<void>;
  policy(who: string): Promise<void>;
}

export interface ContactComponents {
  readonly account: Pick<Account, "people">;
  readonly screen: Pick<Screen, "print">;
  readonly look: Look;
}

/** What each policy means to others. */
const POLICIES: Readonly<Record<Policy, string>> = {
  everyone: "everyone may write to you, but whom you have blocked",
  contacts: "only your contacts may write to you",
  nobody: "nobody may write to you, nor ask to be your contact",
};

/** The commands, done by the account. */
export function contactActions({ account: { people }, screen, look }: ContactComponents): ContactActions {
  const note = (text: string): void => screen.print(look.note(text));
  return {
    async request(name, text) {
      await people.request(name, text);
      note(`you have asked ${look.name(name)} to be your contact; if they had asked you, they are`);
    },
    async accept(name, text) {
      await people.accept(name, text);
      note(`${look.name(name)} is your contact now`);
    },
    async reject(name) {
      await people.reject(name);
      note(`${look.name(name)} does not become your contact, and is not told`);
    },
    async cancel(name) {
      await people.cancel(name);
      note(`you do not ask ${look.name(name)} any more`);
    },
    async block(name) {
      await people.block(name);
      note(`you do not hear from ${look.name(name)} any more, who is not told: to them you are away`);
    },
    async unblock(name) {
      await people.unblock(name);
      note(`you hear from ${look.name(name)} again`);
    },
    async remove(name) {
      await people.remove(name);
      note(`${look.name(name)} is your contact no more, nor are you theirs`);
    },
    async contacts() {
      const { policy, people: all } = await people.list();
      for (const person of all) screen.print(`${look.name(person.name)} ${describe(person)}`);
      if (all.length === 0) note("you have no contacts yet: /request NAME asks somebody");
      note(`${POLICIES[policy]}; /policy changes that`);
    },
    async policy(who) {
      if (!isPolicy(who)) throw new Error(`it is one of ${Object.keys(POLICIES).join(", ")}`);
      await people.policy(who);
      note(POLICIES[who]);
    },
  };
}

/** What somebody else has done. */
export function contactNews({ verb, name, note }: Extract<News, { kind: "contact" }>, look: Look): string {
  const said = note === undefined ? "" : `: “${printable(note).replaceAll("\n", " ")}”`;
  return verb === "request"
    ? `${look.name(name)} asks to be your contact${said}; /accept ${name} or /reject ${name}`
    : `${look.name(name)} is your contact now${said}`;
}

function describe({ name, relation, blocked, keyChanged }: Person): string {
  const relations: Readonly<Record<typeof relation, readonly string[]>> = {
    none: [],
    requested: ["you have asked"],
    received: [`asks you: /accept ${name} or /reject ${name}`],
    contact: ["contact"],
  };
  const more = [
    ...(blocked ? ["blocked"] : []),
    ...(keyChanged ? [`has another key than before: /trust ${name}`] : []),
  ];
  return [...relations[relation], ...more].join(", ");
}

function isPolicy(text: string): text is Policy {
  return Object.hasOwn(POLICIES, text);
}
