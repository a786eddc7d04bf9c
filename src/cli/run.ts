/** `nym-directory run`: serves until SIGINT or SIGTERM. Addresses go to stdout, the log to stderr and to its file. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { Config } from "../config/config.js";
import { openIdentity, sealedKeysPath } from "../identity/identity.js";
import { readPassphrase } from "../identity/passphrase.js";
import { runDirectory } from "../service.js";
import { createEvents, type Events } from "../telemetry/events.js";
import { createLogger } from "../telemetry/logger.js";
import { VERSION } from "../version.js";
import { EXIT_INTERNAL } from "./exit.js";
import { readSettings } from "./settings.js";

export function addRunCommand(program: Command): void {
  program
    .command("run")
    .description("run the directory until SIGINT or SIGTERM")
    .action(async () => {
      const { config } = readSettings();
      const { level, filePath, fileBytes, files } = config.log;
      const file = { path: filePath, maxBytes: fileBytes, maxFiles: files };
      const logger = createLogger({ level, console: true, file });
      try {
        await run(config, createEvents(logger.log));
      } finally {
        await logger.close();
      }
    });
}

async function run(config: Config, events: Events): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort(signal));
  const fail = (error: unknown): void => {
    events.directoryFailed({ error });
    process.exitCode = EXIT_INTERNAL;
    stop.abort("failure");
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);

  const first = !existsSync(sealedKeysPath(config.identity.keysDir));
  const { passphrase, made, exposed } = await readPassphrase(config.identity);
  if (made) {
    events.secretCreated();
    process.stderr.write(
      `The passphrase of the directory's keys is in ${config.identity.secretPath}: keep it elsewhere, and set SECRET_PATH.\n`,
    );
  }
  if (exposed) events.secretExposed();
  const identity = await openIdentity(config.identity, passphrase);
  if (first) events.keysCreated();
  else events.keysOpened();
  // Whoever has read the addresses may close its end: they are in ADDRESS_FILE as well.
  process.stdout.on("error", () => undefined);
  const announce = (address: string): void => void process.stdout.write(`Nym address: ${address}\n`);
  await runDirectory(config, { version: VERSION, events, identity, announce }, stop.signal);
  events.directoryStopped();
}
