/** The passphrase of the directory's keys: from the file that the operator names, or one that the first start makes. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Secret } from "../config/secret.js";
import { createFile, createFolder } from "../util/atomic-file.js";
import { OperatorError } from "../util/operator-error.js";
import { sealedKeysPath } from "./identity.js";

/** Where the passphrase lies, and whether it may be made. */
export interface PassphraseOptions {
  readonly secretPath: string;
  /** The operator named no file: if there are no keys yet, a passphrase is made. */
  readonly makeSecret: boolean;
  readonly keysDir: string;
}

/** The passphrase, and whether it was made just now. */
export interface Passphrase {
  readonly passphrase: Secret;
  readonly made: boolean;
}

const MADE_BYTES = 32;

/** Reads the passphrase: the whole file but for line ends at its end. Throws an `OperatorError` that names SECRET_PATH. */
export async function readPassphrase(options: PassphraseOptions): Promise<Passphrase> {
  const made = await makeIfFirst(options);
  const text = await readSecretFile(options.secretPath);
  const passphrase = text.replace(/[\r\n]+$/, "");
  if (passphrase === "") throw refusal(options.secretPath, "is empty; it must hold the passphrase");
  return { passphrase: new Secret(passphrase), made };
}

async function makeIfFirst({ secretPath, makeSecret, keysDir }: PassphraseOptions): Promise<boolean> {
  if (!makeSecret || existsSync(secretPath) || existsSync(sealedKeysPath(keysDir))) return false;
  await createFolder(dirname(secretPath));
  return createFile(secretPath, `${randomBytes(MADE_BYTES).toString("base64url")}\n`, 0o600);
}

async function readSecretFile(secretPath: string): Promise<string> {
  try {
    return await readFile(secretPath, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    const what = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw refusal(secretPath, `${what}; it must hold the passphrase that the keys were made with`, error);
  }
}

function refusal(secretPath: string, what: string, cause?: unknown): OperatorError {
  return new OperatorError("passphrase", `SECRET_PATH: ${secretPath} ${what}`, { cause });
}
