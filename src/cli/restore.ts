/** `nym-directory restore FILE`: puts a backup in the database's place. The directory must not be running. */
import type { Command } from "commander";
import { restoreBackup } from "../store/sqlite/restore.js";
import { readSettings } from "./settings.js";

export function addRestoreCommand(program: Command): void {
  program
    .command("restore")
    .argument("<file>", "a copy made by backup")
    .description("replace the database by a backup: drops all routes and starts a new epoch")
    .action((file: string) => {
      const { store } = readSettings().config;
      const { counts, epoch } = restoreBackup(file, store.databasePath);
      process.stdout.write(`restored: ${counts.users} users, ${counts.deliveries} messages waiting, epoch ${epoch}\n`);
    });
}
