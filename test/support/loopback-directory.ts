/** The real directory on its loopback mixnet, found as users find it, and commands to that mixnet. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { findLocalDirectory, type LocalDirectory } from "../../scripts/local-directory.js";
import { type DirectoryProcess, startDirectory } from "./directory.js";

export interface LoopbackDirectory extends LocalDirectory, AsyncDisposable {
  readonly process: DirectoryProcess;
  /** Has the mixnet do something; resolves with what comes of it. */
  command(request: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Packets with data that a client of the mixnet has sent so far. */
  packetsOf(client: string): Promise<number>;
}

/** Starts a directory on free ports. */
export async function startLoopbackDirectory(env: Readonly<Record<string, string>> = {}): Promise<LoopbackDirectory> {
  const process = await startDirectory({
    env: {
      NYM_CLIENT: "loopback",
      WEBSOCKET_URL: "ws://127.0.0.1:0",
      LOOPBACK_USERS_PORT: "0",
      LOOPBACK_CONTROL_PORT: "0",
      ...env,
    },
  });
  await process.says("directory started");
  const found = await findLocalDirectory({ dataDir: process.dataDir });
  if (found === undefined) throw new Error("the directory has not said where it is");
  const command: LoopbackDirectory["command"] = async (request) => {
    const socket = new WebSocket(found.control);
    await once(socket, "open");
    socket.send(JSON.stringify(request));
    const [data] = (await once(socket, "message")) as [Buffer];
    socket.close();
    const answer = JSON.parse(data.toString()) as { ok: boolean; result?: unknown; error?: string };
    if (!answer.ok) throw new Error(answer.error);
    return answer.result;
  };
  return {
    ...found,
    process,
    command,
    async packetsOf(client) {
      return ((await command({ command: "counters", client })) as { sent: { data: number } }).sent.data;
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
