/**
 * A directory as an operator runs it with NYM_CLIENT=native, on a program that behaves, and misbehaves, like nym-client;
 * users who chat through it and know what was acknowledged; and what its log says of outages.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { connectToDirectory, type DirectoryClient } from "../../src/client/directory-client.js";
import { newKeyPair } from "../../src/client/keys.js";
import { createLoopbackTransport } from "../../src/client/loopback-transport.js";
import type { KeyPair } from "../../src/protocol/v1/key-pair.js";
import { type DirectoryProcess, startDirectory } from "./directory.js";
import {
  type FakeMixnet,
  type Fault,
  installFakeNymClient,
  type Launch,
  launches,
  plantFaults,
  startFakeMixnet,
} from "./fake-mixnet.js";
import { SEEN } from "./seen.js";
import { isAlive, until } from "./until.js";

/** The id of the first Nym client. */
export const ID = "nym-directory";

/** The times of an operator's directory, a twentieth of them or less. */
export const SCALED = {
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

/** Liveness, scaled: a client that relays nothing is known to after three checks, four seconds at most. */
export const WATCHED = {
  LIVENESS_EVERY_SECONDS: "0.2",
  LIVENESS_SELF_ADDRESS_SECONDS: "1",
  LIVENESS_PROBE_SECONDS: "1",
};

/** A mixnet, a program, and a data folder that outlives a directory. */
export interface NativeSetting extends AsyncDisposable {
  readonly net: FakeMixnet;
  readonly dataDir: string;
  /** NYM_HOME_DIR. */
  readonly home: string;
  start(env?: Readonly<Record<string, string>>, how?: StartOptions): Promise<DirectoryProcess>;
  user(name: string): Promise<User>;
}

export interface StartOptions {
  /** Default: true. */
  readonly untilReady?: boolean;
  readonly byNpm?: boolean;
}

/** Somebody at a Nym client of the mixnet, who notes every chat message that comes. */
export interface User {
  readonly client: DirectoryClient;
  readonly name: string;
  readonly keys: KeyPair;
  readonly got: string[];
}

/** Sets everything up; what is to go wrong goes wrong at the first launches that it fits. */
export async function setUp(faults: readonly Fault[] = [], services = 1): Promise<NativeSetting> {
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
    async start(env = {}, { untilReady = true, byNpm = false } = {}) {
      await mkdir(dataDir, { recursive: true });
      const program = { NYM_CLIENT: "native", NYM_CLIENT_BINARY: binary, NYM_APIS: net.api.url };
      const settings = { ...program, WEBSOCKET_URL: "ws://127.0.0.1:0", ...SCALED, ...env };
      const directory = await startDirectory({ dataDir, env: settings, byNpm }, untilReady);
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

/** What was launched so far: `init` or `run`, in order. */
export const commandsOf = (all: readonly Launch[]): string[] => all.map(({ args }) => args[0] ?? "");

/** Pid of the Nym client at this position of the pool. */
export async function pidOf(it: NativeSetting, index = 0): Promise<number> {
  const record = await readFile(join(it.dataDir, "run", `nym-client-${index}.json`), "utf8");
  return (JSON.parse(record) as { pid: number }).pid;
}

/** Two registered users. */
export async function couple(it: NativeSetting): Promise<{ alice: User; bob: User }> {
  const [alice, bob] = await Promise.all([it.user("alice-of-wonderland"), it.user("bob-the-builder")]);
  await Promise.all([alice, bob].map(({ client, name, keys }) => client.register(name, keys)));
  return { alice, bob };
}

/** Sends messages until `enough`, one after the other and at least three, and gives those that were acknowledged. */
export async function chat(alice: User, bob: User, enough: () => boolean | Promise<boolean>): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let count = 0; count < 3 || !(await enough()); count++) {
    const text = randomBytes(24).toString("hex");
    SEEN.body(text);
    await alice.client.send(bob.name, text);
    acknowledged.push(text);
  }
  return acknowledged;
}

/** Everybody is known still; bob logs in, as his client does after a while, and has all that was acknowledged, once. */
export async function nothingLost(alice: User, bob: User, acknowledged: readonly string[]): Promise<void> {
  for (const [asks, asked] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    expect((await asks.client.lookup(asked.name))?.name).toBe(asked.name);
  }
  await bob.client.login(bob.name, bob.keys);
  await until(() => acknowledged.every((text) => bob.got.includes(text)));
  expect(new Set(bob.got).size).toBe(bob.got.length);
}

/** How long each outage of a Nym client was, from what the log tells of it, in milliseconds. */
export interface Outage {
  /** The pause before the launch. */
  readonly pause: number;
  /** From the launch until it was seen to serve; `undefined` when it never was. */
  readonly start: number | undefined;
}

/** The outages that the log tells of, in order. */
export function outages({ stderr }: DirectoryProcess): Outage[] {
  const [, ...after] = stderr.split(/restartInMs=/);
  return after.map((text) => {
    const ready = /nym client ready .*afterMs=(\d+)/.exec(text)?.[1];
    return { pause: parseInt(text, 10), start: ready === undefined ? undefined : Number(ready) };
  });
}

/**
 * Service was back within the back-off's bound: after failures in a row, of which there were `failures`, each pause is
 * what the back-off has for it, a quarter more at most for the jitter, and the last start took no more than its allowance.
 */
export function isBackInTime(directory: DirectoryProcess, failures: number): void {
  const ms = (seconds: string): number => Number(seconds) * 1_000;
  const [shortest, longest] = [ms(SCALED.RESTART_MIN_SECONDS), ms(SCALED.RESTART_MAX_SECONDS)];
  const all = outages(directory);
  expect(all).toHaveLength(failures);
  for (const [index, { pause }] of all.entries()) {
    expect(pause).toBeGreaterThanOrEqual(shortest);
    expect(pause).toBeLessThanOrEqual(Math.min(longest, 1.25 * shortest * 2 ** index));
  }
  expect(all.at(-1)?.start).toBeLessThanOrEqual(ms(SCALED.START_ALLOWANCE_SECONDS));
}

/** Two users chat until the directory has told this, and on after it; nothing is lost. */
export async function chatThrough(it: NativeSetting, directory: DirectoryProcess, told: RegExp): Promise<void> {
  const { alice, bob } = await couple(it);
  const acknowledged = await chat(alice, bob, () => told.test(directory.stderr));
  acknowledged.push(...(await chat(alice, bob, () => true)));
  await nothingLost(alice, bob, acknowledged);
}

/** The directory stops as asked, and leaves nobody behind. */
export async function endsWell(it: NativeSetting, directory: DirectoryProcess): Promise<void> {
  expect(await directory.stop()).toBe(0);
  expect((await launches(it.home)).filter(({ pid }) => isAlive(pid))).toEqual([]);
}

/** How often the directory has told this. */
export const count = ({ stderr }: DirectoryProcess, what: RegExp): number =>
  stderr.match(new RegExp(what, "g"))?.length ?? 0;
