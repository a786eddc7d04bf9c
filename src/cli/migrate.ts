/** `nym-directory migrate`: brings the database to this version's schema, as `run` does by itself. */
import type { Command } from "commander";
import { readEnvironment } from "../config/environment.js";
import { loadConfig } from "../config/load.js";
import { migrate } from "../store/sqlite/migrate.js";

export function addMigrateCommand(program: Command): void {
  program
    .command("migrate")
    .description("bring the database to this version's schema; the directory must not be running")
    .action(() => {
      const { store } = loadConfig(readEnvironment(process.cwd()), process.cwd()).config;
      const { from, to } = migrate(store.databasePath, store.busyTimeoutMs);
      process.stdout.write(from === to ? `schema ${to}: nothing to do\n` : `schema ${from} -> ${to}\n`);
    });
}
