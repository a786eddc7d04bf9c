/** `nym-directory config`: what is in effect, without secrets. */
import type { Command } from "commander";
import { effectiveLines } from "../config/describe.js";
import { readEnvironment } from "../config/environment.js";
import { loadConfig } from "../config/load.js";

export function addConfigCommand(program: Command): void {
  program
    .command("config")
    .description("print the settings in effect and where each comes from, without secrets")
    .action(() => {
      const environment = readEnvironment(process.cwd());
      const { settings } = loadConfig(environment, process.cwd());
      process.stdout.write(`${effectiveLines(settings, environment).join("\n")}\n`);
    });
}
