/** A pool of three Nym clients, through the real program: who answers, what one client's end costs, and `status`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ClientEvent,
  connectToDirectory,
  createWebSocketTransport,
  type DirectoryClient,
  newKeyPair,
} from "../../src/client/client.js";
import type { StatusReport } from "../../src/control/protocol.js";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { LoopbackUser } from "../support/loopback-user.js";
import { command, loopbackUrls } from "../support/loopback-control.js";
import { until } from "../support/until.js";

const MAIN = fileURLToPath(new URL("../../dist/src/main.js", import.meta.url));
const CLIENTS = 3;
const ENV = {
  NYM_CLIENT: "loopback",
  NYM_CLIENTS: String(CLIENTS),
  WEBSOCKET_URL: "ws://127.0.0.1:0",
  LOOPBACK_USERS_PORT: "0",
  LOOPBACK_CONTROL_PORT: "0",
  LANE_POLL_MS: "20",
  LIVENESS_EVERY_SECONDS: "0",
};

interface Counters {
  readonly sent: { readonly data: number };
  readonly received: { readonly data: number };
}

let directory: DirectoryProcess;
let addresses: string[];
const users: LoopbackUser[] = [];
const members: DirectoryClient[] = [];

/** Somebody with the client library, and what it told. */
interface Member {
  readonly client: DirectoryClient;
  readonly events: readonly ClientEvent[];
}

async function countersOf(client: string): Promise<Counters> {
  return (await command(directory, { command: "counters", client })) as Counters;
}

async function user(name: string, client: number): Promise<LoopbackUser> {
  const { users: port } = await loopbackUrls(directory);
  const it = await LoopbackUser.connect(name, port, addresses[client] ?? "");
  users.push(it);
  return it;
}

/** Runs `nym-directory status`. */
async function status(
  dataDir: string,
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = { PATH: process.env["PATH"], ...ENV, DATA_DIR: dataDir };
  const child = spawn(process.execPath, [MAIN, "status", ...args], { cwd: dataDir, env });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode, ...output };
}

const report = async (): Promise<StatusReport> =>
  JSON.parse((await status(directory.dataDir, "--json")).stdout) as StatusReport;

beforeAll(async () => {
  directory = await startDirectory({ env: ENV });
  addresses = await until(async () => {
    const all = await directory.addresses();
    return all.length === CLIENTS && all;
  });
});

afterAll(async () => {
  for (const each of users) each.close();
  await Promise.all(members.map((member) => member.close()));
  await directory[Symbol.asyncDispose]();
});

