/** Builds the example page: one module, the SDK in chunks of its own, and its web worker beside them. */
import { copyFile, mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PAGE = fileURLToPath(new URL("../../../src/page/", import.meta.url));
const WORKER = "web-worker-0.js";

/** Builds the page into `folder`, in place of what was there. */
export async function buildPage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [join(PAGE, "main.ts")],
    outdir: folder,
    tsconfig: join(PAGE, "tsconfig.json"),
    bundle: true,
    splitting: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "warning",
  });
  const sdk = dirname(createRequire(import.meta.url).resolve("@nymproject/sdk"));
  await copyFile(join(sdk, WORKER), join(folder, WORKER));
  for (const file of ["index.html", "style.css", "icon.svg"]) await copyFile(join(PAGE, file), join(folder, file));
}
