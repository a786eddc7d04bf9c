/**
 * `npm run chat -- --as alice`: a chat at the terminal, through the directory that runs on this machine, or any other with
 * a Nym client of one's own.
 */
import { join, resolve } from "node:path";
import { Command } from "commander";
import { createWebSocketTransport, NotConnectedError, openAccount } from "../src/client/client.js";
import { readEnvironment } from "../src/config/environment.js";
import { loadConfig } from "../src/config/load.js";
import { OperatorError } from "../src/util/operator-error.js";
import { Chat } from "./chat/chat.js";
import { completions } from "./chat/commands.js";
import { groupOf } from "./chat/group-names.js";
import { createLook } from "./chat/look.js";
import { openProfile } from "./chat/profile.js";
import { createScreen } from "./chat/screen.js";
import { findWay, type WayOptions } from "./chat/way.js";
import { painterFor } from "./terminal.js";

/** How long a Nym client is tried, in milliseconds: a native one may just be starting. */
const START_MS = 30_000;
const LOCAL_MS = 3_000;
const EXIT_FAILURE = 1;
const EXIT_CONFIG = 78;

interface Options extends WayOptions {
  readonly as: string;
  readonly data?: string;
  readonly secret?: string;
  readonly history: boolean;
  readonly copies?: boolean;
}

const program = new Command("chat")
  .description(
    "Chat through a directory. Start one with npm start; then chat under as many names as you have terminals.",
  )
  .requiredOption("--as <name>", "who you are: 1 to 64 letters, digits, - or _")
  .option(
    "--url <url>",
    "the WebSocket of your Nym client (default: one on the loopback mixnet of the local directory)",
  )
  .option("--directory <address>", "the directory's Nym address, or a file of them (default: the local directory's)")
  .option("--identity <file>", "PEM of the directory's identity key (default: the local directory's)")
  .option(
    "--data <folder>",
    "the local directory's data folder; your key and messages lie in it too (default: DATA_DIR)",
  )
  .option("--secret <file>", "a file with the passphrase of your keys (default: one is made beside them)")
  .option("--no-history", "keep no messages on the disk")
  .option(
    "--copies",
    "have the directory keep copies of what you say to people, that only you can read: for /history elsewhere",
  )
  .showHelpAfterError("(--help shows all options)");

await program
  .action(async (options: Options) => {
    process.exitCode = await main(options);
  })
  .parseAsync();

async function main(options: Options): Promise<number> {
  try {
    await chat(options);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof OperatorError ? EXIT_CONFIG : EXIT_FAILURE;
  }
}

async function chat(options: Options): Promise<void> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(options.as))
    throw new OperatorError("name", "--as takes a name of 1 to 64 letters, digits, - or _");
  const { config } = loadConfig(readEnvironment(process.cwd()), process.cwd());
  const dataDir = options.data === undefined ? config.dataDir : resolve(options.data);
  const local =
    options.data === undefined
      ? { dataDir, addressFile: config.nymClient.addressFile, keysDir: config.identity.keysDir }
      : { dataDir };
  const way = await findWay(options, local, options.as);
  const profile = await openProfile({
    folder: join(dataDir, "chat"),
    name: options.as,
    keepHistory: options.history,
    ...(options.secret !== undefined && { secretPath: resolve(options.secret) }),
  });
  const paint = painterFor(process.stdout);
  const look = createLook(paint, Date.now);
  const screen = createScreen({
    input: process.stdin,
    output: process.stdout,
    interactive: process.stdin.isTTY && process.stdout.isTTY,
    complete: (line) =>
      completions(
        line,
        profile.history.peers().filter((peer) => groupOf(peer) === undefined),
      ),
    keepTyped: (line) => line.startsWith("/"),
    history: profile.history.ownTexts(100),
  });
  const conversation = new Chat({ profile, screen, look, now: Date.now, copies: options.copies === true });
  try {
    if (way.loopback) screen.print(look.warning("a loopback mixnet, to try things out: it gives NO ANONYMITY"));
    else screen.print(look.note(`reaching the Nym client at ${new URL(way.url).host}`));
    const transport = createWebSocketTransport({ url: way.url, startTimeout: way.loopback ? LOCAL_MS : START_MS });
    const observe = conversation.observe.bind(conversation);
    await using account = await openAccount({ transport, store: profile.store, observe }, way.options);
    await conversation.run(account);
  } catch (error) {
    if (!(error instanceof NotConnectedError)) throw error;
    const hint = error.message.includes("hung up") ? ` Are you ${options.as} in another terminal?` : "";
    throw new Error(`${error.message}.${hint}`);
  } finally {
    screen.close();
    await profile.close();
  }
}
