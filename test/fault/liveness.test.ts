/** Nym clients that run and do not serve: the whole program notices and starts them again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectToDirectory, createWebSocketTransport } from "../../src/client/client.js";
import { startDirectory, type DirectoryProcess } from "../support/directory.js";
import { startNymClientServer } from "../support/nym-client-server.js";
import { command, loopbackUrls } from "../support/loopback-control.js";
import { isAlive, until } from "../support/until.js";

const SCALED = {
  LIVENESS_EVERY_SECONDS: "0.1",
  LIVENESS_SELF_ADDRESS_SECONDS: "0.5",
  LIVENESS_PROBE_SECONDS: "0.5",
  STOP_GRACE_SECONDS: "0.5",
  RESTART_MIN_SECONDS: "0.1",
  RESTART_MAX_SECONDS: "0.2",
  SUMMARY_MINUTES: "0.005",
};
const LOOPBACK = {
  ...SCALED,
  NYM_CLIENT: "loopback",
  WEBSOCKET_URL: "ws://127.0.0.1:0",
  LOOPBACK_USERS_PORT: "0",
  LOOPBACK_CONTROL_PORT: "0",
};

const childOf = ({ dataDir }: DirectoryProcess): number =>
  (JSON.parse(readFileSync(join(dataDir, "run", "loopback.json"), "utf8")) as { pid: number }).pid;

async function isServed(directory: DirectoryProcess): Promise<void> {
  const { users } = await loopbackUrls(directory);
  const [address = ""] = await directory.addresses();
  const transport = createWebSocketTransport({ url: `${users}/somebody` });
  await using client = await connectToDirectory({ transport }, { directory: address });
  expect(await client.lookup("nobody")).toBeUndefined();
}

describe("a Nym client", () => {
  it("that answers on its socket and relays nothing is started again, and serves", async () => {
    await using directory = await startDirectory({ env: LOOPBACK });
    const before = childOf(directory);
    await command(directory, { command: "faults", changes: { loss: 1 } });
    await directory.says(/nym client restarting child=loopback reason=liveness/);
    expect(directory.stderr.match(/nym client is silent/g)).toHaveLength(3);
    await until(() => childOf(directory) !== before && !isAlive(before));
    await isServed(directory);
  });

  it("that hangs is killed once it had its grace, and started again", async () => {
    await using directory = await startDirectory({ env: LOOPBACK });
    const before = childOf(directory);
    process.kill(before, "SIGSTOP");
    await directory.says(/nym client killed child=loopback/);
    await until(() => childOf(directory) !== before && !isAlive(before));
    await isServed(directory);
  });

  it("that lives is left alone, and its probes are counted as nothing", async () => {
    await using directory = await startDirectory({ env: LOOPBACK });
    const { services } = await loopbackUrls(directory);
    const sent = async (): Promise<number> => {
      const counters = await command(directory, { command: "counters", client: services[0]?.name });
      return (counters as { sent: { data: number } }).sent.data;
    };
    await until(async () => (await sent()) >= 5);
    expect(await directory.stop()).toBe(0);
    expect(directory.stderr).not.toMatch(/silent|restarting|untagged/);
  });

  it("that is not ours is connected to anew when it relays nothing", async () => {
    await using deaf = await startNymClientServer();
    await using directory = await startDirectory({
      env: { ...SCALED, NYM_CLIENT: "external", WEBSOCKET_URL: deaf.url },
    });
    await directory.says(/not ours to restart/);
    await until(() => deaf.connections.total >= 2);
    expect(deaf.connections.most).toBe(1);
  });
});
