/**
 * The folder in which a nym-client keeps its keys and settings, made whole before each launch: `init` runs once in its
 * life, again only if it was interrupted, and keys that have served are never thrown away.
 */
import { access, chmod, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createFolder, replaceFile } from "../../util/atomic-file.js";
import { type ListenAt, withOurSettings } from "./native-config.js";

/** What a folder that `init` finished holds: its first file, and its last. */
const COMPLETE = ["data/private_identity.pem", "config/config.toml"] as const;

export interface FolderOptions extends ListenAt {
  /** NYM_HOME_DIR; made with mode 0700. */
  readonly home: string;
  readonly id: string;
}

/**
 * Makes the folder ready for a launch, with `initialise` if need be. What an interrupted `init` left is wiped; a folder
 * that was whole once and is not any more is set aside, as `ID.damaged-1` and so on; one that was brought here whole is
 * taken as it is. Throws what `initialise` throws, and the system's errors.
 */
export async function prepareFolder(options: FolderOptions, initialise: () => Promise<unknown>): Promise<void> {
  const { home, id } = options;
  const folder = join(home, ".nym", "clients", id);
  const progress = join(home, `${id}.init`);
  await createFolder(home);
  await chmod(home, 0o700);
  const stage = (await readFile(progress, "utf8").catch(() => "")).trim();
  const made = stage === "begun" || !(await isComplete(folder));
  if (made) {
    if (stage === "done") await setAside(folder);
    else await rm(folder, { recursive: true, force: true });
    await replaceFile(progress, "begun\n");
    await initialise();
    if (!(await isComplete(folder))) throw new IncompleteInitError();
  }
  if (made || stage !== "done") await replaceFile(progress, "done\n");
  await configure(join(folder, "config", "config.toml"), options);
}

/** `init` said that it succeeded, and left no complete folder. */
class IncompleteInitError extends Error {
  override readonly name = "IncompleteInitError";
  readonly code = "INCOMPLETE";
  constructor() {
    super("init left no complete folder");
  }
}

async function isComplete(folder: string): Promise<boolean> {
  const sizes = await Promise.all(
    COMPLETE.map((file) =>
      stat(join(folder, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.every((size) => size > 0);
}

async function setAside(folder: string): Promise<void> {
  if (!(await exists(folder))) return;
  for (let count = 1; ; count++) {
    const aside = `${folder}.damaged-${count}`;
    if (await exists(aside)) continue;
    await rename(folder, aside);
    return;
  }
}

async function configure(path: string, at: ListenAt): Promise<void> {
  const toml = await readFile(path, "utf8");
  const ours = withOurSettings(toml, at);
  if (ours !== toml) await replaceFile(path, ours);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
