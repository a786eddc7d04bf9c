/** The directory as an operator runs it with NYM_CLIENT=native, on a program that behaves, and misbehaves, like nym-client. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectToDirectory, type DirectoryClient } from "../../src/client/directory-client.js";
import { newKeyPair } from "../../src/client/keys.js";
import { createLoopbackTransport } from "../../src/client/loopback-transport.js";
import type { KeyPair } from "../../src/protocol/v1/key-pair.js";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import {
  type FakeMixnet,
  type Fault,
  installFakeNymClient,
  type Launch,
  launches,
  plantFaults,
  startFakeMixnet,
} from "../support/fake-mixnet.js";
import { SEEN } from "../support/seen.js";
import { isAlive, until } from "../support/until.js";

const REPETITIONS = Number(process.env["FAULT_REPETITIONS"] ?? "2");
const ID = "nym-directory";
/** The times of an operator's directory, a twentieth of them. */
const SCALED = {
  RESTART_MIN_SECONDS: "0.1",
  RESTART_MAX_SECONDS: "3",
  STOP_GRACE_SECONDS: "0.75",
  START_ALLOWANCE_SECONDS: "6",
  RECONNECT_MIN_MS: "10",
  RECONNECT_MAX_MS: "25",
  ASK_SECONDS: "0.05",
  HANDSHAKE_SECONDS: "6",
  HANDOVER_SECONDS: "1",
  LANE_POLL_MS: "50",
};

interface Setting extends AsyncDisposable {
  readonly net: FakeMixnet;
  readonly dataDir: string;
  readonly home: string;
  start(env?: Readonly<Record<string, string>>, untilReady?: boolean): Promise<DirectoryProcess>;
  user(name: string): Promise<User>;
}

interface User {
  readonly client: DirectoryClient;
  readonly name: string;
  readonly keys: KeyPair;
  readonly got: string[];
}

