/** `nym-directory status`: how the running directory and each of its Nym clients are. */
import type { Command } from "commander";
import { readEnvironment } from "../config/environment.js";
import { loadConfig } from "../config/load.js";
import { askStatus, NotRunningError } from "../control/ask.js";
import type { ClientReport, StatusReport } from "../control/protocol.js";
import { socketPath } from "../control/server.js";
import { runFolder } from "../part-options.js";
import { EXIT_NOT_RUNNING, EXIT_NOT_SERVING, EXIT_OK } from "./exit.js";

export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .description("ask the running directory how its Nym clients are; ends with 0 only when all serve")
    .option("--json", "one line of JSON instead of a table")
    .action(async ({ json }: { readonly json?: true }) => {
      const { config } = loadConfig(readEnvironment(process.cwd()), process.cwd());
      try {
        const report = await askStatus(socketPath(runFolder(config)));
        process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : statusText(report));
        process.exitCode = report.serving ? EXIT_OK : EXIT_NOT_SERVING;
      } catch (error) {
        if (!(error instanceof NotRunningError)) throw error;
        process.stderr.write(`nym-directory: ${error.message}\n`);
        process.exitCode = EXIT_NOT_RUNNING;
      }
    });
}

const COLUMNS: Readonly<Record<string, (client: ClientReport) => string>> = {
  client: ({ client }) => String(client),
  id: ({ id }) => id,
  serves: ({ serving }) => (serving ? "yes" : "no"),
  state: ({ state }) => state,
  connected: ({ connected }) => (connected ? "yes" : "no"),
  age: ({ ageSeconds }) => (ageSeconds === null ? "-" : duration(ageSeconds)),
  restarts: ({ restarts }) => String(restarts),
  missed: ({ missedChecks }) => String(missedChecks),
  senders: ({ senders }) => String(senders),
  lanes: ({ lanes }) => String(lanes),
  queued: ({ queuedPackets }) => String(queuedPackets),
  address: ({ address }) => address ?? "-",
};

/** The report as a table, each Nym client a line. */
function statusText(report: StatusReport): string {
  const { version, kind, uptimeSeconds, requestsUnderWay, clients } = report;
  const serving = clients.filter((client) => client.serving).length;
  const rows = [Object.keys(COLUMNS), ...clients.map((client) => Object.values(COLUMNS).map((text) => text(client)))];
  const widths = Object.keys(COLUMNS).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const head = [
    `nym-directory ${version}, NYM_CLIENT=${kind}, up ${duration(uptimeSeconds)}`,
    `${serving} of ${clients.length} Nym clients serve, requests under way: ${requestsUnderWay}`,
  ];
  return `${[...head, "", ...table].join("\n")}\n`;
}

/** A time in its two largest units. */
function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
