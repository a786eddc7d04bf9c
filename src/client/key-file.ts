/** A user's private key on disk (Node only): sealed with a passphrase, mode 0600, replaced as a whole or not at all. */
import { readFile } from "node:fs/promises";
import { Secret } from "../config/secret.js";
import { seal, unseal } from "../identity/sealed-file.js";
import { replaceFile } from "../util/atomic-file.js";
import { OperatorError } from "../util/operator-error.js";

const TEXTS = {
  missing: "there is no key file",
  damaged: "the key file is damaged",
  wrongPassphrase: "the passphrase does not open the key file, or the file was changed",
} as const;

/** Why a key file cannot be read; the text names no file, since its path may be a name. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
  readonly code: keyof typeof TEXTS;

  constructor(code: keyof typeof TEXTS) {
    super(TEXTS[code]);
    this.code = code;
  }
}

/** Guessing a passphrase costs 64 MiB and about a quarter of a second a try. */
const SCRYPT_LOG2_N = 16;

/** Writes the private key `pem`, replacing what was there. The folder must exist. */
export async function writeKeyFile(path: string, pem: string, passphrase: string): Promise<void> {
  await replaceFile(path, await seal(Buffer.from(pem), new Secret(passphrase), SCRYPT_LOG2_N));
}

/** The private key in a key file, as PEM. Rejects with a `KeyFileError`. */
export async function readKeyFile(path: string, passphrase: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) throw new KeyFileError("missing");
  try {
    return (await unseal(text, new Secret(passphrase), "the key file")).toString("utf8");
  } catch (error) {
    const damaged = error instanceof OperatorError && error.code === "sealed-damaged";
    throw new KeyFileError(damaged ? "damaged" : "wrongPassphrase");
  }
}
