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
import type { AdminAnswer, AdminRequest } from "./admin.js";
import { type ControlAnswer, CONTROL_VERSION, MAX_LINE_BYTES, parseRequest, type StatusReport } from "./protocol.js";

/** What is asked, by who answers it. */
export interface ControlComponents {
  readonly status: () => StatusReport;
  readonly administer: (request: AdminRequest) => Promise<AdminAnswer>;
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
  const open = new Map<Socket, Answering>();
  const server = createServer((socket) => {
    open.set(socket, serve(socket, components));
    socket.on("close", () => open.delete(socket));
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
      // Nobody else is let in, and what has begun is answered.
      const closed = server.listening ? once(server, "close") : undefined;
      server.close();
      await Promise.all([...open.values()].map((answering) => answering.finish()));
      for (const socket of open.keys()) socket.destroy();
      await closed;
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, "listening");
}

/** A connection, whose questions are answered one after the other. */
interface Answering {
  /** Takes no more questions; resolves when the last one is answered. */
  finish(): Promise<void>;
}

function serve(socket: Socket, components: ControlComponents): Answering {
  let last = Promise.resolve();
  let waiting = 0;
  let finished = false;

  async function answer(line: string): Promise<void> {
    // As long as something is done, it is not idle.
    socket.setTimeout(0);
    const text = `${JSON.stringify(await answerOf(line, components))}\n`;
    if (--waiting === 0) socket.setTimeout(IDLE_MS);
    if (socket.writable) await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  }

  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on("error", () => undefined);
  const take = takeLines(MAX_LINE_BYTES, {
    line(line) {
      if (finished) return;
      waiting++;
      last = last.then(() => answer(line));
    },
    tooLong: () => socket.destroy(),
  });
  socket.on("data", take);
  return {
    finish() {
      finished = true;
      return last;
    },
  };
}

async function answerOf(line: string, { status, administer }: ControlComponents): Promise<ControlAnswer> {
  const request = parseRequest(line);
  if (typeof request === "string") return { v: CONTROL_VERSION, ok: false, error: request };
  try {
    const result = request.command === "status" ? status() : await administer(request);
    return { v: CONTROL_VERSION, ok: true, result };
  } catch {
    return { v: CONTROL_VERSION, ok: false, error: "failed" };
  }
}
