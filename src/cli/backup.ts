/** `nym-directory backup FILE`: a consistent copy of the database, while the directory runs or not. */
import type { Command } from "commander";
import { backupDatabase } from "../store/sqlite/backup.js";
import { readSettings } from "./settings.js";

export function addBackupCommand(program: Command): void {
  program
    .command("backup")
    .argument("<file>", "where to write the copy; must not exist")
    .description("write a consistent copy of the database, also while the directory runs; keys are not in it")
    .action(async (file: string) => {
      const { store } = readSettings().config;
      await backupDatabase(store.databasePath, file);
      process.stdout.write(`written: ${file}\n`);
    });
}
