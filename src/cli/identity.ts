/** `nym-directory identity`: the directory's public keys and their fingerprints. Makes the keys if there are none yet. */
import type { KeyObject } from "node:crypto";
import type { Command } from "commander";
import { fingerprint } from "../identity/fingerprint.js";
import { openIdentity } from "../identity/identity.js";
import { readPassphrase } from "../identity/passphrase.js";
import { readSettings } from "./settings.js";

export function addIdentityCommand(program: Command): void {
  program
    .command("identity")
    .description("print the directory's public keys and their fingerprints")
    .action(async () => {
      const { identity: options } = readSettings().config;
      const { passphrase } = await readPassphrase(options);
      const { publicKey, replyPublicKey, certificate } = await openIdentity(options, passphrase);
      const parts = [
        describe("identity key (Ed25519)", publicKey),
        describe("key of v1 replies (P-256), certified by the identity key", replyPublicKey),
        `certificate of the key of v1 replies:\n${JSON.stringify(certificate)}\n`,
      ];
      process.stdout.write(parts.join("\n"));
    });
}

function describe(title: string, key: KeyObject): string {
  return `${title}\nfingerprint: ${fingerprint(key)}\n${key.export({ type: "spki", format: "pem" }).toString()}`;
}
