/**
 * Which nym-client program may run: in nym-client/bin only the one that was accepted there; one that NYM_CLIENT_BINARY
 * names is the operator's own, and is only remembered, so that a change of it does not go unseen.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { createFolder, replaceFile } from "../../util/atomic-file.js";
import { fileSha256 } from "../../util/file-digest.js";
import { OperatorError } from "../../util/operator-error.js";
import { programProblem } from "../../util/program-file.js";
import { readAccepted, sha256Schema } from "./accepted-binary.js";
import type { LaunchNotice } from "./kind.js";

/** Where `npm run nym-client:fetch` installs. */
export const INSTALLED_BINARY = fileURLToPath(new URL("../../../../nym-client/bin/nym-client", import.meta.url));

const WAYS =
  "`npm run nym-client:fetch` installs one, NYM_CLIENT_BINARY names one of your own; " +
  "without any, NYM_CLIENT=wasm joins the mixnet for a try, and NYM_CLIENT=loopback is one in memory without anonymity";

export interface BinaryOptions {
  readonly binary: string;
  /** Where the program lies for which only the accepted one may stand. */
  readonly installed: string;
  /** Whether another one may stand there after all. */
  readonly allowUnpinned: boolean;
  /** Folder of what is remembered of a program of the operator's own; made if it is missing. */
  readonly folder: string;
}

/** Throws an `OperatorError` that says what to do unless the program may and can run. Returns what is worth saying. */
export async function checkBinary(options: BinaryOptions): Promise<readonly LaunchNotice[]> {
  const { binary, installed, allowUnpinned, folder } = options;
  const problem = await programProblem(binary);
  if (problem === "is missing") throw new OperatorError("no-binary", `there is no nym-client at ${binary}: ${WAYS}`);
  if (problem === "is not executable") {
    throw new OperatorError("binary-unusable", `${binary} is not executable: chmod 755 it, if it is a nym-client`);
  }
  if (problem !== undefined) {
    const here = `${process.platform}-${process.arch}`;
    throw new OperatorError(
      "binary-unusable",
      `${binary} ${problem}, this machine needs a program for ${here}: ${WAYS}`,
    );
  }
  const sha256 = await fileSha256(binary);
  if (binary !== installed) return remember(join(folder, "binary.json"), sha256);
  if ((await readAccepted(installed))?.sha256 === sha256) return [];
  if (allowUnpinned) return ["nymClientUnpinned"];
  throw new OperatorError(
    "binary-not-accepted",
    `${binary} is not the program that was accepted there (its SHA-256 is ${sha256}): install it by ` +
      "`npm run nym-client:fetch`, or let your own build run by NYM_CLIENT_ALLOW_UNPINNED=1",
  );
}

const memory = z.strictObject({ sha256: sha256Schema });

async function remember(path: string, sha256: string): Promise<readonly LaunchNotice[]> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const known = text === undefined ? undefined : parseMemory(text);
  if (known === sha256) return [];
  await createFolder(join(path, ".."));
  await replaceFile(path, `${JSON.stringify({ sha256 })}\n`);
  return [known === undefined ? "nymClientBinaryRecorded" : "nymClientBinaryChanged"];
}

function parseMemory(text: string): string | undefined {
  try {
    return memory.parse(JSON.parse(text)).sha256;
  } catch {
    return undefined;
  }
}
