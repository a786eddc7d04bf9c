/** The program of nym-client/wasm: how it starts, what ends it, and with which code. Real processes, no mixnet. */
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { createLoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import { EXIT } from "../../nym-client/wasm/program.js";
import { decodeResponse, encodeRequest } from "../../src/protocol/nym-client/binary.js";
import { connect } from "../support/loopback-apps.js";
import { startNymApi } from "../support/nym-api.js";
import { type HostOptions, runLoopbackHost, runWasmHost } from "../support/wasm-host.js";

const IMPATIENT = { everyMs: 30, answerMs: 200, misses: 2, busyMs: 1_000 };

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "nym-directory-wasm-program-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The program over a client of a loopback mixnet. */
async function start(options: HostOptions = {}) {
  const mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, seed: "wasm" });
  const { users } = await mixnet.listen();
  const host = runLoopbackHost(`${users}/directory`, options);
  return {
    mixnet,
    host,
    /** Whether it still answers. */
    async serves(): Promise<boolean> {
      const app = await connect(await host.url());
      app.socket.send(encodeRequest({ type: "selfAddress" }));
      const answer = decodeResponse((await app.frames.next()).data);
      app.socket.terminate();
      return answer?.type === "selfAddress" && answer.address === mixnet.addressOf("directory");
    },
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await mixnet.close();
    },
  };
}

/** A port of this machine that nobody listens on any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("it ends in good order", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("on %s", async (signal) => {
    await using it = await start();
    await it.host.url();
    it.host.child.kill(signal);
    expect(await it.host.ended).toBe(EXIT.asked);
  });

  test("when its stdin closes", async () => {
    await using it = await start();
    await it.host.url();
    it.host.child.stdin?.end();
    expect(await it.host.ended).toBe(EXIT.asked);
  });
});

describe("an exception that nobody caught", () => {
  test("of a dropped closure ends nothing", async () => {
    await using it = await start({
      throws: { message: "closure invoked recursively or after being dropped", afterMs: 50 },
    });
    await it.host.url();
    while (!it.host.stderr().includes("a dropped closure was called")) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await it.serves()).toBe(true);
    expect(it.host.child.exitCode).toBeNull();
  });

  test("of any other kind ends it", async () => {
    await using it = await start({ throws: { message: "unreachable", afterMs: 50 } });
    expect(await it.host.ended).toBe(EXIT.internal);
    expect(it.host.stderr()).toContain("error Error: Error: unreachable");
  });
});

describe("an engine that is dead", () => {
  test("because its connection is gone ends it at once", async () => {
    await using it = await start();
    expect(await it.serves()).toBe(true);
    it.mixnet.dropSocket("directory");
    expect(await it.host.ended).toBe(EXIT.dead);
    expect(it.host.stderr()).toContain("the connection to the gateway is gone");
  });

  test("because nothing comes through any more ends it, although sends are taken", async () => {
    await using it = await start({ liveness: IMPATIENT });
    await it.host.url();
    it.mixnet.faults({ loss: 1 }, "directory");
    expect(await it.host.ended).toBe(EXIT.dead);
    expect(it.host.stderr()).toContain("nothing comes through the mixnet any more");
  });

  test("is not one whose probes come back; nobody else sees them", async () => {
    await using it = await start({ liveness: IMPATIENT });
    const app = await connect(await it.host.url());
    const probes = (): number => it.mixnet.counters("directory").received.data;
    while (probes() < 10) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(it.host.child.exitCode).toBeNull();
    expect(app.frames.take()).toEqual([]);
    app.socket.terminate();
  });
});

describe("the program that ships", () => {
  test("asks nym-api, cannot reach the gateway, and ends with 1, leaving no identity that never was", async () => {
    await using api = await startNymApi({ gateways: [{ wsPort: await closedPort() }] });
    await using host = runWasmHost(`--identity=${join(folder, "id.json")}`, `--nym-api=${api.url}`);
    expect(await host.ended).toBe(EXIT.notStarted);
    expect(api.requests).toContain("/v2/unstable/nym-nodes/skimmed/entry-gateways");
    expect(host.stderr()).toContain("TRY the mixnet, NOT TO SERVE it");
    expect(host.stderr()).toContain("An error occurred: ");
    expect(existsSync(join(folder, "id.json"))).toBe(false);
  });

  test("ends with 1 when the gateway takes the connection and then drops it", async () => {
    const gateway = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(gateway, "listening");
    let connections = 0;
    gateway.on("connection", (socket) => {
      connections += 1;
      socket.on("message", () => socket.terminate());
    });
    const { port } = gateway.address() as { port: number };
    await using api = await startNymApi({ gateways: [{ wsPort: port }] });
    await using host = runWasmHost(`--identity=${join(folder, "id.json")}`, `--nym-api=${api.url}`);
    expect(await host.ended).toBe(EXIT.notStarted);
    expect(connections).toBeGreaterThan(0);
    gateway.close();
  });

  test.each([
    ["is not there", async () => `http://127.0.0.1:${await closedPort()}/api`],
    ["is out of order", async () => (await startNymApi({ gateways: [], status: 503 })).url],
  ])("ends with 1 when nym-api %s", async (_what, url) => {
    await using host = runWasmHost(`--identity=${join(folder, "id.json")}`, `--nym-api=${await url()}`);
    expect(await host.ended).toBe(EXIT.notStarted);
  });

  test("ends with 78, and leaves the file alone, when its identity is damaged", async () => {
    const path = join(folder, "id.json");
    writeFileSync(path, "{");
    await using host = runWasmHost(`--identity=${path}`, "--nym-api=http://127.0.0.1:1/api");
    expect(await host.ended).toBe(EXIT.configuration);
    expect(host.stderr()).toContain("is damaged: restore it");
  });

  test("ends while it still tries, when it is asked to", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const connected = new Promise((resolve) => silent.once("connection", resolve));
    await using host = runWasmHost(`--identity=${join(folder, "id.json")}`, `--nym-api=http://127.0.0.1:${port}/api`);
    await connected;
    host.child.kill("SIGINT");
    expect(await host.ended).toBe(EXIT.asked);
    silent.close();
  });

  test("explains itself, and refuses what it does not understand", async () => {
    await using help = runWasmHost("--help");
    expect(await help.ended).toBe(0);
    await using wrong = runWasmHost("--identity=x", "--mode=loud");
    expect(await wrong.ended).toBe(1);
    expect(wrong.stderr()).toContain("Allowed choices are default, fastmode, no-cover");
  });
});
