/** `nym-directory migrate`: brings the database to this version's schema, as `run` does by itself. */
import type { Command } from "commander";
import { migrate } from "../store/sqlite/migrate.js";
import { readSettings } from "./settings.js";

export function addMigrateCommand(program: Command): void {
  program
    .command("migrate")
    .description("bring the database to this version's schema; the directory must not be running")
    .action(() => {
      const { store } = readSettings().config;
      const { from, to } = migrate(store.databasePath, store.busyTimeoutMs);
      process.stdout.write(from === to ? `schema ${to}: nothing to do\n` : `schema ${from} -> ${to}\n`);
    });
}