describe("a pool", () => {
  test("lists all of its addresses, in the order of the pool", async () => {
    const { services } = await loopbackUrls(directory);
    expect(services.map(({ name }) => name)).toEqual(["nym-directory", "nym-directory-1", "nym-directory-2"]);
    expect(addresses).toEqual(services.map(({ address }) => address));
  });

  test("answers by the Nym client that was asked, and by no other", async () => {
    const names = (await loopbackUrls(directory)).services.map(({ name }) => name);
    for (const [asked] of names.entries()) {
      const somebody = await user(`asks-${asked}`, asked);
      const before = await Promise.all(names.map(countersOf));
      await somebody.lookUp("nobody-at-all");
      await somebody.lookUp("nobody-at-all");
      const after = await Promise.all(names.map(countersOf));
      const sent = after.map((counters, index) => counters.sent.data - (before[index]?.sent.data ?? 0));
      expect(sent).toEqual(names.map((_, index) => (index === asked ? 2 : 0)));
    }
  });

  test("status: all serve", async () => {
    const { code, stdout } = await status(directory.dataDir);
    expect(code).toBe(0);
    expect(stdout).toContain("3 of 3 Nym clients serve");
    for (const address of addresses) expect(stdout).toContain(address);
    const { clients, ...rest } = await report();
    expect(rest).toMatchObject({ kind: "loopback", serving: true, requestsUnderWay: 0 });
    expect(clients.map(({ address }) => address)).toEqual(addresses);
    for (const client of clients) {
      expect(client).toMatchObject({ state: "ready", serving: true, connected: true, restarts: 0, missedChecks: 0 });
      expect(client.pid).toBeGreaterThan(1);
      expect(client.ageSeconds).toBeGreaterThan(0);
    }
  });

  test.each([
    ["socket drop", [{ command: "dropSocket" }]],
    ["crash", [{ command: "stop", how: "killed" }, { command: "start" }]],
  ])("one client's %s costs only its own routes, and no message", async (what, [end, start]) => {
    const word = what.replace(" ", "-");
    const people = await Promise.all([0, 1, 2].map((client) => user(`${word}-${client}`, client)));
    for (const person of people) await person.register();
    const [first, second, third] = people as [LoopbackUser, LoopbackUser, LoopbackUser];
    await command(directory, { ...end, client: "nym-directory-1" });
    if (start !== undefined) {
      // One that is back before anybody has looked cannot be told from one that only dropped its socket.
      await until(async () => (await report()).clients[1]?.connected === false);
      setTimeout(() => void command(directory, { ...start, client: "nym-directory-1" }), 300);
    }
    // Those at the other clients neither log in again nor ask for anything.
    expect(await first.send(third.name, "to three")).toBe("success");
    await until(() => third.messages.includes("to three"));
    expect(await third.send(first.name, "to one")).toBe("success");
    await until(() => first.messages.includes("to one"));
    // What is sent to the one whose client it was, before or after it is back, arrives at the latest after a log-in.
    expect(await first.send(second.name, "to two, away")).toBe("success");
    await until(async () => (await report()).serving);
    expect(await first.send(second.name, "to two, back")).toBe("success");
    await second.login();
    await until(() => ["to two, away", "to two, back"].every((body) => second.messages.includes(body)));
  });

  test("a client library falls back to another address: it is reached there, and looks up where it never logged in", async () => {
    const { users: url } = await loopbackUrls(directory);
    const join = async (name: string, start: number): Promise<Member> => {
      const events: ClientEvent[] = [];
      const client = await connectToDirectory(
        {
          transport: createWebSocketTransport({ url: `${url}/${name}` }),
          random: () => start / CLIENTS,
          observe: (event) => void events.push(event),
        },
        { directory: addresses, answerTimeout: 1_000, retries: 1, retryPause: 10, keepAlive: 300 },
      );
      members.push(client);
      await client.register(name, (await newKeyPair()).keyPair);
      return { client, events };
    };
    const [carol, dave] = await Promise.all([join("carol-in-a-pool", 0), join("dave-in-a-pool", 1)]);
    const inbox = carol.client.messages()[Symbol.asyncIterator]();
    const moves = ({ events }: Member): string[] =>
      events.flatMap((event) => (event.type === "moved" ? [`${event.use} ${addresses.indexOf(event.to)}`] : []));

    await command(directory, { command: "stop", client: "nym-directory", how: "graceful" });
    await until(() => carol.events.some(({ type }) => type === "loggedIn"));
    await dave.client.send("carol-in-a-pool", "are you there?");
    expect((await inbox.next()).value).toMatchObject({
      sender: "dave-in-a-pool",
      plaintext: { text: "are you there?" },
    });
    expect(moves(carol)).toEqual(["home 2"]);
    const before = carol.events.length;
    expect((await carol.client.lookup("dave-in-a-pool"))?.name).toBe("dave-in-a-pool");
    const asked = carol.events.slice(before).flatMap((event) => (event.type === "sent" ? [event.to] : []));
    expect(asked).toContain(addresses[1]);
    await command(directory, { command: "start", client: "nym-directory" });

    await command(directory, { command: "stop", client: "nym-directory-2", how: "graceful" });
    expect((await dave.client.lookup("carol-in-a-pool"))?.name).toBe("carol-in-a-pool");
    expect(moves(dave)).toEqual(["lookups 0"]);
    await command(directory, { command: "start", client: "nym-directory-2" });
    await until(async () => (await report()).serving);
  });

  test("status: a client that is gone is told, with exit code 1", async () => {
    await command(directory, { command: "stop", client: "nym-directory-2", how: "graceful" });
    const { code, stdout } = await until(async () => {
      const ended = await status(directory.dataDir);
      return ended.code !== 0 && ended;
    });
    expect(code).toBe(1);
    expect(stdout).toContain("2 of 3 Nym clients serve");
    expect((await report()).clients.map(({ connected }) => connected)).toEqual([true, true, false]);
    await command(directory, { command: "start", client: "nym-directory-2" });
    await until(async () => (await report()).serving);
  });
});

test("status: where no directory runs, it says so, with exit code 69", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nym-directory-status-"));
  const { code, stdout, stderr } = await status(folder);
  expect({ code, stdout }).toEqual({ code: 69, stdout: "" });
  expect(stderr).toMatch(/^nym-directory: no directory runs that answers at .*status\.sock\n$/);
  rmSync(folder, { recursive: true });
});
