/**
 * The socket at which the running directory answers its operator: a Unix socket of mode 0600 in a folder of mode 0700,
 * so that who can open it can read the directory's files as well.
 */
import { chmod, mkdir, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Events } from "../telemetry/events.js";
import { takeLines } from "./lines.js";
import { type ControlAnswer, CONTROL_VERSION, MAX_LINE_BYTES, parseRequest, type StatusReport } from "./protocol.js";

/** What is asked, by who answers it. */
export interface ControlComponents {
  readonly status: () => StatusReport;
  readonly events: Pick<Events, "controlFailed">;
}

/** How long a connection may be idle. */
const IDLE_MS = 10_000;

/** Where the socket of a directory with this run folder is. */
export function socketPath(runFolder: string): string {
  return join(runFolder, "status.sock");
}

/**
 * Starts to answer, in the place of whatever socket an earlier run has left. Where that cannot be (a path above some
 * hundred bytes), it is reported, and the directory serves on: nobody depends on it.
 */
export async function startControl(components: ControlComponents, runFolder: string): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    serve(socket, components);
  });
  const path = socketPath(runFolder);
  try {
    await mkdir(runFolder, { recursive: true, mode: 0o700 });
    await rm(path, { force: true });
    await listen(server, path);
    await chmod(path, 0o600);
  } catch (error) {
    components.events.controlFailed({ error });
  }
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, "listening");
}

function serve(socket: Socket, components: ControlComponents): void {
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on("error", () => undefined);
  const take = takeLines(MAX_LINE_BYTES, {
    line: (line) => socket.write(`${JSON.stringify(answerOf(line, components))}\n`),
    tooLong: () => socket.destroy(),
  });
  socket.on("data", take);
}

function answerOf(line: string, { status }: ControlComponents): ControlAnswer {
  const request = parseRequest(line);
  if (typeof request === "string") return { v: CONTROL_VERSION, ok: false, error: request };
  try {
    return { v: CONTROL_VERSION, ok: true, result: COMMANDS[request.command]({ status }) };
  } catch {
    return { v: CONTROL_VERSION, ok: false, error: "failed" };
  }
}

/** Every command there is. */
const COMMANDS = {
  status: ({ status }: Pick<ControlComponents, "status">): StatusReport => status(),
} as const;
