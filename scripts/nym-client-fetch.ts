/** Installs the official nym-client in nym-client/bin, from where it is published or from a file; `npm run nym-client:fetch`. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { sha256Schema } from "../src/supervisor/kinds/accepted-binary.js";
import { OperatorError } from "../src/util/operator-error.js";
import { download } from "./nym-client-fetch/download.js";
import { copyCandidate, installBinary } from "./nym-client-fetch/install.js";
import { buildFor, type Manifest, pageOf, readManifest } from "./nym-client-fetch/manifest.js";

const MANIFEST = new URL("../../nym-client/manifest.json", import.meta.url);
const BINARY = fileURLToPath(new URL("../../nym-client/bin/nym-client", import.meta.url));
const HERE = `${process.platform}-${process.arch}`;
const MIB = 2 ** 20;
const VOUCHED = {
  manifest: "as its makers published it",
  digest: "as --sha256 asked",
  operator: "accepted as it came",
} as const;

interface Options {
  readonly from?: string;
  readonly url?: string;
  readonly sha256?: string;
  readonly accept: boolean;
  readonly to: string;
  readonly stallSeconds: number;
}

const options = new Command("npm run nym-client:fetch --")
  .description(
    "Install nym-client, which NYM_CLIENT=native runs. Nothing is installed unless its SHA-256 is vouched for.",
  )
  .option("--from <file>", "take this file instead of downloading one")
  .option("--url <url>", "download from here instead of where the manifest says")
  .option("--sha256 <hex>", "what its SHA-256 must be", digest)
  .option("--accept", "take what comes, and from then on nothing else", false)
  .option("--to <file>", "where to install it", BINARY)
  .option("--stall-seconds <seconds>", "give up when nothing comes for so long", Number, 60)
  .parse()
  .opts<Options>();

try {
  await main(options);
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  console.error(`nym-client:fetch: ${error.message}`);
  process.exitCode = 1;
}

async function main({ from, url, sha256, accept, to, stallSeconds }: Options): Promise<void> {
  const manifest = await readManifest(MANIFEST);
  const build = buildFor(manifest, HERE);
  const source = url ?? build?.url;
  if (from === undefined && source === undefined) throw new OperatorError("no-build", noBuild(manifest));
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const transfer = { onProgress: progress(), stallMs: stallSeconds * 1_000, signal: interrupted.signal };
  const binary = resolve(to);
  const { version } = manifest;
  const installed = await installBinary(
    { binary, version, published: build?.sha256, given: sha256, accept },
    (path) => {
      if (from !== undefined) return copyCandidate(from, path);
      console.error(`nym-client ${version} for ${HERE} from ${source}`);
      return download(source ?? "", path, transfer);
    },
  );
  console.log(
    `${binary}\nSHA-256 ${installed.sha256} (${VOUCHED[installed.by]}); only this program runs there from now on`,
  );
}

function noBuild(manifest: Manifest): string {
  const offered = Object.keys(manifest.builds).join(", ");
  return (
    `${pageOf(manifest)} has no build for ${HERE}, only for ${offered}: ` +
    `build nym-client from the tag ${manifest.release}, and install it with --from`
  );
}

/** A line for each tenth. */
function progress(): (bytes: number, total: number | undefined) => void {
  let said = 0;
  return (bytes, total) => {
    const tenth = total === undefined ? Math.floor(bytes / (10 * MIB)) : Math.floor((10 * bytes) / total);
    if (tenth <= said) return;
    said = tenth;
    const share = total === undefined ? "" : `${10 * tenth} %, `;
    console.error(`${share}${(bytes / MIB).toFixed(1)} MiB`);
  };
}

function digest(text: string): string {
  const parsed = sha256Schema.safeParse(text.toLowerCase());
  if (!parsed.success) throw new InvalidArgumentError("Allowed: 64 hex characters.");
  return parsed.data;
}
