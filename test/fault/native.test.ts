/** The directory as an operator starts it with NYM_CLIENT=native: what it needs, and what an `init` can come to. */
import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDoc } from "../support/docs.js";
import { launches } from "../support/fake-mixnet.js";
import {
  chat,
  commandsOf,
  couple,
  ID,
  isBackInTime,
  nothingLost,
  outages,
  pidOf,
  setUp,
} from "../support/native-directory.js";
import { REPETITIONS } from "../support/repetitions.js";
import { isAlive, until } from "../support/until.js";

describe("the first start", () => {
  it("initialises, prepares the configuration, and runs; the second only runs, at the same address", async () => {
    await using it = await setUp();
    const gateway = it.net.api.gatewayKeys[0] ?? "";
    const first = await it.start({ NYM_GATEWAY: gateway, NYM_CLIENT_MODE: "no-cover" });
    const address = it.net.mixnet.addressOf(ID);
    expect(await first.addresses()).toEqual([address]);
    const [init, run] = await launches(it.home);
    const port = run?.args[run.args.indexOf("-p") + 1] ?? "";
    const common = ["--id", ID, "-p", port, "--nym-apis", it.net.api.url];
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
    await nothingLost(alice, bob, await chat(alice, bob, () => true));
    expect(await first.stop()).toBe(0);
    for (const [, path = ""] of readDoc("docs/operations.md").matchAll(/`storage\/([^`]+)`/g)) {
      if (!path.startsWith("wasm")) await stat(join(it.dataDir, path.replace("/ID", `/${ID}`)));
    }
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
    const directory = await it.start({ NYM_CLIENT_BINARY: join(it.dataDir, "none") }, { untilReady: false });
    expect(await directory.exitCode()).toBe(78);
    expect(directory.stderr).toMatch(/no nym-client at .*none.*`npm run nym-client:fetch`.*NYM_CLIENT_BINARY/);
    expect(directory.stderr).toMatch(/NYM_CLIENT=wasm.*NYM_CLIENT=loopback/);
    expect(directory.stderr).not.toMatch(/ error |failed/);
  });

  it("is `npm start` and nothing else: it serves, outlives a kill -9 of the client, and stops in good order", async () => {
    await using it = await setUp();
    const directory = await it.start({}, { byNpm: true });
    const { alice, bob } = await couple(it);
    const acknowledged = await chat(alice, bob, () => true);
    process.kill(await pidOf(it), "SIGKILL");
    await directory.says(/nym client exited.*signal=SIGKILL(.|\n)*bridge opened/);
    acknowledged.push(...(await chat(alice, bob, () => true)));
    await nothingLost(alice, bob, acknowledged);
    isBackInTime(directory, 1);
    expect(await directory.stop()).toBe(0);
    expect(directory.stderr).toContain("directory stopped");
    expect(commandsOf(await launches(it.home))).toEqual(["init", "run", "run"]);
    expect((await launches(it.home)).filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it("of `npm start` without a program ends with 78 as well", async () => {
    await using it = await setUp();
    const directory = await it.start(
      { NYM_CLIENT_BINARY: join(it.dataDir, "none") },
      { untilReady: false, byNpm: true },
    );
    expect(await directory.exitCode()).toBe(78);
    expect(directory.stderr).toContain("`npm run nym-client:fetch`");
  });

  it("does not talk to a stranger's nym-client that listens in the place of its own, and exits with 78", async () => {
    await using it = await setUp();
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const url = `ws://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    const directory = await it.start({ WEBSOCKET_URL: url }, { untilReady: false });
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

describe.each(REPETITIONS)("repetition %i", { timeout: 60_000 }, () => {
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
    it.net.api.status = 503;
    const directory = await it.start({}, { untilReady: false });
    await directory.says(/could not be prepared(.|\n)*could not be prepared/);
    it.net.api.status = undefined;
    await directory.says("directory started");
    isBackInTime(directory, outages(directory).length);
    expect(await directory.stop()).toBe(0);
  });

  it("a directory killed while it initialises begins anew", async () => {
    await using it = await setUp([{ on: "init", do: "hang" }]);
    const first = await it.start({}, { untilReady: false });
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
});
