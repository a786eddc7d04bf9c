/** `nym-directory backup FILE`: a consistent copy of the database, while the directory runs or not. */
import type { Command } from "commander";
import { readEnvironment } from "../config/environment.js";
import { loadConfig } from "../config/load.js";
import { backupDatabase } from "../store/sqlite/backup.js";

export function addBackupCommand(program: Command): void {
  program
    .command("backup")
    .argument("<file>", "where to write the copy; must not exist")
    .description("write a consistent copy of the database, also while the directory runs; keys are not in it")
    .action(async (file: string) => {
      const { store } = loadConfig(readEnvironment(process.cwd()), process.cwd()).config;
      await backupDatabase(store.databasePath, file);
      process.stdout.write(`written: ${file}\n`);
    });
}
