import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { LaunchSettings } from "../../../../src/supervisor/kinds/kind.js";
import { planOf } from "../../../../src/supervisor/kinds/plan.js";
import { OperatorError } from "../../../../src/util/operator-error.js";

const NO_PROGRAM = {
  binary: "/none",
  allowUnpinned: false,
  apis: undefined,
  gateway: undefined,
  mode: "default",
} as const;

function settings(kind: LaunchSettings["nymClient"]["kind"], ...urls: string[]): LaunchSettings {
  return {
    dataDir: "/data",
    nymClient: {
      ...NO_PROGRAM,
      kind,
      pool: urls.map((url, index) => ({ id: index === 0 ? "dir" : `dir-${index}`, url })),
    },
    loopback: { usersPort: 1990, controlPort: 1991, packetsPerSecond: 50, seed: undefined },
  };
}

describe("the plan for NYM_CLIENT=external", () => {
  it("connects to what is there and launches nothing", async () => {
    expect(await planOf(settings("external", "ws://10.0.0.1:1977", "wss://b"))).toEqual({
      endpoints: ["ws://10.0.0.1:1977", "wss://b"],
      children: [],
    });
  });
});

describe("the plan for NYM_CLIENT=loopback", () => {
  it("launches one child for the whole pool", async () => {
    const plan = await planOf(settings("loopback", "ws://127.0.0.1:1977", "ws://127.0.0.1:1978"));
    expect(plan.endpoints).toEqual(["ws://127.0.0.1:1977", "ws://127.0.0.1:1978"]);
    expect(plan.children).toHaveLength(1);
    const [child] = plan.children;
    expect(child).toMatchObject({ clients: [0, 1], env: {}, announceTo: "/data/loopback.json", keepsSurbs: false });
    expect(child?.args[0]).toMatch(/dist\/nym-client\/loopback\/main\.js$/);
    expect(child?.args.slice(1)).toEqual([
      "--services=2",
      "--id=dir",
      "--port=1977",
      "--users-port=1990",
      "--control-port=1991",
      "--packets-per-second=50",
    ]);
  });

  it("hands on a seed, and that packets are not limited", async () => {
    const base = settings("loopback", "ws://127.0.0.1:1977");
    const plan = await planOf({ ...base, loopback: { ...base.loopback, packetsPerSecond: 0, seed: 7 } });
    expect(plan.children[0]?.args.slice(-2)).toEqual(["--packets-per-second=unlimited", "--seed=7"]);
  });

  it("takes free ports for 0, the pool's in a row", async () => {
    const base = settings("loopback", "ws://127.0.0.1:0", "ws://127.0.0.1:0", "ws://127.0.0.1:0");
    const plan = await planOf({ ...base, loopback: { ...base.loopback, usersPort: 0, controlPort: 0 } });
    const ports = plan.endpoints.map((url) => Number(new URL(url).port));
    const [first = 0] = ports;
    expect(first).toBeGreaterThan(0);
    expect(ports).toEqual([first, first + 1, first + 2]);
    const args = plan.children[0]?.args ?? [];
    expect(args).toContain(`--port=${first}`);
    expect(args).not.toContain("--users-port=0");
    expect(args).not.toContain("--control-port=0");
  });

  it("refuses ports that are not in a row", async () => {
    await expect(planOf(settings("loopback", "ws://127.0.0.1:1977", "ws://127.0.0.1:1979"))).rejects.toThrow(
      OperatorError,
    );
  });
});

