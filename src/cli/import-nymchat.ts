/** `nym-directory import-nymchat FILE`: takes over the users of a NymCHAT server. The directory must not be running. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Command } from "commander";
import { IMPORT_REFUSALS, type ImportRefusal } from "../actions/operator/import-user.js";
import type { Config } from "../config/config.js";
import { type ForeignRow, importNymchat, type Imported } from "../import-nymchat.js";
import { pythonJson } from "../protocol/v1/python-json.js";
import { foldName } from "../store/identifiers.js";
import { explain, StoreError, type StoreErrorCode } from "../store/sqlite/errors.js";
import { openNymchatUsers } from "../store/sqlite/nymchat-users.js";
import { openSqliteStore } from "../store/sqlite/sqlite-store.js";
import { OperatorError } from "../util/operator-error.js";
import { readSettings } from "./settings.js";

interface Options {
  readonly verbose?: true;
  readonly report?: string;
}

export function addImportNymchatCommand(program: Command): void {
  program
    .command("import-nymchat")
    .argument("<file>", "the SQLite database of a NymCHAT server; it is only read")
    .option("--verbose", "say of each row that is refused which one and why, with the name")
    .option("--report <file>", "write that to a file instead, which must not exist")
    .description("take over the users of a NymCHAT server; the directory must not be running")
    .action(async (file: string, { verbose, report }: Options) => {
      const { config } = readSettings();
      using users = openNymchatUsers(file);
      using lines = reportTo(report, verbose === true);
      const rows = { rows: users.rows(), count: users.count };
      const imported = await importInto(config, rows, (row, why) => lines.write(lineOf(row, why)));
      process.stdout.write(summaryOf(imported));
    });
}

async function importInto(
  { store: options, reservedNames }: Config,
  { rows, count }: { readonly rows: Iterable<ForeignRow>; readonly count: number },
  refused: (row: ForeignRow, why: ImportRefusal) => void,
): Promise<Imported> {
  const { databasePath, busyTimeoutMs, maxDatabaseBytes } = options;
  let fault: StoreErrorCode = "unavailable";
  await using store = await openSqliteStore({
    path: databasePath,
    quota: undefined,
    busyTimeoutMs,
    sweepStep: 1,
    maxBytes: maxDatabaseBytes === 0 ? undefined : maxDatabaseBytes,
    now: Date.now,
    onFault: ({ code }) => (fault = code === "rejected" ? "unavailable" : code),
  });
  return await importNymchat(
    {
      store,
      rows,
      clock: Date.now,
      refused,
      progress: (done) => void process.stderr.write(`nym-directory: ${done} of ${count} rows\n`),
      fault: () => new StoreError(fault, `${databasePath}: ${explain(fault)}; what was imported so far stays`),
    },
    { reservedNames: new Set(reservedNames.map(foldName)) },
  );
}

/** Where lines about rows go: to a file, to stdout, or nowhere. */
function reportTo(file: string | undefined, verbose: boolean): Disposable & { write(line: string): void } {
  if (file === undefined) {
    const write = (line: string): void => {
      if (verbose) process.stdout.write(line);
    };
    return { write, [Symbol.dispose]: () => undefined };
  }
  try {
    const descriptor = openSync(file, "wx", 0o600);
    return { write: (line) => void writeSync(descriptor, line), [Symbol.dispose]: () => closeSync(descriptor) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "failed";
    throw new OperatorError("report", `--report: ${file} cannot be made (${code})`);
  }
}

/** One line, all ASCII whatever stands in the database: it may go to a terminal. */
function lineOf({ row, name }: ForeignRow, why: ImportRefusal): string {
  return `row ${row}${name === undefined ? "" : ` ${pythonJson(name)}`}: ${IMPORT_REFUSALS[why]}\n`;
}

function summaryOf({ imported, known, refused }: Imported): string {
  const reasons = Object.entries(refused) as [ImportRefusal, number][];
  const lines = [
    `imported: ${imported}`,
    `already there: ${known}`,
    `refused: ${reasons.reduce((sum, [, count]) => sum + count, 0)}`,
    ...reasons.filter(([, count]) => count > 0).map(([why, count]) => `  ${IMPORT_REFUSALS[why]}: ${count}`),
  ];
  return `${lines.join("\n")}\n`;
}
