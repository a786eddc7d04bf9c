/**
 * The mixnet behind the nym-client of test/fixtures/nym-client: a loopback mixnet in the test's process, whose service
 * clients run only while a fake nym-client is logged in, so that what a kill costs is what it costs on the real one.
 * The nym-client finds its gateway by a nym-api, as the real one does.
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
import { type NymApi, startNymApi } from "./nym-api.js";

const PROGRAM = fileURLToPath(new URL("../fixtures/nym-client/fake-nym-client.mjs", import.meta.url));

export interface FakeMixnet extends AsyncDisposable {
  readonly mixnet: LoopbackMixnet;
  /** Its URL is what NYM_APIS is to be. It tells of one gateway. */
  readonly api: NymApi;
}

/** One thing that a fake nym-client does wrong, at the first launch that it fits. Times in milliseconds. */
export type Fault =
  /** `half`: killed between its keys and its settings. `hang`: never ends. `exit`: code 1. */
  | { readonly on: "init"; readonly do: "half" | "hang" | "exit" }
  /** Listens only after this time. */
  | { readonly on: "run"; readonly do: "slow"; readonly ms: number }
  /** Ends with this code, after so long. */
  | { readonly on: "run"; readonly do: "exit"; readonly code: 0 | 1; readonly ms: number }
  /** Stands still after so long: does nothing, and hears no signal but SIGKILL. */
  | { readonly on: "run"; readonly do: "freeze"; readonly ms: number }
  /** Tells its address, and relays nothing, from this time on. */
  | { readonly on: "run"; readonly do: "deaf"; readonly ms: number }
  /** Has no gateway after `ms`. It tells its address all the while, and after `forMs` ends with 0, or has it again. */
  | { readonly on: "run"; readonly do: "lose-gateway" | "miss-gateway"; readonly ms: number; readonly forMs: number }
  /** Drops its first connection, and refuses the next for so long. */
  | { readonly on: "run"; readonly do: "refuse"; readonly ms: number }
  /** Pushes so many requests at once, of one stranger or of as many strangers. */
  | { readonly on: "run"; readonly do: "flood"; readonly count: number; readonly strangers: number }
  /** Takes so much memory. */
  | { readonly on: "run"; readonly do: "grow"; readonly mebibytes: number }
  /**
   * `abort`: its first handshake fails. `hang`: accepts, never answers. `garbage`: frames that are none, all the time.
   * `stubborn`: does not end at SIGINT.
   */
  | { readonly on: "run"; readonly do: "abort" | "hang" | "garbage" | "stubborn" };

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
  const idOf = (request: IncomingMessage): string =>
    new URL(request.url ?? "", "http://api").searchParams.get("id") ?? "";
  const server = createServer((request, response) => {
    response.end(mixnet.addressOf(idOf(request)));
  });
  const logins = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, stream, head) => {
    // A port that others have given up has visitors who are looking for them.
    if (!mixnet.services.some(({ name }) => name === idOf(request))) {
      stream.destroy();
      return;
    }
    logins.handleUpgrade(request, stream, head, (socket) => logIn(mixnet, idOf(request), socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const api = await startNymApi({ gateways: [{ wsPort: (server.address() as AddressInfo).port }] });
  return {
    mixnet,
    api,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
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
