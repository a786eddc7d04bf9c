/** `npm run chat`, as a program that is driven through pipes, with the real directory. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type LoopbackDirectory, startLoopbackDirectory } from "../support/loopback-directory.js";

const CHAT = fileURLToPath(new URL("../../dist/scripts/chat.js", import.meta.url));

let directory: LoopbackDirectory;
let running: ChildProcess[] = [];

beforeAll(async () => void (directory = await startLoopbackDirectory()));
afterAll(() => directory[Symbol.asyncDispose]());
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running = [];
});

interface Program {
  type(line: string): void;
  /** Waits until the output has this, after what was found before. */
  says(text: string | RegExp): Promise<void>;
  /** No more input; resolves with the exit code and everything that was said. */
  end(): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, [CHAT, ...args], {
    cwd: directory.process.dataDir,
    env: { PATH: process.env["PATH"], DATA_DIR: directory.process.dataDir, ...env },
    stdio: "pipe",
  });
  running.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output.stderr += data.toString()));
  const closed = once(child, "close");
  let found = 0;
  return {
    type: (line) => child.stdin.write(`${line}\n`),
    async says(text) {
      await expect.poll(() => output.stdout.slice(found), { timeout: 20_000 }).toMatch(text);
      const rest = output.stdout.slice(found);
      const match = typeof text === "string" ? text : (text.exec(rest)?.[0] ?? "");
      found += rest.indexOf(match) + match.length;
    },
    async end() {
      child.stdin.end();
      await closed;
      return { code: child.exitCode, ...output };
    },
  };
}

it("two people meet, talk, leave, and find everything again", async () => {
  const alice = start(["--as", "Alice"]);
  const bob = start(["--as", "bob"]);
  await alice.says("it gives NO ANONYMITY");
  for (const each of [alice, bob]) {
    each.type("/register");
    await each.says("others can write to you now");
  }
  alice.type("/who bob");
  await alice.says(/bob has the key\n/);
  alice.type("/to BOB");
  await alice.says("what you type goes to bob, end-to-end encrypted");
  alice.type("hello bob, über alles “quoted” 👋");
  await alice.says(/Alice {4}hello bob, über alles “quoted” 👋 ✓/);
  await bob.says(/Alice {4}hello bob, über alles “quoted” 👋\n/);
  bob.type("hello Alice");
  await bob.says("hello Alice ✓");
  await alice.says(/bob {6}hello Alice\n/);
  alice.type("/quit");
  const left = await alice.end();
  expect([left.code, left.stderr]).toEqual([0, ""]);
  expect(left.stdout).not.toContain("\u001b");

  const again = start(["--as", "alice"]);
  await again.says("you are Alice\n");
  again.type("/to bob");
  await again.says(/Alice {4}hello bob, über alles “quoted” 👋 ✓{1,2}\n[^]*bob {6}hello Alice\n/);
  again.type("bye");
  expect((await again.end()).code).toBe(0);
  await bob.says(/Alice {4}bye\n/);
  expect((await bob.end()).code).toBe(0);

  const home = join(directory.process.dataDir, "chat", "alice");
  for (const file of await readdir(home)) expect((await stat(join(home, file))).mode & 0o077, file).toBe(0);
  // Keys, contacts and what is under way are sealed; what was said is for its owner's eyes, and can be left out.
  expect(await readFile(join(home, "records.log"), "latin1")).not.toMatch(/hello bob|hello Alice/);
});

it("what is said with --copies is found again where there is no record of it", async () => {
  const first = start(["--as", "Dora", "--no-history", "--copies"]);
  first.type("/register");
  await first.says("others can write to you now");
  first.type("/to Dora");
  await first.says("what you type goes to Dora");
  first.type("remember the milk");
  await first.says("remember the milk ✓");
  expect(await first.end()).toMatchObject({ code: 0, stderr: "" });
  const second = start(["--as", "Dora", "--no-history"]);
  second.type("/history DORA");
  await second.says(/Dora +remember the milk\n· 1 that you have said elsewhere/);
  expect(await second.end()).toMatchObject({ code: 0, stderr: "" });
});

it("keeps no messages when it is told so", async () => {
  const carol = start(["--as", "carol", "--no-history"]);
  await carol.says("you are not registered yet");
  carol.type("/register");
  carol.type("/to carol");
  carol.type("a note to myself");
  await carol.says("a note to myself ✓");
  expect((await carol.end()).code).toBe(0);
  expect(await readdir(join(directory.process.dataDir, "chat", "carol"))).not.toContain("history.jsonl");
});

it("says so when one is in another terminal already", async () => {
  const dave = start(["--as", "dave"]);
  await dave.says("you are not registered yet");
  const second = await start(["--as", "dave"]).end();
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(
    /^no Nym client at 127.0.0.1:\d+: it hung up; .+ Are you dave in another terminal\?\n$/,
  );
  await dave.end();
});

it("goes to any Nym client and directory that it is told", async () => {
  const args = ["--url", `${directory.users}/erin`, "--directory", directory.addresses[0] ?? ""];
  const erin = start(["--as", "erin", "--data", join(directory.process.dataDir, "elsewhere"), ...args]);
  await erin.says("you are not registered yet: /register takes the name erin");
  const { code, stdout } = await erin.end();
  expect(code).toBe(0);
  expect(stdout).not.toContain("NO ANONYMITY");
});

it.each<[string, string[], number, RegExp]>([
  ["no name", [], 1, /required option '--as <name>' not specified/],
  ["a name that cannot be", ["--as", "al ice"], 78, /^--as takes a name of 1 to 64 letters, digits, - or _\n$/],
  ["no address", ["--as", "alice", "--directory", "nonsense"], 78, /^--directory takes a Nym address, or a file/],
  ["no URL", ["--as", "alice", "--url", "nonsense"], 78, /^--url takes the URL of a nym-client's WebSocket/],
  ["no key", ["--as", "alice", "--identity", "nonsense"], 78, /^--identity takes a file with a PEM/],
])("explains %s", async (_, args, code, message) => {
  const ended = await start(args).end();
  expect(ended.code).toBe(code);
  expect(ended.stderr).toMatch(message);
});

it("explains that no directory is running", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chat-test-"));
  const ended = await start(["--as", "alice"], { DATA_DIR: folder }).end();
  expect(ended).toEqual({
    code: 1,
    stdout: "",
    stderr: `no directory is running here (looked in ${folder}): start one with npm start\n`,
  });
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
