/** `npm run nym-client:fetch` as a process, against a server that does everything wrong that a server can. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ROOT } from "../support/docs.js";

const PROGRAM = Buffer.concat([Buffer.from("#!/bin/sh\nexit 0\n#"), Buffer.alloc(3 * 2 ** 20, "x")]);
const OTHER = Buffer.from("#!/bin/sh\nexit 1\n");
const DIGEST = digestOf(PROGRAM);

let server: Server;
let base = "";
let folder = "";
let binary = "";

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path === "/nym-client") response.writeHead(200, { "content-length": PROGRAM.length }).end(PROGRAM);
    else if (path === "/unsized") response.writeHead(200).end(PROGRAM);
    else if (path === "/moved") response.writeHead(302, { location: "/moved-again" }).end("here");
    else if (path === "/moved-again") response.writeHead(307, { location: `${base}/nym-client` }).end();
    else if (path === "/circle") response.writeHead(302, { location: "/circle" }).end();
    else if (path === "/other") response.end(OTHER);
    else if (path === "/page") response.end("<html>a page</html>");
    else if (path === "/stall")
      response.writeHead(200, { "content-length": PROGRAM.length }).write(PROGRAM.subarray(0, 9));
    else if (path === "/truncated") {
      response.writeHead(200, { "content-length": PROGRAM.length });
      response.write(PROGRAM.subarray(0, 100_000), () => response.destroy());
    } else response.writeHead(404).end("none");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nym-directory-fetch-"));
  binary = join(folder, "bin", "nym-client");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Outcome> {
  const script = `${ROOT}dist/scripts/nym-client-fetch.js`;
  return new Promise((resolve) => {
    execFile(process.execPath, [script, "--to", binary, ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? "killed"), stdout, stderr }),
    );
  });
}

const fetchFrom = (path: string, ...args: string[]): Promise<Outcome> => run("--url", `${base}${path}`, ...args);

function digestOf(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Nothing of a candidate is left, and what was there before still is. */
function expectNothingInstalled({ code, stderr }: Outcome, told: RegExp | string): void {
  expect(code).toBe(1);
  expect(stderr).toMatch(told);
  expect(existsSync(join(folder, "bin")) ? readdirSync(join(folder, "bin")) : []).toEqual([]);
}

describe("a program whose digest nobody vouches for", () => {
  it("is not installed, but its digest is told", async () => {
    expectNothingInstalled(await fetchFrom("/nym-client"), new RegExp(`${DIGEST}(.|\n)*--sha256(.|\n)*--accept`));
  });

  it("is installed when that digest is named, along redirects, with progress, executable", async () => {
    const { code, stdout, stderr } = await fetchFrom("/moved", "--sha256", DIGEST.toUpperCase());
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(DIGEST) as string });
    expect(stderr).toMatch(/^10 %.*\n(.*\n)*100 %, 3\.0 MiB$/m);
    expect(digestOf(readFileSync(binary))).toBe(DIGEST);
    expect(statSync(binary).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(folder, "bin")).sort()).toEqual(["accepted.json", "nym-client"]);
  });

  it("is installed when the operator accepts it, also from a server that does not say how long it is", async () => {
    expect((await fetchFrom("/unsized", "--accept")).code).toBe(0);
    expect(digestOf(readFileSync(binary))).toBe(DIGEST);
    expect(JSON.parse(readFileSync(join(folder, "bin", "accepted.json"), "utf8"))).toEqual({
      version: (JSON.parse(readFileSync(`${ROOT}nym-client/manifest.json`, "utf8")) as { version: string }).version,
      sha256: DIGEST,
      by: "operator",
    });
  });

  it("is not installed when another digest is named", async () => {
    expectNothingInstalled(await fetchFrom("/nym-client", "--sha256", "0".repeat(64)), DIGEST);
    expectNothingInstalled(await fetchFrom("/nym-client", "--sha256", "0".repeat(64), "--accept"), DIGEST);
  });
});

describe("once a program is accepted", () => {
  beforeEach(async () => {
    expect((await fetchFrom("/nym-client", "--accept")).code).toBe(0);
  });

  it("the same is installed again without a word", async () => {
    rmSync(binary);
    expect((await fetchFrom("/nym-client")).code).toBe(0);
    expect(digestOf(readFileSync(binary))).toBe(DIGEST);
  });

  it("no other is, not even if it is accepted, unless its digest is named", async () => {
    for (const args of [[], ["--accept"]]) {
      const refused = await fetchFrom("/other", ...args);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(digestOf(OTHER));
      expect(digestOf(readFileSync(binary))).toBe(DIGEST);
    }
    expect((await fetchFrom("/other", "--sha256", digestOf(OTHER))).code).toBe(0);
    expect(digestOf(readFileSync(binary))).toBe(digestOf(OTHER));
  });
});

describe("a download that goes wrong installs nothing, and says why:", () => {
  it.each([
    ["nothing there", "/none", [], /was answered with 404/],
    ["a body that ends early", "/truncated", [], /broke off|ended after/],
    ["redirects without end", "/circle", [], /sent on more than 5 times/],
    ["a server that falls silent", "/stall", ["--stall-seconds", "0.3"], /stood still/],
    ["a page instead of a program", "/page", [], /what came is no program/],
  ] as const)("%s", async (_name, path, args, told) => {
    expectNothingInstalled(await fetchFrom(path, "--accept", ...args), told);
  });

  it("a port that nobody listens on", async () => {
    expectNothingInstalled(await run("--url", "http://127.0.0.1:1/x", "--accept"), /broke off \(/);
  });
});

describe("a local file", () => {
  it("is installed like a download", async () => {
    const file = join(folder, "mine");
    writeFileSync(file, OTHER);
    expectNothingInstalled(await run("--from", file), digestOf(OTHER));
    expect((await run("--from", file, "--sha256", digestOf(OTHER))).code).toBe(0);
    expect(readFileSync(binary)).toEqual(OTHER);
    expect(readFileSync(file)).toEqual(OTHER);
  });

  it("that is not there is named", async () => {
    expectNothingInstalled(await run("--from", join(folder, "none"), "--accept"), /none cannot be read \(ENOENT\)/);
  });

  it("for another machine is refused", async () => {
    const file = join(folder, "elsewhere");
    const header = Buffer.alloc(64);
    header.write("\u007fELF", "latin1");
    header.writeUInt8(1, 5);
    header.writeUInt16LE(process.arch === "arm64" ? 0x3e : 0xb7, 18);
    writeFileSync(file, header);
    expectNothingInstalled(await run("--from", file, "--accept"), /is built for linux-(arm64|x64)/);
  });
});

it("a digest that is none is refused", async () => {
  expectNothingInstalled(await fetchFrom("/nym-client", "--sha256", "abc"), /64 hex characters/);
});
