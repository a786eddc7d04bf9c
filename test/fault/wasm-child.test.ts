/** The WASM host as a child of the directory: what its deaths do to it, and whether everybody is served again. */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createLoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import { EXIT } from "../../nym-client/wasm/program.js";
import type { BridgeEvent } from "../../src/bridge/bridge.js";
import { connectBridge } from "../../src/bridge/socket.js";
import { connectToDirectory, createLoopbackTransport, newKeyPair } from "../../src/client/client.js";
import { parseAddress } from "../../src/protocol/nym-client/address.js";
import { Fleet } from "../../src/supervisor/fleet.js";
import { freePorts } from "../../src/supervisor/kinds/free-ports.js";
import { createCounters } from "../../src/telemetry/counters.js";
import { startDirectory } from "../support/directory.js";
import { startNymApi } from "../support/nym-api.js";
import { PATIENT, recordEvents } from "../support/supervised.js";
import { until } from "../support/until.js";
import { loopbackHostArguments, runLoopbackHost } from "../support/wasm-host.js";

const DIRECTORY = "directory";

/** A supervised host over a client of a loopback mixnet, with a bridge to it. */
async function supervise() {
  const mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, seed: "wasm child" });
  const { users } = await mixnet.listen();
  const folder = mkdtempSync(join(tmpdir(), "nym-directory-wasm-child-"));
  const [port = 0] = await freePorts(1);
  const child = {
    name: "wasm-0",
    command: process.execPath,
    args: loopbackHostArguments(`${users}/${DIRECTORY}`, port),
    env: {},
    clients: [0],
    keepsSurbs: false,
  };
  const { events, lines } = recordEvents();
  const plan = { endpoints: [`ws://127.0.0.1:${port}`], children: [child] };
  const fleet = new Fleet(plan, { events, random: Math.random }, { ...PATIENT, runFolder: join(folder, "run") });
  await fleet.start();
  const end = new AbortController();
  const bridge = connectBridge(
    { counters: createCounters() },
    {
      index: 0,
      url: plan.endpoints[0] ?? "",
      signal: end.signal,
      frameMaxBytes: 1 << 20,
      handshakeMs: 30_000,
      pingMs: 0,
      closeMs: 1_000,
      reconnectMinMs: 10,
      reconnectMaxMs: 20,
      startAllowanceMs: 30_000,
      askMs: 1_000,
      queue: { items: 100, bytes: 1 << 20 },
      outboxBytes: 1 << 20,
      survived: fleet.survival(0),
    },
  );
  const opened: Extract<BridgeEvent, { type: "opened" }>[] = [];
  void (async () => {
    for await (const batch of bridge.events()) {
      for (const event of batch) {
        if (event.type !== "opened") continue;
        fleet.ready(0);
        opened.push(event);
      }
    }
  })();
  return {
    mixnet,
    lines,
    /** What the bridge said when it opened for the `time`-th time. */
    opened: (time: number) => until(() => opened[time - 1]),
    async [Symbol.asyncDispose]() {
      end.abort();
      await fleet.stop();
      await mixnet.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe("a dead socket", () => {
  it("costs the process, and a new one serves at the same port and address, without the SURBs", async () => {
    await using it = await supervise();
    const first = await it.opened(1);
    expect(first.surbsLost).toBe(false);
    it.mixnet.dropSocket(DIRECTORY);
    const second = await it.opened(2);
    expect(second).toEqual({ ...first, surbsLost: true });
    expect(it.lines.filter((line) => line.startsWith("info nym client starting"))).toHaveLength(2);
    const exits = it.lines.filter((line) => line.startsWith("warn nym client exited"));
    expect(exits).toEqual([expect.stringContaining(`"code":${EXIT.dead}`)]);
    expect(exits[0]).toMatch(/"restartInMs":\d+/);
  });
});

describe("a directory with NYM_CLIENT=wasm", () => {
  /** A directory that asks `nymApi`, with restarts in quick succession. */
  async function settings(nymApi: string): Promise<Record<string, string>> {
    const [port = 0] = await freePorts(1);
    return {
      NYM_CLIENT: "wasm",
      NYM_APIS: nymApi,
      WEBSOCKET_URL: `ws://127.0.0.1:${port}`,
      RESTART_MIN_SECONDS: "0.1",
      RESTART_MAX_SECONDS: "0.4",
    };
  }

  it("stays up when the gateway cannot be reached, says so, and tries again and again, more and more slowly", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    await using api = await startNymApi({ gateways: [{ wsPort: port }] });
    await using directory = await startDirectory({ env: await settings(api.url) }, false);
    await directory.says(/(nym client exited[^]*){3}/);
    expect(directory.child.exitCode).toBeNull();
    expect(directory.stderr).toContain("NOT FOR SERVING");
    expect(api.requests.filter((path) => path.endsWith("/entry-gateways")).length).toBeGreaterThanOrEqual(3);
    const log = await directory.log();
    const restarts = [...log.matchAll(/nym client exited.*?restartInMs\W+(\d+)/g)].map(([, ms]) => Number(ms));
    expect(restarts.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...restarts)).toBeLessThanOrEqual(400);
    expect(log).not.toContain(api.gatewayKeys[0]);
    expect(await directory.stop()).toBe(0);
  });

  it("stays up when nym-api is not there", async () => {
    await using directory = await startDirectory({ env: await settings("http://127.0.0.1:1/api") }, false);
    await directory.says(/(nym client exited[^]*){2}/);
    expect(directory.child.exitCode).toBeNull();
    expect(await directory.stop()).toBe(0);
  });
});

describe("a directory behind the WASM host", () => {
  it("registers users and answers look-ups through it", async () => {
    const mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, seed: "served", userReserve: 1 });
    const { users } = await mixnet.listen();
    await using host = runLoopbackHost(`${users}/${DIRECTORY}`);
    await using directory = await startDirectory({
      env: { NYM_CLIENT: "external", WEBSOCKET_URL: await host.url() },
    });
    const address = parseAddress(mixnet.addressOf(DIRECTORY));
    expect(await directory.addresses()).toEqual([address]);
    const connect = (name: string) =>
      connectToDirectory({ transport: createLoopbackTransport(mixnet, name) }, { directory: String(address) });
    await using alice = await connect("alice");
    await using bob = await connect("bob");
    const { keyPair } = await newKeyPair();
    await alice.register("alice", keyPair);
    expect(await bob.lookup("alice")).toMatchObject({ name: "alice" });
    expect(await bob.lookup("nobody")).toBeUndefined();
    expect(await directory.stop()).toBe(0);
    await mixnet.close();
  });
});