describe("the plan for NYM_CLIENT=wasm", () => {
  it("launches one child for each pool member, with an identity of its own", async () => {
    const plan = await planOf(settings("wasm", "ws://127.0.0.1:1977", "ws://127.0.0.1:1978"));
    expect(plan.endpoints).toEqual(["ws://127.0.0.1:1977", "ws://127.0.0.1:1978"]);
    expect(plan.children.map(({ name, clients, keepsSurbs, env }) => ({ name, clients, keepsSurbs, env }))).toEqual([
      { name: "wasm-0", clients: [0], keepsSurbs: false, env: {} },
      { name: "wasm-1", clients: [1], keepsSurbs: false, env: {} },
    ]);
    const [child] = plan.children;
    expect(child?.args[0]).toMatch(/dist\/nym-client\/wasm\/main\.js$/);
    expect(child?.args.slice(1)).toEqual([
      "--id=dir",
      "--port=1977",
      "--identity=/data/wasm/dir.json",
      "--mode=default",
    ]);
    expect(plan.children[1]?.args).toContain("--identity=/data/wasm/dir-1.json");
  });

  it("hands on where to ask, at which gateway to register, and what to hide", async () => {
    const base = settings("wasm", "ws://127.0.0.1:1977");
    const apis = ["http://127.0.0.1:1/api", "http://127.0.0.1:2/api"];
    const plan = await planOf({ ...base, nymClient: { ...base.nymClient, apis, gateway: "G", mode: "no-cover" } });
    expect(plan.children[0]?.args.slice(-4)).toEqual([
      "--mode=no-cover",
      "--nym-api=http://127.0.0.1:1/api",
      "--nym-api=http://127.0.0.1:2/api",
      "--gateway=G",
    ]);
  });
});

describe("the plan for NYM_CLIENT=wasm, with ports 0", () => {
  it("takes free ones, and names the same to child and bridge", async () => {
    const { endpoints, children } = await planOf(settings("wasm", "ws://127.0.0.1:0", "ws://127.0.0.1:0"));
    const ports = endpoints.map((url) => new URL(url).port);
    expect(new Set([...ports, "0"]).size).toBe(3);
    expect(children.map(({ args }) => args.find((arg) => arg.startsWith("--port=")))).toEqual(
      ports.map((port) => `--port=${port}`),
    );
  });
});

describe("the plan for NYM_CLIENT=native", () => {
  const folder = mkdtempSync(join(tmpdir(), "nym-directory-plan-"));
  const binary = join(folder, "nym-client");
  writeFileSync(binary, "#!/bin/sh\n", { mode: 0o755 });
  afterAll(() => rmSync(folder, { recursive: true }));

  function native(urls: readonly string[], more: Partial<LaunchSettings["nymClient"]> = {}): LaunchSettings {
    const base = settings("native", ...urls);
    return { ...base, dataDir: folder, nymClient: { ...base.nymClient, binary, ...more } };
  }

  it("launches one child for each, which serves that one alone and keeps its SURBs", async () => {
    const plan = await planOf(native(["ws://localhost:1977", "ws://127.0.0.1:1978", "ws://[::1]:1979"]));
    expect(plan.endpoints).toEqual(["ws://127.0.0.1:1977", "ws://127.0.0.1:1978", "ws://[::1]:1979"]);
    expect(plan.children.map(({ name, clients }) => [name, clients])).toEqual([
      ["nym-client-0", [0]],
      ["nym-client-1", [1]],
      ["nym-client-2", [2]],
    ]);
    expect(plan.children[1]).toMatchObject({
      command: binary,
      args: ["run", "--id", "dir-1", "-p", "1978"],
      env: { HOME: join(folder, "nym-clients"), NYM_HOME_DIR: join(folder, "nym-clients"), NO_COLOR: "1" },
      keepsSurbs: true,
    });
  });

  it("hands on where the network is described and the traffic mode", async () => {
    const apis = ["https://a.example/api", "https://b.example"];
    const plan = await planOf(native(["ws://127.0.0.1:1977"], { apis, mode: "fastmode" }));
    expect(plan.children[0]?.args.slice(5)).toEqual(["--nym-apis", apis.join(","), "--fastmode"]);
  });

  it("takes free ports for 0", async () => {
    const { endpoints, children } = await planOf(native(["ws://127.0.0.1:0", "ws://127.0.0.1:0"]));
    const ports = endpoints.map((url) => new URL(url).port);
    expect(new Set([...ports, "0"]).size).toBe(3);
    expect(children.map(({ args }) => args.at(-1))).toEqual(ports);
  });

  it("does not start where another program listens, and says what to do", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const [child] = (await planOf(native([`ws://127.0.0.1:${port}`]))).children;
    await expect(child?.check?.()).rejects.toThrow(/another program listens on .*WEBSOCKET_URL.*NYM_CLIENT=external/);
    server.close();
    await once(server, "close");
    await expect(child?.check?.()).resolves.toBeUndefined();
  });
});
