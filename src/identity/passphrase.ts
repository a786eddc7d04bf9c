/** The passphrase of the directory's keys: from the file that the operator names, or one that the first start makes. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { access, constants, readFile, stat } from "node:fs/promises";
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

/** The passphrase, and what its operator should hear of. */
export interface Passphrase {
  readonly passphrase: Secret;
  /** It was made just now. */
  readonly made: boolean;
  /** Everybody on this machine may read or change it, and a chmod would mend that. */
  readonly exposed: boolean;
}

const MADE_BYTES = 32;
const ANYBODY = 0o007;

/** Reads the passphrase: the whole file but for line ends at its end. Throws an `OperatorError` that names SECRET_PATH. */
export async function readPassphrase(options: PassphraseOptions): Promise<Passphrase> {
  const made = await makeIfFirst(options);
  const text = await readSecretFile(options.secretPath);
  const passphrase = text.replace(/[\r\n]+$/, "");
  if (passphrase === "") throw refusal(options.secretPath, "is empty; it must hold the passphrase");
  return { passphrase: new Secret(passphrase), made, exposed: await isExposed(options.secretPath) };
}

async function makeIfFirst({ secretPath, makeSecret, keysDir }: PassphraseOptions): Promise<boolean> {
  if (!makeSecret || existsSync(secretPath) || existsSync(sealedKeysPath(keysDir))) return false;
  try {
    await createFolder(dirname(secretPath));
    return await createFile(secretPath, `${randomBytes(MADE_BYTES).toString("base64url")}\n`, 0o600);
  } catch (error) {
    throw refusal(secretPath, `cannot be made (${codeOf(error)})`, error);
  }
}

async function readSecretFile(secretPath: string): Promise<string> {
  try {
    return await readFile(secretPath, "utf8");
  } catch (error) {
    const code = codeOf(error);
    const what = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw refusal(secretPath, `${what}; it must hold the passphrase that the keys were made with`, error);
  }
}

/** Containers mount secrets read-only with mode 0444, where chmod is not to be had and nobody else lives. */
async function isExposed(secretPath: string): Promise<boolean> {
  const status = await stat(secretPath).catch(() => undefined);
  if (status?.isFile() !== true || (status.mode & ANYBODY) === 0) return false;
  const refused = await access(secretPath, constants.W_OK).then(() => undefined, codeOf);
  return refused !== "EROFS";
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown";
}

function refusal(secretPath: string, what: string, cause?: unknown): OperatorError {
  return new OperatorError("passphrase", `SECRET_PATH: ${secretPath} ${what}`, { cause });
}
