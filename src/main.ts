#!/usr/bin/env node
/** The command `nym-directory`: one file per command under `cli/`. */
import { Command, CommanderError } from "commander";
import { addBackupCommand } from "./cli/backup.js";
import { addConfigCommand } from "./cli/config.js";
import { EXIT_CONFIG, EXIT_OK, reportFailure } from "./cli/exit.js";
import { addIdentityCommand } from "./cli/identity.js";
import { addMigrateCommand } from "./cli/migrate.js";
import { addRestoreCommand } from "./cli/restore.js";
import { addRunCommand } from "./cli/run.js";
import { addStatusCommand } from "./cli/status.js";
import { VERSION } from "./version.js";

const program = new Command("nym-directory")
  .description("The directory of the Nym mixnet. Settings come from the environment and from .env: see .env.example.")
  .version(VERSION)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

for (const add of [
  addRunCommand,
  addStatusCommand,
  addConfigCommand,
  addIdentityCommand,
  addMigrateCommand,
  addBackupCommand,
  addRestoreCommand,
]) {
  add(program);
}
for (const command of program.commands) command.exitOverride();

const given = process.argv.slice(2);

try {
  await program.parseAsync(given.length === 0 ? ["run"] : given, { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT_OK : EXIT_CONFIG;
  else process.exitCode = reportFailure(error);
}
