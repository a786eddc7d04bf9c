/** Installs a nym-client whose digest somebody vouches for, and remembers it, so that no other is taken for it later. */
import { randomBytes } from "node:crypto";
import { chmod, copyFile, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AcceptedBinary, readAccepted, writeAccepted } from "../../src/supervisor/kinds/accepted-binary.js";
import { createFolder } from "../../src/util/atomic-file.js";
import { fileSha256 } from "../../src/util/file-digest.js";
import { OperatorError } from "../../src/util/operator-error.js";
import { programProblem } from "../../src/util/program-file.js";

export interface InstallOptions {
  /** Where it is to lie. */
  readonly binary: string;
  readonly version: string;
  /** The digest that its makers published. */
  readonly published: string | undefined;
  /** The digest that the operator asks for. */
  readonly given: string | undefined;
  /** Whether the operator takes whatever comes. */
  readonly accept: boolean;
}

/**
 * Has `obtain` write a candidate to a path in the same folder, and puts it in place (mode 0755) if its SHA-256 is
 * vouched for: by the operator, else by its makers, else by what was accepted before. Otherwise installs nothing and
 * throws an `OperatorError` that names the digest found. Returns the digest.
 */
export async function installBinary(
  options: InstallOptions,
  obtain: (path: string) => Promise<void>,
): Promise<AcceptedBinary> {
  const { binary } = options;
  await createFolder(dirname(binary));
  const candidate = join(dirname(binary), `.nym-client.${randomBytes(6).toString("hex")}.part`);
  try {
    await obtain(candidate);
    const problem = await programProblem(candidate, { mode: false });
    if (problem !== undefined) throw new OperatorError("not-a-program", `what came ${problem}; nothing is installed`);
    const sha256 = await fileSha256(candidate);
    const by = judge(sha256, options, await readAccepted(binary));
    await chmod(candidate, 0o755);
    await sync(candidate);
    const record = { version: options.version, sha256, by };
    // Between these two the directory refuses to start, which is the safe side.
    await writeAccepted(binary, record);
    await rename(candidate, binary);
    return record;
  } finally {
    await rm(candidate, { force: true });
  }
}

/** Copies a local file to be installed. Throws an `OperatorError`. */
export async function copyCandidate(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new OperatorError("no-file", `${from} cannot be read (${code})`, { cause: error });
  });
}

function judge(
  sha256: string,
  { given, published, accept, version }: InstallOptions,
  before: AcceptedBinary | undefined,
): AcceptedBinary["by"] {
  const found = `its SHA-256 is ${sha256}; nothing is installed`;
  if (given !== undefined) {
    if (given === sha256) return "digest";
    throw new OperatorError("digest", `this is not the program that --sha256 asks for: ${found}`);
  }
  if (published !== undefined) {
    if (published === sha256) return "manifest";
    throw new OperatorError("digest", `this is not the program that was published: ${found}`);
  }
  if (before?.version === version) {
    if (before.sha256 === sha256) return before.by;
    throw new OperatorError(
      "digest",
      `this is not the program that was accepted before as ${version}: ${found}. To take it all the same, name that digest with --sha256`,
    );
  }
  if (accept) return "operator";
  throw new OperatorError(
    "digest",
    `no digest of this program is published that it could be checked by: ${found}. ` +
      "Compare it with one from somebody you trust, and say --sha256 and that digest, or --accept to take what came",
  );
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
