import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { askStatus } from "../../../src/control/ask.js";
import { takeLines } from "../../../src/control/lines.js";
import { parseRequest, type StatusReport } from "../../../src/control/protocol.js";
import { socketPath, startControl } from "../../../src/control/server.js";
import { recordEvents } from "../../support/supervised.js";

const REPORT: StatusReport = {
  version: "1.2.3",
  kind: "external",
  uptimeSeconds: 1.5,
  serving: true,
  requestsUnderWay: 0,
  clients: [],
};

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nym-directory-control-"));
  cleanup.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(folder: string, status: () => StatusReport = () => REPORT) {
  const { events, lines } = recordEvents();
  const control = await startControl({ status, events }, folder);
  cleanup.push(() => control[Symbol.asyncDispose]());
  return { control, lines, path: socketPath(folder) };
}

/** What comes back for these bytes. */
async function say(path: string, text: string): Promise<string> {
  const socket = connect(path);
  let answer = "";
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString();
    socket.end();
  });
  socket.write(text);
  await once(socket, "close");
  return answer;
}

describe("the socket of a directory", () => {
  it("answers, for its owner alone, and is gone with it", async () => {
    const folder = join(newFolder(), "run");
    const { control, path } = await start(folder);
    expect(await askStatus(path)).toEqual(REPORT);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await control[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
    await expect(askStatus(path)).rejects.toThrow(/no directory runs/);
  });

  it("takes the place of one that a killed directory has left", async () => {
    const folder = newFolder();
    writeFileSync(socketPath(folder), "");
    const { path } = await start(folder);
    expect(await askStatus(path)).toEqual(REPORT);
  });

  it("does not keep the directory from serving where it cannot be made", async () => {
    const { lines } = await start(join(newFolder(), "x".repeat(120)));
    expect(lines.join("\n")).toContain("warn status cannot be asked for");
  });

  it.each([
    ["no JSON", "hello", "malformed"],
    ["no version", '{"command":"status"}', "malformed"],
    ["another version", '{"v":2,"command":"status"}', "version"],
    ["an unknown command", '{"v":1,"command":"admin"}', "malformed"],
    ["an unknown field", '{"v":1,"command":"status","x":1}', "malformed"],
  ])("says what is wrong with %s", async (_, line, error) => {
    const { path } = await start(newFolder());
    expect(JSON.parse(await say(path, `${line}\n`))).toEqual({ v: 1, ok: false, error });
  });

  it("answers one line for each line", async () => {
    const { path } = await start(newFolder());
    const socket = connect(path);
    socket.write('{"v":1,"command":"status"}\n{"v":1,');
    const [first] = (await once(socket, "data")) as [Buffer];
    socket.write('"command":"status"}\n');
    const [second] = (await once(socket, "data")) as [Buffer];
    expect(second.toString()).toBe(first.toString());
    socket.destroy();
  });

  it("cuts off whoever sends a line without an end", async () => {
    const { path } = await start(newFolder());
    expect(await say(path, "x".repeat(1_048_577))).toBe("");
  });

  it("says that it failed, without saying how", async () => {
    const { path } = await start(newFolder(), () => {
      throw new Error("secret");
    });
    expect(await say(path, '{"v":1,"command":"status"}\n')).toBe('{"v":1,"ok":false,"error":"failed"}\n');
    await expect(askStatus(path)).rejects.toThrow(/did not understand \(failed\)/);
  });
});

describe("who asks", () => {
  it.each(["nonsense\n", '{"v":9,"ok":true,"result":{}}\n', '{"v":1,"ok":true,"result":{"version":1}}\n'])(
    "is told when %j comes back",
    async (answer) => {
      const path = join(newFolder(), "socket");
      const server = createServer((socket) => socket.end(answer)).listen(path);
      cleanup.push(() => void server.close());
      await once(server, "listening");
      await expect(askStatus(path)).rejects.toThrow(/did not understand/);
    },
  );

  it("is told when the connection ends without an answer", async () => {
    const path = join(newFolder(), "socket");
    const server = createServer((socket) => socket.end()).listen(path);
    cleanup.push(() => void server.close());
    await once(server, "listening");
    await expect(askStatus(path)).rejects.toThrow(/no directory runs/);
  });

  it("ignores fields of a newer directory", async () => {
    const { path } = await start(newFolder(), () => ({ ...REPORT, more: 1 }));
    expect(await askStatus(path)).toEqual(REPORT);
  });
});

it("lines are the same, however the bytes are cut", () => {
  const lines: string[] = [];
  const take = takeLines(10, { line: (line) => lines.push(line), tooLong: () => lines.push("too long") });
  for (const part of ["a", "b\nc", "d\n\ne", "f\n", "0123456789", "0", "\nmore\n"]) take(Buffer.from(part));
  expect(lines).toEqual(["ab", "cd", "", "ef", "too long"]);
});

it("a request is one of those that there are", () => {
  expect(parseRequest('{"v":1,"command":"status"}')).toEqual({ v: 1, command: "status" });
});
