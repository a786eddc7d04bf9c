/** The command line of the loopback mixnet. */
import { Command, InvalidArgumentError } from "commander";
import type { Faults } from "./faults.js";
import type { LoopbackPorts } from "./mixnet.js";
import type { LoopbackOptions } from "./options.js";

/** What the command line says: settings of the mixnet, where to listen, and whether to outlive the parent. */
export interface ProgramOptions extends LoopbackOptions {
  readonly ports: Required<LoopbackPorts> & { readonly control: number };
  readonly keep: boolean;
}

type Flags = Omit<LoopbackOptions, "faults"> &
  Partial<Faults> & {
    readonly services: number;
    readonly port: number;
    readonly usersPort: number;
    readonly userPort: Readonly<Record<string, number>>;
    readonly controlPort: number;
    readonly keep: boolean;
  };

/** Parses `argv` as Node has it. Prints and ends the process for `--help` and for what it does not understand. */
export function parseArguments(argv: readonly string[]): ProgramOptions {
  const { port, usersPort, userPort, controlPort, keep, ...flags } = command().parse(argv).opts<Flags>();
  const { delayMs, jitterMs, loss, packetLoss, duplicate, reorder, reorderMs, ...rest } = flags;
  const { abortOnFailedHandshake, reconnectRefusedMs, ...options } = rest;
  const network = { delayMs, jitterMs, loss, packetLoss, duplicate, reorder, reorderMs };
  const faults = { ...network, abortOnFailedHandshake, reconnectRefusedMs };
  const services = Array.from({ length: options.services }, (_, index) => (port === 0 ? 0 : port + index));
  const ports = { services, users: usersPort, dedicated: userPort, control: controlPort };
  return { ...options, faults, keep, ports };
}

function command(): Command {
  return new Command("loopback")
    .description(
      "A small Nym mixnet in memory that offers the nym-client WebSocket API on 127.0.0.1. It gives no anonymity.\n" +
        "Service clients have a port each; ws://127.0.0.1:<users port>/<name> is the persistent client of a user.",
    )
    .option("--services <count>", "how many service clients", count, 1)
    .option("--id <name>", "name of the first service client; the others get -1, -2, .. appended", "nym-directory")
    .option("--port <port>", "port of the first service client, the others follow; 0: any", portNumber, 1977)
    .option("--users-port <port>", "port of the users; 0: any", portNumber, 1970)
    .option("--user-port <name=port>", "a port of a user's own, for programs that can set no path", dedicated, {})
    .option("--control-port <port>", "port for commands; 0: any", portNumber, 1971)
    .option("--seed <text>", "the same seed makes the same decisions (default: a random one)")
    .option("--identity <text>", "what the addresses are derived from", "loopback")
    .option("--packets-per-second <rate>", "of a service client, a number or `unlimited`", rate, 50)
    .option("--user-packets-per-second <rate>", "the same for users (default: as service clients)", rate)
    .option("--reserve <count>", "SURBs that a service client keeps for asking for more", count, 1)
    .option("--user-reserve <count>", "the same for users", count, 10)
    .option("--starvation-ms <ms>", "a reply that waits for SURBs is dropped after this", milliseconds, 45_000)
    .option("--late-push-ms <ms>", "after this a reply must fit the SURBs at hand", milliseconds, 300_000)
    .option("--retransmit-ms <ms>", "how long an ack is awaited, beyond 1.5 round trips", milliseconds, 1_500)
    .option("--reply-retransmissions <count>", "how often a packet of a reply is sent again", count, 10)
    .option("--restart-ms <ms>", "how long a client that is restarted is away", milliseconds, 100)
    .option("--gateway-keep-ms <ms>", "how long messages for an absent client are kept", milliseconds, 86_400_000)
    .option("--delay-ms <ms>", "fault: how long a packet is under way, on average", milliseconds)
    .option("--jitter-ms <ms>", "fault: by how much that varies", milliseconds)
    .option("--loss <p>", "fault: probability that a message is lost for good", probability)
    .option("--packet-loss <p>", "fault: probability that a packet is lost, and then sent again", probability)
    .option("--duplicate <p>", "fault: probability that a message arrives twice", probability)
    .option("--reorder <p>", "fault: probability that a message is overtaken by the next", probability)
    .option("--reorder-ms <ms>", "fault: how long a message is held back for that", milliseconds)
    .option("--abort-on-failed-handshake", "fault: a failed WebSocket handshake kills the client")
    .option("--reconnect-refused-ms <ms>", "fault: how long after a connection the next is refused", milliseconds)
    .option("--keep", "keep running when stdin closes", false)
    .addHelpText("after", HELP);
}

const HELP = `
When it listens it prints one line of JSON on stdout: the seed, the service clients (name, address, url), the URLs of
the users, of those with a port of their own, and of the commands. It ends with code 0 on SIGINT or SIGTERM, and when its stdin is a pipe that closes.

Commands are JSON over the WebSocket of the control port, for example
  {"command":"restart","client":"alice","how":"killed","downMs":2000}
  {"command":"stop","client":"alice","how":"graceful"}      {"command":"start","client":"alice"}
  {"command":"faults","changes":{"loss":0.01,"delayMs":80}} {"command":"dropSocket","client":"alice"}
  {"command":"exhaust","client":"nym-directory"}            {"command":"rotateKeys"}
  {"command":"addressOf","client":"bob"}                    {"command":"counters","client":"alice"}
and each is answered by {"ok":true,"result":..} or {"ok":false,"error":".."}.`;

function count(text: string): number {
  return check(text, (value) => Number.isSafeInteger(value) && value >= 0, "a whole number, 0 or more");
}

function portNumber(text: string): number {
  return check(text, (value) => Number.isInteger(value) && value >= 0 && value <= 65_535, "0 to 65535");
}

function dedicated(text: string, others: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const [name, port, ...more] = text.split("=");
  if (name === undefined || name === "" || port === undefined || more.length > 0) {
    throw new InvalidArgumentError("Allowed: a name, =, and a port, for example alice=1980.");
  }
  return { ...others, [name]: portNumber(port) };
}

function milliseconds(text: string): number {
  return check(text, (value) => Number.isFinite(value) && value >= 0, "milliseconds, 0 or more");
}

function probability(text: string): number {
  return check(text, (value) => value >= 0 && value <= 1, "0 to 1");
}

function rate(text: string): number {
  if (text === "unlimited") return Infinity;
  return check(text, (value) => Number.isFinite(value) && value > 0, "packets a second, above 0, or `unlimited`");
}

function check(text: string, isValid: (value: number) => boolean, allowed: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!isValid(value)) throw new InvalidArgumentError(`Allowed: ${allowed}.`);
  return value;
}
