/** Ports that nobody listens on, for a child that is told where to listen. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections, so that none of those takes one in the meantime. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 100;

/** `count` ports of 127.0.0.1 in a row that are free now. Throws if they cannot be found. */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const first = randomInt(LOWEST, HIGHEST - count);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map((port) => isFree(port)));
    if (!free.includes(false)) return ports;
  }
  throw new Error("no free ports");
}

/** Whether nobody listens on a port: tried by listening there, since a nym-client must never be connected to for a probe. */
export async function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    if (server.listening) {
      server.close();
      await once(server, "close");
    }
  }
}
