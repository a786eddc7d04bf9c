/** A supervisor over a child from `fixtures/children`, with times scaled down, its events recorded, and data of its own. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChildSpec } from "../../src/supervisor/kinds/kind.js";
import { Supervisor, type SupervisorOptions } from "../../src/supervisor/supervisor.js";
import { createEvents, type Events } from "../../src/telemetry/events.js";

const FIXTURES = fileURLToPath(new URL("../fixtures/children/", import.meta.url));

/** Times that no test waits for, unless it sets them. */
export const PATIENT: Omit<SupervisorOptions, "runFolder" | "signal"> = {
  backOff: { minMs: 20, maxMs: 100 },
  stableAfterMs: 60_000,
  graceMs: 60_000,
  startAllowanceMs: 60_000,
};

/** The spec of a fixture, whose last argument is the file in which it notes its starts. */
export function fixtureSpec(folder: string, name: string, ...args: string[]): ChildSpec {
  return {
    name: "fixture",
    command: process.execPath,
    args: [`${FIXTURES}${name}.mjs`, ...args, join(folder, "starts")],
    env: {},
    clients: [0],
    keepsSurbs: true,
  };
}

/** The pids of the children that have started in `folder` so far. */
export async function starts(folder: string): Promise<number[]> {
  return (await readFile(join(folder, "starts"), "utf8").catch(() => "")).split("\n").filter(Boolean).map(Number);
}

/** Events that write down their lines as `level event fields`. */
export function recordEvents(): { events: Events; lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    events: createEvents((level, event, fields) => void lines.push(`${level} ${event} ${JSON.stringify(fields)}`)),
  };
}

export interface Supervised extends AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly folder: string;
  readonly runFolder: string;
  readonly lines: string[];
  readonly end: AbortController;
  readonly starts: () => Promise<number[]>;
}

/** A supervisor that has not started yet. */
export async function supervise(
  fixture: [name: string, ...args: string[]] | ((folder: string) => ChildSpec),
  options: Partial<SupervisorOptions> = {},
): Promise<Supervised> {
  const folder = await mkdtemp(join(tmpdir(), "nym-directory-supervisor-"));
  const runFolder = join(folder, "run");
  const spec = typeof fixture === "function" ? fixture(folder) : fixtureSpec(folder, ...fixture);
  const { events, lines } = recordEvents();
  const end = new AbortController();
  const supervisor = new Supervisor(
    spec,
    { events, random: () => 0.5 },
    { ...PATIENT, runFolder, signal: end.signal, ...options },
  );
  return {
    supervisor,
    folder,
    runFolder,
    lines,
    end,
    starts: () => starts(folder),
    async [Symbol.asyncDispose]() {
      await supervisor.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
