/** The commands of the chat: what can be typed after a slash. */

/** What the commands do; `chat.ts` does it. */
export interface Actions {
  register(): Promise<void>;
  login(): Promise<void>;
  who(name: string): Promise<void>;
  to(name: string): Promise<void>;
  list(): void;
  retry(): void;
  trust(name: string): Promise<void>;
  help(): void;
  quit(): void;
}

/** A command: what it takes, what it is for, what it does. */
export interface Command {
  readonly name: string;
  readonly takesName: boolean;
  readonly help: string;
  readonly run: (actions: Actions, name: string) => Promise<void> | void;
}

/** In the order in which they are explained. */
export const COMMANDS: readonly Command[] = [
  command("register", "take your name: others can write to you from then on", (actions) => actions.register()),
  command("login", "have the messages for your name come here", (actions) => actions.login()),
  nameCommand("to", "talk with NAME: what you type goes there", (actions, name) => actions.to(name)),
  nameCommand("who", "ask the directory who NAME is", (actions, name) => actions.who(name)),
  command("list", "everybody you have talked with", (actions) => actions.list()),
  command("retry", "send again what could not be sent", (actions) => actions.retry()),
  nameCommand("trust", "accept a new key of NAME, once you have compared it", (actions, name) => actions.trust(name)),
  command("help", "this", (actions) => actions.help()),
  command("quit", "leave (Ctrl-D does too)", (actions) => actions.quit()),
];

/** A typed line: something to say, a command, or a mistake in the form of a text for people. */
export type Typed =
  | { readonly kind: "nothing" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "command"; readonly command: Command; readonly name: string }
  | { readonly kind: "mistake"; readonly text: string };

/** Reads a typed line. Two slashes say one. */
export function readTyped(line: string): Typed {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (!text.startsWith("/")) return { kind: "text", text };
  if (text.startsWith("//")) return { kind: "text", text: text.slice(1) };
  const [verb = "", name = "", ...rest] = text.slice(1).split(/\s+/);
  const found = COMMANDS.find((each) => each.name === verb.toLowerCase());
  if (found === undefined) return { kind: "mistake", text: `there is no /${verb}: /help lists what there is` };
  if (found.takesName && (name === "" || rest.length > 0))
    return { kind: "mistake", text: `/${verb} takes a name: /${verb} NAME` };
  if (!found.takesName && name !== "") return { kind: "mistake", text: `/${verb} takes nothing after it` };
  return { kind: "command", command: found, name };
}

/** What the beginning of a line may become: commands, and names after those that take one. */
export function completions(line: string, names: readonly string[]): string[] {
  const [, verb, beginning] = /^(\/\w+) (\S*)$/.exec(line) ?? [];
  if (verb !== undefined && beginning !== undefined) {
    if (COMMANDS.find(({ name }) => `/${name}` === verb)?.takesName !== true) return [];
    const fitting = names.filter((name) => name.toLowerCase().startsWith(beginning.toLowerCase()));
    return fitting.map((name) => `${verb} ${name}`);
  }
  if (!line.startsWith("/")) return [];
  return COMMANDS.filter(({ name }) => `/${name}`.startsWith(line)).map(({ name, takesName }) =>
    takesName ? `/${name} ` : `/${name}`,
  );
}

function command(name: string, help: string, run: Command["run"]): Command {
  return { name, takesName: false, help, run };
}

function nameCommand(name: string, help: string, run: Command["run"]): Command {
  return { name, takesName: true, help, run };
}
