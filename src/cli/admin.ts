/** `nym-directory admin`: what an operator asks of the running directory, and what they have it do. */
import type { Command } from "commander";
import type * as z from "zod";
import { readEnvironment } from "../config/environment.js";
import { loadConfig } from "../config/load.js";
import type { AdminChange, AdminRequest, ChangeReport, ChangeResult } from "../control/admin.js";
import { changeReport, countsReport, userReport } from "../control/admin.js";
import { askDirectory, FailedError, NotRunningError } from "../control/ask.js";
import { socketPath } from "../control/server.js";
import { runFolder } from "../part-options.js";
import { isUsername } from "../protocol/v1/username.js";
import { OperatorError } from "../util/operator-error.js";
import { confirm } from "./confirm.js";
import { EXIT_NOT_DONE, EXIT_NOT_RUNNING, EXIT_OK } from "./exit.js";

interface Options {
  readonly json?: true;
  readonly yes?: true;
}

/** What is done to a name: what the command says it does, and asks before it does it. */
const NAME_CHANGES = {
  "delete-user": {
    does: "delete a user with everything that hangs on them, as if they had released their name",
    asks: (name: string) =>
      `Delete the user ${name}, with keys, waiting messages, contacts, prekeys and places in groups? It cannot be undone.`,
  },
  reserve: {
    does: "keep everybody from registering a name until it is freed",
    asks: (name: string) => `Reserve the name ${name}, for good?`,
  },
  free: {
    does: "let a name that is reserved, or held after its release, be registered again",
    asks: (name: string) => `Free the name ${name}, for anybody who wants it?`,
  },
} as const;

/** What is done to registrations. */
const REGISTRATION_CHANGES = {
  "stop-registrations": {
    does: "refuse registrations until they are resumed, also after a restart",
    asks: "Stop registrations until they are resumed?",
  },
  "resume-registrations": {
    does: "let users register again",
    asks: "Resume registrations?",
  },
} as const;

const RESULTS: { readonly [R in ChangeResult]: string } = {
  done: "done",
  already: "it is so already",
  noUser: "not done: there is no such user",
  inUse: "not done: the name is a user's",
  bySetting: "not done: the setting RESERVED_NAMES reserves the name",
  busy: "not done: others changed the same rows all the time",
  unavailable: "not done: the store cannot write",
};

export function addAdminCommand(program: Command): void {
  const admin = program
    .command("admin")
    .description("ask the running directory for counts, and have it delete users, reserve names, stop registrations");
  const add = (name: string, does: string): Command =>
    admin
      .command(name)
      .description(does)
      .option("--json", "one line of JSON instead of text")
      .option("--yes", "do not ask whether to go on");

  add("counts", "how much of everything there is").action((options: Options) =>
    show({ command: "counts" }, countsReport, options),
  );
  add("user", "dates and counts of a user, or why the name is nobody's")
    .argument("<name>")
    .action((name: string, options: Options) => show({ command: "user", name: checked(name) }, userReport, options));
  for (const command of ["delete-user", "reserve", "free"] as const) {
    const { does, asks } = NAME_CHANGES[command];
    add(command, does)
      .argument("<name>")
      .action((name: string, options: Options) => change({ command, name: checked(name) }, asks(name), options));
  }
  for (const command of ["stop-registrations", "resume-registrations"] as const) {
    const { does, asks } = REGISTRATION_CHANGES[command];
    add(command, does).action((options: Options) => change({ command }, asks, options));
  }
}

/** A name that somebody could have; throws an `OperatorError`. */
function checked(name: string): string {
  if (isUsername(name)) return name;
  throw new OperatorError("name", "this is no name: names are 1 to 64 letters, digits, - and _");
}

async function show<Report extends Readonly<Record<string, string | number | boolean | null>>>(
  request: AdminRequest,
  schema: z.ZodType<Report>,
  { json }: Options,
): Promise<void> {
  const report = await answerTo(request, schema);
  if (report === undefined) return;
  process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : textOf(report));
  process.exitCode = EXIT_OK;
}

async function change(request: AdminChange, question: string, { json, yes }: Options): Promise<void> {
  if (yes !== true && !(await confirm(question, { input: process.stdin, output: process.stderr }))) {
    process.stderr.write("nym-directory: not confirmed, nothing was done\n");
    process.exitCode = EXIT_NOT_DONE;
    return;
  }
  const report = await answerTo(request, changeReport);
  if (report === undefined) return;
  process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : changeText(report));
  process.exitCode = report.result === "done" || report.result === "already" ? EXIT_OK : EXIT_NOT_DONE;
}

/** What the directory answers; `undefined` when it does not, which has been said then. */
async function answerTo<Report>(request: AdminRequest, schema: z.ZodType<Report>): Promise<Report | undefined> {
  const { config } = loadConfig(readEnvironment(process.cwd()), process.cwd());
  try {
    return await askDirectory(socketPath(runFolder(config)), request, schema);
  } catch (error) {
    if (!(error instanceof NotRunningError || error instanceof FailedError)) throw error;
    process.stderr.write(`nym-directory: ${error.message}\n`);
    process.exitCode = error instanceof NotRunningError ? EXIT_NOT_RUNNING : EXIT_NOT_DONE;
    return undefined;
  }
}

function changeText({ result, heldUntil }: ChangeReport): string {
  return `${RESULTS[result]}${heldUntil === undefined ? "" : `; the name is held until ${heldUntil}`}\n`;
}

/** Each field a line, as `message bytes: 17`. */
function textOf(report: Readonly<Record<string, string | number | boolean | null>>): string {
  const lines = Object.entries(report).map(
    ([field, value]) => `${field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}: ${wordOf(value)}\n`,
  );
  return lines.join("");
}

function wordOf(value: string | number | boolean | null): string {
  if (value === null) return "-";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}
