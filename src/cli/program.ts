/** The program: its commands, one file each, and how it ends. */
import { Command, CommanderError } from "commander";
import { addAdminCommand } from "./admin.js";
import { addBackupCommand } from "./backup.js";
import { addConfigCommand } from "./config.js";
import { EXIT_CONFIG, EXIT_OK, reportFailure } from "./exit.js";
import { addIdentityCommand } from "./identity.js";
import { addImportNymchatCommand } from "./import-nymchat.js";
import { addMigrateCommand } from "./migrate.js";
import { addRestoreCommand } from "./restore.js";
import { addRunCommand } from "./run.js";
import { addStatusCommand } from "./status.js";
import { leaveStopSignals } from "./stop-signals.js";
import { VERSION } from "../version.js";

/** Runs the command that the arguments name, `run` when there are none. Resolves with the exit code, unless one is set. */
export async function runProgram(args: readonly string[]): Promise<number | undefined> {
  try {
    await createProgram().parseAsync(args.length === 0 ? ["run"] : args, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_CONFIG;
    return reportFailure(error);
  }
}

function createProgram(): Command {
  const program = new Command("nym-directory")
    .description("The directory of the Nym mixnet. Settings come from the environment and from .env: see .env.example.")
    .version(VERSION)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });

  for (const add of [
    addRunCommand,
    addStatusCommand,
    addAdminCommand,
    addConfigCommand,
    addIdentityCommand,
    addMigrateCommand,
    addBackupCommand,
    addRestoreCommand,
    addImportNymchatCommand,
  ]) {
    add(program);
  }
  for (const command of program.commands) command.exitOverride();
  program.hook("preAction", (_, action) => {
    if (action.name() !== "run") leaveStopSignals();
  });
  return program;
}
