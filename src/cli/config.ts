/** `nym-directory config`: what is in effect, without secrets. */
import type { Command } from "commander";
import { effectiveLines } from "../config/describe.js";
import { readSettings } from "./settings.js";

export function addConfigCommand(program: Command): void {
  program
    .command("config")
    .description("print the settings in effect and where each comes from, without secrets")
    .action(() => {
      const { settings, environment } = readSettings();
      process.stdout.write(`${effectiveLines(settings, environment).join("\n")}\n`);
    });
}
