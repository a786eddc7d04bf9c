/** The loopback mixnet as a program: a real child process, its one line of JSON, its commands, and its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { decodeResponse, encodeRequest } from "../../src/protocol/nym-client/binary.js";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import { closed, connect } from "../support/loopback-apps.js";

const program = fileURLToPath(new URL("../../dist/nym-client/loopback/main.js", import.meta.url));
const anyPorts = ["--port", "0", "--users-port", "0", "--control-port", "0"];

interface Listening {
  readonly event: string;
  readonly seed: string;
  readonly services: readonly { readonly name: string; readonly address: NymAddress; readonly url: string }[];
  readonly users: string;
  readonly dedicated: Readonly<Record<string, string>>;
  readonly control: string;
}

interface Run {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves with what it wrote on stderr and how it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, NODE_ENV: "test", ...env } });
  running.add(child);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]) => {
    running.delete(child);
    return { code: code as number | null, stderr };
  });
  return { child, stdin: child.stdin, stdout: child.stdout, ended };
}

async function listening({ stdout }: Run): Promise<Listening> {
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as Listening;
  throw new Error("it ended without a line");
}

async function text(stream: Readable): Promise<string> {
  let all = "";
  for await (const chunk of stream.setEncoding("utf8")) all += chunk as string;
  return all;
}

test("--help explains the options, the line and the commands", async () => {
  const help = run(["--help"]);
  const output = await text(help.stdout);
  expect((await help.ended).code).toBe(0);
  for (const word of ["--services", "--users-port", "--seed", "--keep", '"rotateKeys"', "stdin", "no anonymity"]) {
    expect(output).toContain(word);
  }
});

test("it says where it listens in one line, warns loudly, and serves users", async () => {
  const mixnet = run([...anyPorts, "--services", "2", "--id", "dir", "--packets-per-second", "unlimited"]);
  const { event, seed, services, users } = await listening(mixnet);
  expect(event).toBe("listening");
  expect(seed).toMatch(/^[0-9a-f]{16}$/);
  expect(services.map(({ name }) => name)).toEqual(["dir", "dir-1"]);
  const [directory, alice] = [await connect(services[1]?.url ?? ""), await connect(`${users}/alice`)];
  const recipient = services[1]?.address ?? ("" as NymAddress);
  const message = Buffer.from("hello");
  alice.socket.send(encodeRequest({ type: "send", recipient, lane: undefined, message }));
  const pushed = decodeResponse((await directory.frames.next()).data);
  expect(pushed).toEqual({ type: "received", senderTag: undefined, message });
  mixnet.child.kill("SIGTERM");
  const { code, stderr } = await mixnet.ended;
  expect(code).toBe(0);
  expect(stderr).toContain("NO ANONYMITY");
});

test("addresses outlive the process; the seed does not, unless it is given", async () => {
  const first = await listening(run(anyPorts));
  const second = await listening(run(anyPorts));
  const third = await listening(run([...anyPorts, "--identity", "another", "--seed", "mine"]));
  expect(second.services[0]?.address).toBe(first.services[0]?.address);
  expect(second.seed).not.toBe(first.seed);
  expect(third.services[0]?.address).not.toBe(first.services[0]?.address);
  expect(third.seed).toBe("mine");
});

test("ports can be given, and a taken one ends it with code 1", async () => {
  const first = await listening(run([...anyPorts, "--user-port", "alice=0", "--user-port", "bob=0"]));
  expect(Object.keys(first.dedicated)).toEqual(["alice", "bob"]);
  const taken = Number(new URL(first.users).port);
  const second = run(["--port", "0", "--users-port", String(taken), "--control-port", "0"]);
  const { code, stderr } = await second.ended;
  expect(code).toBe(1);
  expect(stderr).toContain("EADDRINUSE");
});

test("the control port takes commands, in order, and no web pages", async () => {
  const { control, users } = await listening(run([...anyPorts, "--restart-ms", "1"]));
  const alice = await connect(`${users}/alice`);
  const { socket, frames } = await connect(control);
  socket.send('{"command":"restart","client":"alice","how":"killed","downMs":30}');
  socket.send('{"command":"counters","client":"alice"}');
  socket.send("nonsense");
  expect(JSON.parse((await frames.next()).data.toString())).toEqual({ ok: true, result: null });
  expect(JSON.parse((await frames.next()).data.toString())).toMatchObject({ ok: true, result: { running: true } });
  expect(JSON.parse((await frames.next()).data.toString())).toMatchObject({ ok: false });
  await closed(alice.socket);
  const page = new WebSocket(control, { origin: "https://example.org" });
  const [error] = (await once(page, "error")) as [Error];
  expect(error.message).toBe("socket hang up");
});

describe("it ends with code 0", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("on %s", async (signal) => {
    const mixnet = run(anyPorts);
    const { users } = await listening(mixnet);
    await connect(`${users}/alice`);
    mixnet.child.kill(signal);
    expect((await mixnet.ended).code).toBe(0);
  });

  test("when its stdin closes", async () => {
    const mixnet = run(anyPorts);
    await listening(mixnet);
    mixnet.stdin.end();
    expect((await mixnet.ended).code).toBe(0);
  });
});

test("--keep outlives stdin", async () => {
  const mixnet = run([...anyPorts, "--keep"]);
  const { users } = await listening(mixnet);
  mixnet.stdin.end();
  await once(mixnet.stdin, "close");
  const { socket, frames } = await connect(`${users}/alice`);
  socket.send(encodeRequest({ type: "selfAddress" }));
  await frames.next();
  mixnet.child.kill("SIGINT");
  expect((await mixnet.ended).code).toBe(0);
});

test("it does not run in production", async () => {
  const mixnet = run(anyPorts, { NODE_ENV: "production" });
  expect(await text(mixnet.stdout)).toBe("");
  const { code, stderr } = await mixnet.ended;
  expect(code).toBe(78);
  expect(stderr).toContain("NODE_ENV=production");
});

test("a wrong option is refused, with what is allowed", async () => {
  const wrong = [
    { args: ["--loss", "2"], allowed: "0 to 1" },
    { args: ["--port", "65536"], allowed: "0 to 65535" },
    { args: ["--user-port", "alice"], allowed: "alice=1980" },
    { args: ["--services", "x"], allowed: "a whole number" },
    { args: ["--packets-per-second", "0"], allowed: "above 0" },
    { args: ["--delay-ms", "-1"], allowed: "milliseconds" },
    { args: ["--what"], allowed: "unknown option" },
  ];
  for (const { args, allowed } of wrong) {
    const { code, stderr } = await run(args).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(allowed);
  }
});
