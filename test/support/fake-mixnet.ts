/**
 * The mixnet behind the nym-client of test/fixtures/nym-client: a loopback mixnet in the test's process, whose service
 * clients run only while a fake nym-client is logged in, so that what a kill costs is what it costs on the real one.
 */
import { once } from "node:events";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type WebSocket, WebSocketServer } from "ws";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { LoopbackOptions } from "../../nym-client/loopback/options.js";
import { decodeBinaryRequest, encodeBinaryResponse } from "../../src/protocol/nym-client/binary-server.js";

const PROGRAM = fileURLToPath(new URL("../fixtures/nym-client/fake-nym-client.mjs", import.meta.url));

export interface FakeMixnet extends AsyncDisposable {
  readonly mixnet: LoopbackMixnet;
  /** What NYM_APIS is to be. */
  readonly api: string;
  /** Whether it answers. */
  reachable: boolean;
}

/** One thing that a fake nym-client does wrong, at the first launch that it fits. */
export type Fault =
  /** `half`: killed between its keys and its settings. `hang`: never ends. `exit`: code 1. */
  | { readonly on: "init"; readonly do: "half" | "hang" | "exit" }
  /** Listens after this many milliseconds. */
  | { readonly on: "run"; readonly do: "slow"; readonly ms: number }
  /** Ends with this code, after so many milliseconds of service. */
  | { readonly on: "run"; readonly do: "exit"; readonly code: 0 | 1; readonly ms: number }
  /** Drops its first connection, and refuses the next for so many milliseconds. */
  | { readonly on: "run"; readonly do: "refuse"; readonly ms: number }
  /** Pushes so many requests of a stranger at once. */
  | { readonly on: "run"; readonly do: "flood"; readonly count: number }
  /**
   * `abort`: its first handshake fails. `hang`: accepts, never answers. `deaf`: tells its address, relays
   * nothing. `garbage`: frames that are none. `grow`: more memory all the time. `stubborn`: does not end at SIGINT.
   */
  | { readonly on: "run"; readonly do: "abort" | "hang" | "deaf" | "garbage" | "grow" | "stubborn" };

/** A launch of a fake nym-client. */
export interface Launch {
  readonly pid: number;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a mixnet whose first service client is called `id`, and which has as many as `options` say. */
export async function startFakeMixnet(options: LoopbackOptions = {}): Promise<FakeMixnet> {
  const mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, ...options });
  for (const { name } of mixnet.services) mixnet.stop(name, "graceful");
  let reachable = true;
  const idOf = (request: IncomingMessage): string =>
    new URL(request.url ?? "", "http://api").searchParams.get("id") ?? "";
  const server = createServer((request, response) => {
    response.writeHead(reachable ? 200 : 503).end(reachable ? mixnet.addressOf(idOf(request)) : "");
  });
  const logins = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, stream, head) => {
    if (!reachable) stream.destroy();
    else logins.handleUpgrade(request, stream, head, (socket) => logIn(mixnet, idOf(request), socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    mixnet,
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get reachable() {
      return reachable;
    },
    set reachable(value) {
      reachable = value;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of logins.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
      await mixnet.close();
    },
  };
}

function logIn(mixnet: LoopbackMixnet, id: string, socket: WebSocket): void {
  let graceful = false;
  mixnet.start(id);
  const attachment = mixnet.attach(id, { onResponse: (response) => socket.send(encodeBinaryResponse(response)) });
  socket.on("error", () => undefined);
  socket.on("message", (frame: Buffer, isBinary) => {
    const request = isBinary ? decodeBinaryRequest(frame) : undefined;
    if (request === undefined) graceful = true;
    else if (request.type !== "error") attachment.send(request);
  });
  socket.on("close", () => {
    attachment.close();
    mixnet.stop(id, graceful ? "graceful" : "killed");
  });
}

/** Makes the fake nym-client a program in `folder`, and gives its path. */
export async function installFakeNymClient(folder: string): Promise<string> {
  const program = join(folder, "fake-nym-client");
  await writeFile(program, `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(PROGRAM)} "$@"\n`);
  await chmod(program, 0o755);
  return program;
}

/** Says what goes wrong at the launches to come of the nym-clients with this NYM_HOME_DIR. */
export async function plantFaults(home: string, faults: readonly Fault[]): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(join(home, "faults.json"), JSON.stringify(faults));
}

/** The launches of the nym-clients with this NYM_HOME_DIR so far. */
export async function launches(home: string): Promise<readonly Launch[]> {
  const text = await readFile(join(home, "launches"), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Launch);
}
