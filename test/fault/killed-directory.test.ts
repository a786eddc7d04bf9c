import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectToDirectory, createWebSocketTransport } from "../../src/client/client.js";
import { freePorts } from "../../src/supervisor/kinds/free-ports.js";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { isAlive, until } from "../support/until.js";

/** Settings of a directory with a loopback mixnet at ports that stay the same from one start to the next. */
async function settings(): Promise<Record<string, string>> {
  const [service, users, control] = await freePorts(3);
  return {
    NYM_CLIENT: "loopback",
    WEBSOCKET_URL: `ws://127.0.0.1:${service}`,
    LOOPBACK_USERS_PORT: String(users),
    LOOPBACK_CONTROL_PORT: String(control),
    STOP_GRACE_SECONDS: "0.5",
    RESTART_MIN_SECONDS: "0.1",
  };
}

function childOf({ dataDir }: DirectoryProcess): number {
  return (JSON.parse(readFileSync(join(dataDir, "run", "loopback.json"), "utf8")) as { pid: number }).pid;
}

/** Asks the directory for a name that nobody has, as a user of its mixnet. */
async function isServed(directory: DirectoryProcess, user: string): Promise<void> {
  const { users } = await until(
    () => JSON.parse(readFileSync(join(directory.dataDir, "loopback.json"), "utf8")) as { users: string },
  );
  const [address = ""] = await directory.addresses();
  const transport = createWebSocketTransport({ url: `${users}/${user}` });
  await using client = await connectToDirectory({ transport }, { directory: address });
  expect(await client.lookup("nobody")).toBeUndefined();
}

describe("a directory that is killed with kill -9", () => {
  it("serves again after a start, although its Nym client held on to its port", async () => {
    const env = await settings();
    await using killed = await startDirectory({ env });
    const orphan = childOf(killed);
    await isServed(killed, "before");
    // One that hangs notices neither that its input closed nor SIGINT.
    process.kill(orphan, "SIGSTOP");
    await killed.stop("SIGKILL");
    expect(isAlive(orphan)).toBe(true);

    await using next = await startDirectory({ env, dataDir: killed.dataDir });
    await isServed(next, "after");
    expect(isAlive(orphan)).toBe(false);
    expect(await next.log()).toMatch(/info nym client of an earlier run ended child=loopback signal=SIGKILL/);
  });

  it("takes a Nym client of our own along", async () => {
    await using killed = await startDirectory({ env: await settings() });
    const child = childOf(killed);
    await killed.stop("SIGKILL");
    await until(() => !isAlive(child));
  });
});

describe("a directory that is asked to stop", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("by %s ends its Nym client, and then with code 0", async (signal) => {
    await using directory = await startDirectory({ env: await settings() });
    const child = childOf(directory);
    expect(await directory.stop(signal)).toBe(0);
    expect(isAlive(child)).toBe(false);
  });
});