/** A mixnet, a program, and a data folder that outlives a directory. */
async function setUp(faults: readonly Fault[] = [], services = 1): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), "nym-directory-native-"));
  const dataDir = join(folder, "data");
  const home = join(dataDir, "nym-clients");
  const net = await startFakeMixnet({ services });
  const binary = await installFakeNymClient(folder);
  if (faults.length > 0) await plantFaults(home, faults);
  const users: DirectoryClient[] = [];
  const directories: DirectoryProcess[] = [];
  return {
    net,
    dataDir,
    home,
    async start(env = {}, untilReady = true) {
      await mkdir(dataDir, { recursive: true });
      const directory = await startDirectory(
        {
          dataDir,
          env: {
            NYM_CLIENT: "native",
            NYM_CLIENT_BINARY: binary,
            NYM_APIS: net.api,
            WEBSOCKET_URL: "ws://127.0.0.1:0",
            ...SCALED,
            ...env,
          },
        },
        untilReady,
      );
      directories.push(directory);
      return directory;
    },
    async user(name) {
      const client = await connectToDirectory(
        { transport: createLoopbackTransport(net.mixnet, name, { reconnect: [5, 20] }) },
        { directory: net.mixnet.addressOf(ID), answerTimeout: 250, retries: 60, retryPause: 20 },
      );
      users.push(client);
      const keys = (await newKeyPair()).keyPair;
      SEEN.name(name);
      const got: string[] = [];
      void (async () => {
        for await (const { plaintext } of client.messages()) if (plaintext.kind === "chat") got.push(plaintext.text);
      })();
      return { client, name, keys, got };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(users.map((user) => user.close()));
      const launched = await launches(home);
      for (const directory of directories) await directory.stop("SIGKILL");
      for (const { pid } of launched) if (isAlive(pid)) process.kill(pid, "SIGKILL");
      for (const directory of directories) await directory[Symbol.asyncDispose]();
      await net[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const commandsOf = (all: readonly Launch[]): string[] => all.map(({ args }) => args[0] ?? "");

/** Two registered users. */
async function couple(it: Setting): Promise<{ alice: User; bob: User }> {
  const [alice, bob] = await Promise.all([it.user("alice-of-wonderland"), it.user("bob-the-builder")]);
  await Promise.all([alice, bob].map(({ client, name, keys }) => client.register(name, keys)));
  return { alice, bob };
}

/** Sends messages until `enough`, one after the other, and gives those that the directory acknowledged. */
async function chat(alice: User, bob: User, enough: () => boolean | Promise<boolean>): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let count = 0; count < 3 || !(await enough()); count++) {
    const text = randomBytes(24).toString("hex");
    SEEN.body(text);
    await alice.client.send(bob.name, text);
    acknowledged.push(text);
  }
  return acknowledged;
}

/** Bob logs in, as his client does after a while, and all that was acknowledged has come to him, each message once. */
async function nothingLost(bob: User, acknowledged: readonly string[]): Promise<void> {
  await bob.client.login(bob.name, bob.keys);
  await until(() => acknowledged.every((text) => bob.got.includes(text)));
  expect(new Set(bob.got).size).toBe(bob.got.length);
}

/** The pauses before a launch that the log tells of, in milliseconds. */
function pauses(directory: DirectoryProcess): number[] {
  return Array.from(directory.stderr.matchAll(/restartInMs=(\d+)/g), ([, ms]) => Number(ms));
}

async function pidOf(it: Setting, index = 0): Promise<number> {
  const record = JSON.parse(await readFile(join(it.dataDir, "run", `nym-client-${index}.json`), "utf8")) as {
    pid: number;
  };
  return record.pid;
}

describe("the first start", () => {
  it("initialises, prepares the configuration, and runs; the second only runs, at the same address", async () => {
    await using it = await setUp();
    const gateway = "sD9RF2Rp2zbLqM7HDgFZ46crpxKgG5qwK3UAm36Mcvh";
    const first = await it.start({ NYM_GATEWAY: gateway, NYM_CLIENT_MODE: "no-cover" });
    const address = it.net.mixnet.addressOf(ID);
    expect(await first.addresses()).toEqual([address]);
    const [init, run] = await launches(it.home);
    const port = run?.args[run.args.indexOf("-p") + 1] ?? "";
    const common = ["--id", ID, "-p", port, "--nym-apis", it.net.api];
    expect(init?.args).toEqual(["init", ...common, "--gateway", gateway, "--host", "127.0.0.1", "-o", "json"]);
    expect(run?.args).toEqual(["run", ...common, "--no-cover"]);
    expect(run?.env).toMatchObject({ HOME: it.home, NYM_HOME_DIR: it.home, NO_COLOR: "1", RUST_LOG: "info" });
    expect(Object.keys(run?.env ?? {}).filter((name) => /^(DATA|LOG|NYM_CLIENT|SECRET|KEYS)/.test(name))).toEqual([]);
    expect((await stat(it.home)).mode & 0o777).toBe(0o700);

    const toml = await readFile(join(it.home, ".nym/clients", ID, "config/config.toml"), "utf8");
    expect(toml).toContain(`\nlistening_port = ${port}\n`);
    expect(toml).toContain("\nhost = '127.0.0.1'\n");
    expect(toml.match(/minimum_reply_surb_storage_threshold = 1/g)).toHaveLength(1);

    const { alice, bob } = await couple(it);
    await nothingLost(bob, await chat(alice, bob, () => true));
    expect(await first.stop()).toBe(0);
    const second = await it.start();
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run", "run"]);
    expect(await second.addresses()).toEqual([address]);
    expect((await alice.client.lookup(bob.name))?.name).toBe(bob.name);
    expect(first.stderr).toContain("nym client program recorded");
    expect(second.stderr).not.toMatch(/nym client program|ADDRESS CHANGED/);
    expect(await second.stop()).toBe(0);
    expect((await launches(it.home)).filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(await readdir(join(it.dataDir, "run"))).toEqual([]);
  });

  it("of a pool initialises each, with a port, an address and keys of its own", async () => {
    await using it = await setUp([], 3);
    const directory = await it.start({ NYM_CLIENTS: "3" });
    await directory.says("directory started");
    const names = [ID, `${ID}-1`, `${ID}-2`];
    expect(await directory.addresses()).toEqual(names.map((name) => it.net.mixnet.addressOf(name)));
    expect((await readdir(join(it.home, ".nym/clients"))).sort()).toEqual(names);
    const alice = await it.user("alice-of-wonderland");
    await alice.client.register(alice.name, alice.keys);
    process.kill(await pidOf(it, 2), "SIGKILL");
    await directory.says(/nym client exited.*child=nym-client-2/);
    expect((await alice.client.lookup(alice.name))?.name).toBe(alice.name);
    await until(async () => (await launches(it.home)).length === 7);
    expect(await directory.stop()).toBe(0);
  });

  it("says exactly what to do when there is no program, and exits with 78", async () => {
    await using it = await setUp();
    const directory = await it.start({ NYM_CLIENT_BINARY: join(it.dataDir, "none") }, false);
    expect(await directory.exitCode()).toBe(78);
    expect(directory.stderr).toMatch(/no nym-client at .*none.*`npm run nym-client:fetch`.*NYM_CLIENT_BINARY/);
    expect(directory.stderr).toMatch(/NYM_CLIENT=wasm.*NYM_CLIENT=loopback/);
  });

  it("does not talk to a stranger's nym-client that listens in the place of its own, and exits with 78", async () => {
    await using it = await setUp();
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const url = `ws://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    const directory = await it.start({ WEBSOCKET_URL: url }, false);
    expect(await directory.exitCode()).toBe(78);
    expect(directory.stderr).toContain("another program listens on");
    expect(await launches(it.home)).toEqual([]);
    stranger.close();
  });

  it("tells loudly when the program or the address is another one", async () => {
    await using it = await setUp();
    await (await it.start()).stop();
    await writeFile(
      join(it.dataDir, "known-addresses.json"),
      JSON.stringify({ [ID]: it.net.mixnet.addressOf("other") }),
    );
    const binary = join(it.dataDir, "another");
    await writeFile(binary, `${await readFile(join(it.dataDir, "../fake-nym-client"), "utf8")}# another\n`, {
      mode: 0o755,
    });
    const second = await it.start({ NYM_CLIENT_BINARY: binary });
    expect(second.stderr).toMatch(/ warn nym client program is another one/);
    expect(second.stderr).toMatch(/ warn NYM ADDRESS CHANGED.* client=0/);
    await second.stop();
  });
});

