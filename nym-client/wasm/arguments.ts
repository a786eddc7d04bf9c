/** The command line of the program. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Mode, NymEngineOptions } from "./nym-engine.js";
import type { ProgramOptions } from "./program.js";

/** What the command line says. */
export interface Arguments {
  readonly engine: NymEngineOptions;
  readonly program: ProgramOptions;
}

interface Flags {
  readonly id: string;
  readonly port: number;
  readonly identity: string;
  readonly nymApi: readonly string[];
  readonly gateway?: string;
  readonly mode: Mode;
  readonly probeEveryMs: number;
  readonly probeAnswerMs: number;
  readonly probeMisses: number;
  readonly busyMs: number;
  readonly keep: boolean;
}

/** What a client sends in each mode, counted on a real network. */
const PACKETS_PER_SECOND: Readonly<Record<Mode, number>> = { default: 44, fastmode: 247, "no-cover": 470 };
const DRAIN_MS = 2_000;

/** Parses `argv` as Node has it. Prints and ends the process for `--help` and for what it does not understand. */
export function parseArguments(argv: readonly string[]): Arguments {
  const flags = command().parse(argv).opts<Flags>();
  const { id, nymApi, gateway, mode, port, keep } = flags;
  return {
    engine: { id, nymApis: nymApi, gateway, mode, identityPath: flags.identity },
    program: {
      port,
      keep,
      drainMs: DRAIN_MS,
      packetsPerSecond: PACKETS_PER_SECOND[mode],
      liveness: {
        everyMs: flags.probeEveryMs,
        answerMs: flags.probeAnswerMs,
        misses: flags.probeMisses,
        busyMs: flags.busyMs,
      },
    },
  };
}

function command(): Command {
  return new Command("wasm")
    .description(
      "Nym's own WASM client behind the nym-client WebSocket API on 127.0.0.1: to try the mixnet, not to serve it.\n" +
        "One application at a time. It ends when its connection is lost; whoever started it starts it again.",
    )
    .requiredOption("--identity <file>", "where its keys are kept; made at the first start (mode 0600)")
    .option("--id <name>", "names its storage", "nym-directory")
    .option("--port <port>", "where it listens; 0: any", portNumber, 1977)
    .option("--nym-api <url>", "who is asked about the network; may be repeated (default: Nym's own)", collected, [])
    .option("--gateway <key>", "identity key of the gateway at which to register (default: any)")
    .addOption(new Option("--mode <mode>", "traffic").choices(["default", "fastmode", "no-cover"]).default("default"))
    .option("--probe-every-ms <ms>", "after so much silence it sends a message to itself", positive, 60_000)
    .option("--probe-answer-ms <ms>", "how long that may take", positive, 60_000)
    .option("--probe-misses <count>", "after so many in vain it ends", positive, 3)
    .option("--busy-ms <ms>", "while more than this waits to be sent, that does not count", positive, 30_000)
    .option("--keep", "keep running when stdin closes", false)
    .addHelpText("after", HELP);
}

const HELP = `
It ends with 0 on SIGINT or SIGTERM and when its stdin is a pipe that closes, 1 when it cannot connect, 69 when the
connection is lost or nothing comes through the mixnet any more, 70 for a bug, 78 for what you can mend.`;

function collected(text: string, others: readonly string[]): readonly string[] {
  if (!URL.canParse(text)) throw new InvalidArgumentError("Allowed: a URL.");
  return [...others, text];
}

function portNumber(text: string): number {
  return check(text, (value) => Number.isInteger(value) && value >= 0 && value <= 65_535, "0 to 65535");
}

function positive(text: string): number {
  return check(text, (value) => Number.isInteger(value) && value > 0, "a whole number, 1 or more");
}

function check(text: string, isValid: (value: number) => boolean, allowed: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!isValid(value)) throw new InvalidArgumentError(`Allowed: ${allowed}.`);
  return value;
}
