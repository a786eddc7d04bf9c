import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Hygiene, readLogs } from "../support/hygiene.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What may stand only in some files, as patterns of paths. */
const RESERVED: readonly { what: string; pattern: RegExp; only: RegExp }[] = [
  { what: "console", pattern: /\bconsole\s*[.[]|["'](?:node:)?console["']/, only: /^$/ },
  { what: "util.debuglog", pattern: /\bdebuglog\b|\bprocess\.emitWarning\b/, only: /^$/ },
  { what: "standard output", pattern: /\bprocess\.(?:stdout|stderr)\b/, only: /^src\/(?:cli\/|main\.ts|telemetry\/)/ },
  { what: "a logger", pattern: /\/telemetry\/logger\.js"|\bcreateLogger\b/, only: /^src\/(?:cli\/|telemetry\/)/ },
  { what: "the environment", pattern: /\bprocess\.env\b|["'](?:node:)?process["']/, only: /^src\/config\// },
];

/** What a file holds that may not stand there. */
function offences(path: string, source: string): string[] {
  const code = source
    .split("\n")
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
    .join("\n");
  return RESERVED.filter(({ pattern, only }) => pattern.test(code) && !only.test(path)).map(({ what }) => what);
}

describe("the sources", () => {
  const paths = readdirSync(`${ROOT}src`, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `src/${path}`);

  it("log through events only, and read the environment in one place", () => {
    const found = paths.flatMap((path) =>
      offences(path, readFileSync(ROOT + path, "utf8")).map((what) => `${path}: ${what}`),
    );
    expect(found).toEqual([]);
    expect(paths.length).toBeGreaterThan(50);
  });

  it.each([
    ["src/pipeline/a.ts", 'console.log("x")', "console"],
    ["src/pipeline/a.ts", 'import console from "node:console";', "console"],
    ["src/pipeline/a.ts", "process.stderr.write(name)", "standard output"],
    ["src/pipeline/a.ts", 'import { createLogger } from "../telemetry/logger.js";', "a logger"],
    ["src/bridge/a.ts", 'process.env["X"]', "the environment"],
    ["src/bridge/a.ts", 'import { env } from "node:process";', "the environment"],
  ])("would be caught: %s with %s", (path, source, what) => {
    expect(offences(path, source)).toEqual([what]);
  });

  it("may speak of it", () => {
    expect(offences("src/pipeline/a.ts", "/** Not console.log. */\n  // process.env\nconst consoles = 1;")).toEqual([]);
  });
});

describe("the search for leaks", () => {
  const tag = Uint8Array.from({ length: 16 }, (_, index) => 200 - index * 7);
  const address =
    "2AB3tusNyCS1DFXd5SE8GFf9bAaQ3aaAQdAPqaHweA5L.DjL2dZncfDkWiyfmiz2wLB3z8TssQ8SXi45NXGFHLpn2@sD9RF2Rp2zbLqM7HDgFZ46crpxKgG5qwK3UAm36Mcvh";
  const hygiene = new Hygiene()
    .name("Margarete")
    .tag(tag)
    .key("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n")
    .address(address)
    .body("the eagle has landed");

  it.each([
    ["name", "user margarete added"],
    ["tag", `hex ${Buffer.from(tag).toString("hex").slice(4, 20)}`],
    ["tag", `base64 ${Buffer.from(tag).toString("base64")}`],
    ["tag", `list ${[...tag].join(",")}`],
    ["key", "key=KoZIzj0CAQYIKoZI.."],
    ["address", "from DjL2dZncfDkWiyfmiz"],
    ["body", 'said "eagle has la"'],
  ])("finds a %s in: %s", (kind, text) => {
    expect(hygiene.leaks({ log: `2026-05-16T04:27:52Z info x\n${text}\n`, other: "nothing" })).toEqual([
      `${kind} in log`,
    ]);
  });

  it("reads every log file of a folder, the rotated ones and those further down as well", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nym-directory-hygiene-"));
    mkdirSync(join(folder, "down"));
    for (const name of ["app.log", "app1.log", "down/other.log", "data.db"])
      writeFileSync(join(folder, name), "margarete");
    expect(hygiene.leaks(await readLogs(folder)).sort()).toEqual([
      "name in app.log",
      "name in app1.log",
      "name in down/other.log",
    ]);
    rmSync(folder, { recursive: true });
  });

  it("finds nothing in a clean log, and says nothing of what it looks for", () => {
    expect(hygiene.leaks({ log: "2026-05-16T04:27:52Z info sums minutes=5 requests.query=3\n" })).toEqual([]);
    expect(() => new Hygiene().name("bob")).toThrow(RangeError);
  });
});
