/** The loopback mixnet as a program: ports instead of calls, commands over a WebSocket, and a clean end. */
import { randomBytes } from "node:crypto";
import { asked } from "../host/asked.js";
import { control } from "./control.js";
import { parseArguments, type ProgramOptions } from "./arguments.js";
import { listenForCommands } from "./listeners.js";
import { createLoopbackMixnet } from "./mixnet.js";

const EXIT_CONFIGURATION = 78;

const BANNER = `
  ############################################################################
  #  This is NOT the Nym mixnet. It is a simulation of it in the memory of   #
  #  this process, for development, tests and demonstrations. It gives       #
  #  NO ANONYMITY: everything that passes through it is seen here.           #
  ############################################################################

`;

if (process.env["NODE_ENV"] === "production") {
  process.stderr.write("The loopback mixnet gives no anonymity and does not run with NODE_ENV=production.\n");
  process.exitCode = EXIT_CONFIGURATION;
} else {
  await run(parseArguments(process.argv));
}

async function run({ keep, ports, ...options }: ProgramOptions): Promise<void> {
  process.stderr.write(BANNER);
  const mixnet = createLoopbackMixnet({ seed: randomBytes(8).toString("hex"), ...options });
  try {
    const urls = await mixnet.listen(ports);
    const command = async (text: string): Promise<string> => JSON.stringify(await control(mixnet, text));
    const commands = await listenForCommands(command, ports.control);
    const services = mixnet.services.map((service, index) => ({ ...service, url: urls.services[index] }));
    const { users, dedicated } = urls;
    const line = { event: "listening", seed: mixnet.seed, services, users, dedicated, control: commands.url };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    await asked(keep);
    await commands[Symbol.asyncDispose]();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  await mixnet.close();
  process.stdin.destroy();
}
