/** `nym-directory identity`: the directory's public keys and their fingerprints. Makes the keys if there are none yet. */
import type { Command } from "commander";
import { readEnvironment } from "../config/environment.js";
import { loadConfig } from "../config/load.js";
import { describeIdentity, openIdentity } from "../identity/identity.js";
import { openPassphrase } from "../identity/passphrase.js";

export function addIdentityCommand(program: Command): void {
  program
    .command("identity")
    .description("print the directory's public keys and their fingerprints")
    .action(async () => {
      const { identity: options } = loadConfig(readEnvironment(process.cwd()), process.cwd()).config;
      const { passphrase } = await openPassphrase(options);
      const identity = await openIdentity({ ...options, passphrase });
      process.stdout.write(`${describeIdentity(identity)}\n`);
    });
}