describe.each(Array.from({ length: REPETITIONS }, (_, index) => index + 1))("repetition %i", () => {
  it.each([
    ["killed half-way", { on: "init", do: "half" }, /could not be prepared.*step=init.*signal=SIGKILL/],
    ["refused", { on: "init", do: "exit" }, /could not be prepared.*step=init.*code=1/],
    ["hanging", { on: "init", do: "hang" }, /not ready in time(.|\n)*could not be prepared.*step=init/],
  ] as const)("an init that is %s is wiped and done again", async (_name, fault, told) => {
    await using it = await setUp([fault]);
    const directory = await it.start({ START_ALLOWANCE_SECONDS: "4" });
    expect(directory.stderr).toMatch(told);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "init", "run"]);
    expect(await directory.stop()).toBe(0);
  });

  it("an unreachable nym-api is tried again until it answers", async () => {
    await using it = await setUp();
    it.net.reachable = false;
    const directory = await it.start({}, false);
    await directory.says(/could not be prepared(.|\n)*could not be prepared/);
    it.net.reachable = true;
    await directory.says("directory started");
    expect(Math.max(...pauses(directory))).toBeLessThanOrEqual(3_000);
    expect(await directory.stop()).toBe(0);
  });

  it("a directory killed while it initialises begins anew", async () => {
    await using it = await setUp([{ on: "init", do: "hang" }]);
    const first = await it.start({}, false);
    const [init] = await until(async () => {
      const all = await launches(it.home);
      return all.length === 1 && all;
    });
    await first.stop("SIGKILL");
    expect(isAlive(init?.pid ?? 0)).toBe(true);
    await it.start();
    expect(isAlive(init?.pid ?? 0)).toBe(false);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "init", "run"]);
  });

  /** Faults that end the process, or make the directory end it: one pause, one more launch, nothing acknowledged lost. */
  it.each([
    ["exits with 0", { on: "run", do: "exit", code: 0, ms: 1_500 }, /nym client exited.*code=0/],
    ["exits with 1", { on: "run", do: "exit", code: 1, ms: 1_500 }, /nym client exited.*code=1/],
    ["aborts on a failed handshake", { on: "run", do: "abort" }, /nym client exited.*signal=SIGABRT/],
    ["accepts, and never answers", { on: "run", do: "hang" }, /not ready in time(.|\n)*nym client exited/],
  ] as const)("a client that %s is back after one pause", async (_name, fault, told) => {
    await using it = await setUp([fault]);
    const directory = await it.start({ START_ALLOWANCE_SECONDS: "4" }, false);
    const { alice, bob } = await couple(it);
    const acknowledged = await chat(alice, bob, () => told.test(directory.stderr));
    await nothingLost(bob, acknowledged);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run", "run"]);
    expect(pauses(directory)).toHaveLength(1);
    expect(Math.max(...pauses(directory))).toBeLessThanOrEqual(200);
    expect(await directory.stop()).toBe(0);
    expect((await launches(it.home)).filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  /** Faults that the process outlives: no launch more, nothing lost. */
  it.each([
    ["starts slowly", { on: "run", do: "slow", ms: 1_000 }, /directory started/],
    ["sends garbage", { on: "run", do: "garbage" }, /directory started/],
    [
      "drops its connection and refuses the next",
      { on: "run", do: "refuse", ms: 300 },
      /bridge opened(.|\n)*bridge opened/,
    ],
    ["floods", { on: "run", do: "flood", count: 20_000 }, /directory started/],
    ["grows", { on: "run", do: "grow" }, /directory started/],
  ] as const)("a client that %s goes on serving", async (_name, fault, told) => {
    await using it = await setUp([fault]);
    const directory = await it.start({}, false);
    const { alice, bob } = await couple(it);
    const acknowledged = await chat(alice, bob, () => told.test(directory.stderr));
    await nothingLost(bob, acknowledged);
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run"]);
    expect(await directory.stop()).toBe(0);
  });

  it("a client that is killed with -9 is back after one pause", async () => {
    await using it = await setUp();
    const directory = await it.start();
    const { alice, bob } = await couple(it);
    const pid = await pidOf(it);
    let killed = false;
    const acknowledged = await chat(alice, bob, () => {
      if (!killed) process.kill(pid, "SIGKILL");
      killed = true;
      return /nym client exited.*signal=SIGKILL/.test(directory.stderr);
    });
    acknowledged.push(...(await chat(alice, bob, () => true)));
    await nothingLost(bob, acknowledged);
    expect(pauses(directory)).toHaveLength(1);
    expect(await directory.stop()).toBe(0);
  });

  it("a client that relays nothing costs no acknowledged message", async () => {
    await using it = await setUp([{ on: "run", do: "deaf" }]);
    const directory = await it.start();
    const alice = await it.user("alice-of-wonderland");
    let registered = false;
    const registering = alice.client.register(alice.name, alice.keys).then(() => (registered = true));
    await until(() => it.net.mixnet.counters(alice.name).sent.data >= 3);
    expect(registered).toBe(false);
    process.kill(await pidOf(it), "SIGKILL");
    await registering;
    expect(await directory.stop()).toBe(0);
  });

  it("a directory that is killed with -9 leaves a client, which the next one ends before it serves", async () => {
    await using it = await setUp();
    const first = await it.start();
    const { alice, bob } = await couple(it);
    const acknowledged = await chat(alice, bob, () => true);
    const orphan = await pidOf(it);
    await first.stop("SIGKILL");
    expect(isAlive(orphan)).toBe(true);
    const second = await it.start();
    expect(isAlive(orphan)).toBe(false);
    expect(second.stderr).toMatch(/nym client of an earlier run ended.*signal=SIGINT/);
    acknowledged.push(...(await chat(alice, bob, () => true)));
    await nothingLost(bob, acknowledged);
    expect(await second.stop()).toBe(0);
  });

  it("a client that does not stop at SIGINT is killed after its grace, and the directory still stops in good order", async () => {
    await using it = await setUp([{ on: "run", do: "stubborn" }]);
    const directory = await it.start();
    const pid = await pidOf(it);
    expect(await directory.stop()).toBe(0);
    expect(directory.stderr).toMatch(/nym client killed.*graceMs=750/);
    expect(isAlive(pid)).toBe(false);
  });
});
