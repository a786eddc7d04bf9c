import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type AdminAnswer, type AdminRequest, changeReport, userReport } from "../../../src/control/admin.js";
import { askDirectory, askStatus } from "../../../src/control/ask.js";
import { takeLines } from "../../../src/control/lines.js";
import { parseRequest, type StatusReport } from "../../../src/control/protocol.js";
import { socketPath, startControl } from "../../../src/control/server.js";
import { recordEvents } from "../../support/supervised.js";
import { until } from "../../support/until.js";

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

async function start(
  folder: string,
  status: () => StatusReport = () => REPORT,
  administer: (request: AdminRequest) => Promise<AdminAnswer> = () => Promise.resolve({ result: "done" }),
) {
  const { events, lines } = recordEvents();
  const control = await startControl({ status, administer, events }, folder);
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
    expect(lines.join("\n")).toContain("warn status cannot be asked for, and nothing be administered");
  });

  it.each([
    ["no JSON", "hello", "malformed"],
    ["no version", '{"command":"status"}', "malformed"],
    ["another version", '{"v":2,"command":"status"}', "version"],
    ["an unknown command", '{"v":1,"command":"admin"}', "malformed"],
    ["an unknown field", '{"v":1,"command":"status","x":1}', "malformed"],
    ["a missing name", '{"v":1,"command":"user"}', "malformed"],
    ["a name that is none", '{"v":1,"command":"delete-user","name":"a b"}', "malformed"],
    ["a name too many", '{"v":1,"command":"counts","name":"alice"}', "malformed"],
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
    await expect(askStatus(path)).rejects.toMatchObject({ name: "FailedError" });
  });

  it("has an operator's question answered, in the form that is expected", async () => {
    const asked: AdminRequest[] = [];
    const { path } = await start(newFolder(), undefined, (request) => {
      asked.push(request);
      return Promise.resolve({ state: "free" });
    });
    const request = { command: "user", name: "alice" } as const;
    expect(await askDirectory(path, request, userReport)).toEqual({ state: "free" });
    expect(asked).toEqual([request]);
    await expect(askDirectory(path, request, changeReport)).rejects.toThrow(/did not understand \(malformed\)/);
  });

  it("answers in order, and what takes long before what does not", async () => {
    const answers: ((answer: AdminAnswer) => void)[] = [];
    const { path } = await start(newFolder(), undefined, () => new Promise((resolve) => answers.push(resolve)));
    const socket = connect(path);
    socket.write('{"v":1,"command":"counts"}\n{"v":1,"command":"status"}\n');
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await until(() => answers.length === 1);
    answers[0]?.({ result: "done" });
    await until(() => text.split("\n").length === 3);
    expect(
      text
        .split("\n")
        .slice(0, 2)
        .map((line) => (JSON.parse(line) as { result: unknown }).result),
    ).toEqual([{ result: "done" }, REPORT]);
    socket.destroy();
  });

  it("answers what has begun before it is gone, and nothing after that", async () => {
    const answers: ((answer: AdminAnswer) => void)[] = [];
    const { control, path } = await start(newFolder(), undefined, () => new Promise((done) => answers.push(done)));
    const request = { command: "free", name: "alice" } as const;
    const answer = askDirectory(path, request, changeReport);
    await until(() => answers.length === 1);
    const gone = control[Symbol.asyncDispose]();
    await expect(askStatus(path)).rejects.toThrow(/no directory runs/);
    answers[0]?.({ result: "already" });
    expect(await answer).toEqual({ result: "already" });
    await gone;
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
  expect(parseRequest('{"v":1,"command":"status"}')).toEqual({ command: "status" });
});
