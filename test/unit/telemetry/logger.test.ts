import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createLogger, formatLine } from "../../../src/telemetry/logger.js";

const LOGGER = fileURLToPath(new URL("../../../dist/src/telemetry/logger.js", import.meta.url));
const folder = () => mkdtempSync(join(tmpdir(), "nym-directory-log-"));
const sized = { maxBytes: 1 << 20, maxFiles: 3 };

/** Runs a script with `createLogger` and `options` in scope, and returns what it wrote. */
async function run(options: object, script: string) {
  const source = `import { createLogger } from ${JSON.stringify(LOGGER)}; const logger = createLogger(${JSON.stringify(options)}); ${script}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source]);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, code };
}

describe("a line", () => {
  it("is a time, a level, an event and its fields", () => {
    const time = new Date("2026-05-16T04:27:52.987Z");
    expect(formatLine(time, "info", "directory started", { clients: 1, left: undefined })).toBe(
      "2026-05-16T04:27:52Z info directory started clients=1",
    );
    expect(formatLine(time, "warn", "a", { text: 'two "words"\nand a line', ok: true })).toBe(
      String.raw`2026-05-16T04:27:52Z warn a text="two \"words\" and a line" ok=true`,
    );
  });

  it("shows no tag, whatever the event", () => {
    const line = formatLine(new Date(), "info", "a", { reason: "XvScgFSy9pWdrHBfukAg8a" });
    expect(line).toMatch(/reason=\[redacted\]$/);
  });
});

describe("the logger", () => {
  it("writes every level to stderr and nothing to stdout", async () => {
    const { stdout, stderr, code } = await run(
      { level: "debug", console: true },
      `for (const level of ["error", "warn", "info", "debug"]) logger.log(level, "said", { n: 1 }); await logger.close();`,
    );
    expect(stdout).toBe("");
    expect(stderr.match(/^\S+Z (error|warn|info|debug) said n=1$/gm)).toHaveLength(4);
    expect(code).toBe(0);
  });

  it("leaves out what is quieter than its level", async () => {
    const { stderr } = await run({ level: "warn", console: true }, `logger.log("info", "a"); logger.log("warn", "b");`);
    expect(stderr).toMatch(/^\S+Z warn b\n$/);
  });

  it("keeps the file to its owner", async () => {
    const base = folder();
    const path = join(base, "logs", "app.log");
    const logger = createLogger({ level: "info", console: false, file: { path, ...sized } });
    logger.log("info", "hello");
    await logger.close();
    expect(statSync(join(base, "logs")).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    const again = createLogger({ level: "info", console: false, file: { path, ...sized } });
    again.log("info", "again");
    await again.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toMatch(/hello\n\S+Z info again\n$/);
  });

  it("begins a new file at its size and keeps as many as it may, the newest without a number", async () => {
    const path = join(folder(), "app.log");
    const logger = createLogger({ level: "info", console: false, file: { path, maxBytes: 1_000, maxFiles: 3 } });
    for (let i = 0; i < 200; i++) logger.log("info", "line", { i });
    await logger.close();
    const files = ["app2.log", "app1.log", "app.log"];
    expect(readdirSync(join(path, "..")).sort()).toEqual([...files].sort());
    const numbers = files.flatMap((name) => {
      const content = readFileSync(join(path, "..", name), "utf8");
      expect(content.length).toBeLessThanOrEqual(1_000);
      return (content.match(/(?<= i=)\d+/g) ?? []).map(Number);
    });
    expect(numbers.at(-1)).toBe(199);
    expect(numbers).toEqual(numbers.map((_, index) => 200 - numbers.length + index));
  });

  it.runIf(existsSync("/dev/full"))("outlives a full disk: one warning, and every line on stderr", async () => {
    const { stderr, code } = await run(
      { level: "info", console: true, file: { path: "/dev/full", ...sized, retryMs: 1 } },
      `for (let i = 0; i < 2000; i++) { logger.log("info", "line", { i }); if (i % 100 === 0) await new Promise((r) => setTimeout(r, 2)); } await logger.close();`,
    );
    expect(code).toBe(0);
    expect(stderr.match(/info line i=/g)).toHaveLength(2_000);
    expect(stderr.match(/warn log file unwritable error=Error code=ENOSPC/g)).toHaveLength(1);
  });

  it("takes the file up again when the disk does", async () => {
    const base = folder();
    writeFileSync(join(base, "blocked"), "");
    const path = join(base, "blocked", "app.log");
    const logger = createLogger({ level: "info", console: false, file: { path, ...sized, retryMs: 0 } });
    logger.log("info", "lost");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await rm(join(base, "blocked"));
    logger.log("info", "found");
    await logger.close();
    expect(readFileSync(path, "utf8")).toMatch(/^\S+Z info found\n$/);
  });

  it("outlives a stderr that nobody reads any more", async () => {
    const source = `import { createLogger } from ${JSON.stringify(LOGGER)};
      const logger = createLogger({ level: "info", console: true });
      process.stdin.once("data", () => { for (let i = 0; i < 100; i++) logger.log("info", "x"); setTimeout(() => { console.log("alive"); process.exit(0); }, 100); });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", source]);
    child.stderr.destroy();
    child.stdin.write("go\n");
    expect(await text(child.stdout)).toBe("alive\n");
  });
});
