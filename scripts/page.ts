/** `npm run page`: builds the example page, and serves it on this machine until Ctrl-C. */
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { readEnvironment } from "../src/config/environment.js";
import { loadConfig } from "../src/config/load.js";
import { buildPage } from "./page/build.js";
import { linkToLocal } from "./page/link.js";
import { servePage, type ServedPage } from "./page/serve.js";

const FOLDER = fileURLToPath(new URL("../page/", import.meta.url));
/** Always the same, since a browser keeps a visitor's name and key for one port. */
const USUAL_PORT = 1992;

const { port } = new Command("npm run page --")
  .description("Builds the example page and serves it on 127.0.0.1.")
  .option("--port <number>", `port to serve on, 0 for any free one (default: ${USUAL_PORT})`, parsePort)
  .parse()
  .opts<{ port?: number }>();

const { config } = loadConfig(readEnvironment(process.cwd()), process.cwd());
const home = (url: string): Promise<string | undefined> => linkToLocal(url, config);
await buildPage(FOLDER);
const page = await serve();
process.stdout.write(`The example page: ${page.url} (until Ctrl-C)\n`);
process.stdout.write(
  (await home(page.url)) === undefined
    ? "No directory runs on this machine: npm start starts one. Or enter the Nym address of another on the page.\n"
    : "It leads to the directory on this machine.\n",
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void page[Symbol.asyncDispose]());

/** On the usual port unless that is taken, or on the one that was asked for. */
async function serve(): Promise<ServedPage> {
  try {
    return await servePage(FOLDER, port ?? USUAL_PORT, home);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    if (!taken) throw error;
    if (port !== undefined) {
      process.stderr.write(`Something else listens on port ${port}.\n`);
      process.exit(1);
    }
    process.stderr.write(
      `Something else listens on port ${USUAL_PORT}: on this one, names from there are not known.\n`,
    );
    return servePage(FOLDER, 0, home);
  }
}

function parsePort(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) throw new InvalidArgumentError("a port is a number from 0 to 65535.");
  return number;
}
