/** The recorded logs of a real Nym client, and the secrets that they hold. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../vectors/nym-client-logs/", import.meta.url));

/** Each recorded log. */
export function recordedLogs(): { name: string; text: string }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".log"))
    .map((name) => ({ name, text: readFileSync(FOLDER + name, "utf8") }));
}

/** Whatever in `text` could be an address, a tag or a key: long runs of base58 with both cases or digits, and of hex. */
export function secretsIn(text: string): string[] {
  const base58Runs = text.match(/[1-9A-HJ-NP-Za-km-z]{20,}/g) ?? [];
  const hexRuns = text.match(/[0-9a-f]{16,}/gi) ?? [];
  return [...base58Runs.filter((run) => /\d/.test(run)), ...hexRuns];
}
