/** The loopback mixnet of a running directory: where it listens, and commands to it. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WebSocket } from "ws";
import type { DirectoryProcess } from "./directory.js";
import { until } from "./until.js";

/** What the mixnet announces. */
export interface Announcement {
  readonly services: readonly { readonly name: string; readonly address: string; readonly url: string }[];
  readonly users: string;
  readonly control: string;
}

/** Where the mixnet of a directory listens, as soon as it does. */
export function loopbackUrls({ dataDir }: Pick<DirectoryProcess, "dataDir">): Promise<Announcement> {
  return until(async () => JSON.parse(await readFile(join(dataDir, "loopback.json"), "utf8")) as Announcement);
}

/** Does one command and gives its result. */
export async function command(directory: Pick<DirectoryProcess, "dataDir">, text: object): Promise<unknown> {
  const socket = new WebSocket((await loopbackUrls(directory)).control);
  await once(socket, "open");
  socket.send(JSON.stringify(text));
  const [data] = (await once(socket, "message")) as [Buffer];
  socket.close();
  const { ok, result, error } = JSON.parse(data.toString()) as { ok: boolean; result: unknown; error?: string };
  if (!ok) throw new Error(error);
  return result;
}
