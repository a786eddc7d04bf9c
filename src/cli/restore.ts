/** `nym-directory restore FILE`: puts a backup in the database's place. The directory must not be running. */
import type { Command } from "commander";
import { readEnvironment } from "../config/environment.js";
import { loadConfig } from "../config/load.js";
import { restoreBackup } from "../store/sqlite/restore.js";

export function addRestoreCommand(program: Command): void {
  program
    .command("restore")
    .argument("<file>", "a copy made by backup")
    .description("replace the database by a backup: drops all routes and starts a new epoch")
    .action((file: string) => {
      const { store } = loadConfig(readEnvironment(process.cwd()), process.cwd()).config;
      const { counts, epoch } = restoreBackup(file, store.databasePath);
      process.stdout.write(`restored: ${counts.users} users, ${counts.deliveries} messages waiting, epoch ${epoch}\n`);
    });
}
