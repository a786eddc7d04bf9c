/** The commands of the chat: what can be typed after a slash. */

import type { ContactActions } from "./contacts.js";
import type { GroupActions } from "./groups.js";
import type { KeptActions } from "./kept.js";

/** What the commands do; `chat.ts` does it. */
export interface Actions extends ContactActions, GroupActions, KeptActions {
  register(): Promise<void>;
  login(): Promise<void>;
  logout(): Promise<void>;
  rotate(): Promise<void>;
  recover(key: string): Promise<void>;
  release(name: string): Promise<void>;
  who(name: string): Promise<void>;
  to(name: string): Promise<void>;
  list(): void;
  trust(name: string): Promise<void>;
  help(): void;
  quit(): void;
}

/** A command: what it takes, what it is for, what it does. A name is one word, a key is many; a note may be left out. */
export interface Command {
  readonly name: string;
  readonly takes: keyof typeof TAKES;
  readonly help: string;
  readonly run: (actions: Actions, argument: string) => Promise<void> | void;
}

/** How each is explained, and said when it is missing. */
const TAKES = {
  nothing: { usage: "", is: "nothing" },
  name: { usage: " NAME", is: "a name" },
  note: { usage: " NAME [NOTE]", is: "a name, and a note if you like" },
  policy: { usage: " WHO", is: "everyone, contacts or nobody" },
  key: { usage: " KEY", is: "a key" },
  words: { usage: " WORDS", is: "what to do" },
} as const;

/** In the order in which they are explained. */
export const COMMANDS: readonly Command[] = [
  command("register", "nothing", "take your name: others can write to you from then on", (actions) =>
    actions.register(),
  ),
  command("to", "name", "talk with NAME: what you type goes there", (actions, name) => actions.to(name)),
  command("who", "name", "ask the directory who NAME is", (actions, name) => actions.who(name)),
  command("list", "nothing", "everybody you have talked with, and groups", (actions) => actions.list()),
  command("history", "name", "what was said with NAME, with what you said elsewhere and had kept", (actions, name) =>
    actions.history(name),
  ),
  command("unread", "nothing", "whose messages wait for you at the directory", (actions) => actions.unread()),
  command("trust", "name", "accept a new key of NAME, once you have compared it", (actions, name) =>
    actions.trust(name),
  ),
  command("request", "note", "ask NAME to be your contact", (actions, given) => actions.request(...nameAndNote(given))),
  command("accept", "note", "accept NAME, who has asked to be your contact", (actions, given) =>
    actions.accept(...nameAndNote(given)),
  ),
  command("reject", "name", "turn NAME down, who is not told", (actions, name) => actions.reject(name)),
  command("cancel", "name", "do not ask NAME any more", (actions, name) => actions.cancel(name)),
  command("remove", "name", "be no contact of NAME any more", (actions, name) => actions.remove(name)),
  command("block", "name", "do not hear from NAME any more, who is not told", (actions, name) => actions.block(name)),
  command("unblock", "name", "hear from NAME again", (actions, name) => actions.unblock(name)),
  command("contacts", "nothing", "your contacts, who asks to be one, and whom you have blocked", (actions) =>
    actions.contacts(),
  ),
  command("policy", "policy", "who may write to you: everyone, contacts or nobody", (actions, who) =>
    actions.policy(who),
  ),
  command("group", "words", "found groups, talk in them, lead them: /group help says how", (actions, words) =>
    actions.group(words),
  ),
  command("login", "nothing", "have the messages for your name come here", (actions) => actions.login()),
  command("logout", "nothing", "have them wait at the directory", (actions) => actions.logout()),
  command("rotate", "nothing", "replace your key by a new one", (actions) => actions.rotate()),
  command("recover", "key", "take your name back with its recovery key", (actions, key) => actions.recover(key)),
  command("release", "name", "give your name back: NAME is yours, to be sure", (actions, name) =>
    actions.release(name),
  ),
  command("help", "nothing", "this", (actions) => actions.help()),
  command("quit", "nothing", "leave (Ctrl-D does too)", (actions) => actions.quit()),
];

/** A typed line: something to say, a command, or a mistake in the form of a text for people. */
export type Typed =
  | { readonly kind: "nothing" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "command"; readonly command: Command; readonly argument: string }
  | { readonly kind: "mistake"; readonly text: string };

/** Reads a typed line. Two slashes say one. */
export function readTyped(line: string): Typed {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (!text.startsWith("/")) return { kind: "text", text };
  if (text.startsWith("//")) return { kind: "text", text: text.slice(1) };
  const [verb = "", ...words] = text.slice(1).split(/\s+/);
  const found = COMMANDS.find((each) => each.name === verb.toLowerCase());
  if (found === undefined) return { kind: "mistake", text: `there is no /${verb}: /help lists what there is` };
  const fitting = { nothing: words.length === 0, name: words.length === 1, policy: words.length === 1 };
  const fits = { ...fitting, key: words.length > 0, words: words.length > 0, note: words.length > 0 }[found.takes];
  if (!fits && found.takes === "nothing") return { kind: "mistake", text: `/${verb} takes nothing after it` };
  if (!fits) return { kind: "mistake", text: `/${verb} takes ${TAKES[found.takes].is}: ${usageOf(found)}` };
  return { kind: "command", command: found, argument: words.join(" ") };
}

/** How a command is typed. */
export function usageOf({ name, takes }: Command): string {
  return `/${name}${TAKES[takes].usage}`;
}

/** What the beginning of a line may become: commands, and names after those that take one. */
export function completions(line: string, names: readonly string[]): string[] {
  const [, verb, beginning] = /^(\/\w+) (\S*)$/.exec(line) ?? [];
  if (verb !== undefined && beginning !== undefined) {
    const takes = COMMANDS.find(({ name }) => `/${name}` === verb)?.takes;
    if (takes !== "name" && takes !== "note") return [];
    const fitting = names.filter((name) => name.toLowerCase().startsWith(beginning.toLowerCase()));
    return fitting.map((name) => `${verb} ${name}`);
  }
  if (!line.startsWith("/")) return [];
  return COMMANDS.filter(({ name }) => `/${name}`.startsWith(line)).map(({ name, takes }) =>
    takes === "nothing" ? `/${name}` : `/${name} `,
  );
}

/** The first word, and the rest. */
function nameAndNote(given: string): [name: string, note: string] {
  const [name = "", ...words] = given.split(" ");
  return [name, words.join(" ")];
}

function command(name: string, takes: Command["takes"], help: string, run: Command["run"]): Command {
  return { name, takes, help, run };
}
