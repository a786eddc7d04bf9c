/** `npm run page`: builds the example page, and serves it on this machine until Ctrl-C. */
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { readEnvironment } from "../src/config/environment.js";
import { loadConfig } from "../src/config/load.js";
import { findLocalDirectory } from "./local-directory.js";
import { buildPage } from "./page/build.js";
import { linkTo } from "./page/link.js";
import { servePage } from "./page/serve.js";

const FOLDER = fileURLToPath(new URL("../page/", import.meta.url));

const { port } = new Command("npm run page --")
  .description("Builds the example page and serves it on 127.0.0.1.")
  .option("--port <number>", "port to serve on, 0 for any free one", parsePort, 0)
  .parse()
  .opts<{ port: number }>();

await buildPage(FOLDER);
const page = await servePage(FOLDER, port);
process.stdout.write(`The example page:                   ${page.url}\n`);
const { config } = loadConfig(readEnvironment(process.cwd()), process.cwd());
const { dataDir, nymClient, identity } = config;
const local = await findLocalDirectory({ dataDir, addressFile: nymClient.addressFile, keysDir: identity.keysDir });
if (local !== undefined) process.stdout.write(`With the directory on this machine: ${linkTo(page.url, local)}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void page[Symbol.asyncDispose]());

function parsePort(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) throw new InvalidArgumentError("a port is a number from 0 to 65535.");
  return number;
}
