/** The command as an operator meets it: real processes, their output, their exit codes. */
import { createPublicKey } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SETTINGS } from "../../src/config/settings.js";
import { certifiedKey } from "../support/certificates.js";
import { command, newFolder } from "../support/command.js";
import { startDirectory } from "../support/directory.js";
import { startNymClientServer } from "../support/nym-client-server.js";

const LOOPBACK = { WEBSOCKET_URL: "ws://127.0.0.1:0", LOOPBACK_USERS_PORT: "0", LOOPBACK_CONTROL_PORT: "0" };

describe("the command", () => {
  test("tells its version, and what it can do", async () => {
    const folder = newFolder();
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await command(folder, ["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const help = await command(folder, ["--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const name of [
      "run",
      "admin",
      "config",
      "identity",
      "migrate",
      "backup <file>",
      "restore <file>",
      "import-nymchat [options] <file>",
    ]) {
      expect(help.stdout).toContain(`  ${name} `);
    }
  });

  test.each([[["runn"]], [["--port", "1"]], [["backup"]], [["config", "LIMITS"]]])(
    "refuses %j in one line",
    async (args) => {
      const { code, stdout, stderr } = await command(newFolder(), args);
      expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
      expect(stderr).toMatch(/^error: .*\n(\(Did you mean .*\)\n)?$/);
    },
  );
});

describe("wrong settings", () => {
  test.each([["run"], ["config"], ["identity"], ["migrate"]])(
    "end %s with 78 and a line for each, and nothing is made",
    async (name) => {
      const folder = newFolder();
      const ended = await command(folder, [name], { LIMITS: "maybe", NYM_CLIENTS: "many" });
      expect(ended).toEqual({
        code: 78,
        stdout: "",
        stderr:
          'nym-directory: NYM_CLIENTS is "many"; allowed: a whole number from 1 to 64\n' +
          'nym-directory: LIMITS is "maybe"; allowed: on, off\n',
      });
      expect(() => statSync(join(folder, "storage"))).toThrow("ENOENT");
    },
  );

  test("of what is only for development stop a start in production", async () => {
    const ended = await command(newFolder(), ["run"], { NODE_ENV: "production", LIMITS: "off" });
    expect(ended.code).toBe(78);
    expect(ended.stderr.split("\n")).toEqual([
      "nym-directory: NYM_CLIENT is not set; allowed: native, external, wasm (NODE_ENV is production)",
      'nym-directory: LIMITS is "off"; allowed: on (NODE_ENV is production)',
      "",
    ]);
  });

  test("in .env are found as those in the environment, which wins", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, ".env"), "LOG_LEVEL=loud\n");
    expect(await command(folder, ["config"])).toMatchObject({ code: 78 });
    const ended = await command(folder, ["config"], { LOG_LEVEL: "warn" });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain("LOG_LEVEL=warn  # environment\n");
  });

  test("of a name that is none of ours are pointed out, and do no harm", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, ".env"), "LOGLEVEL=warn\nSOMETHING=1\n");
    const ended = await command(folder, ["config"]);
    expect(ended.code).toBe(0);
    expect(ended.stderr.split("\n")).toEqual([
      "nym-directory: warning: LOGLEVEL (.env) is no setting; did you mean LOG_LEVEL?",
      "nym-directory: warning: SOMETHING (.env) is no setting and does nothing",
      "",
    ]);
  });
});

describe("config", () => {
  test("prints every setting in effect, and no secret", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "passphrase"), "correct horse\n");
    const { code, stdout, stderr } = await command(folder, ["config"], { SECRET_PATH: "passphrase" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const names = [...stdout.matchAll(/^#?([A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(names).toEqual(Object.keys(SETTINGS));
    expect(stdout).toContain(`SECRET_PATH=${join(folder, "passphrase")}  # environment\n`);
    expect(stdout).not.toContain("correct horse");
  });
});

describe("identity", () => {
  test("prints both public keys with a certificate that holds, the same each time", async () => {
    const folder = newFolder();
    const { code, stdout } = await command(folder, ["identity"]);
    expect(code).toBe(0);
    const [identity, replyKey] = (stdout.match(/-----BEGIN PUBLIC KEY-----[^]*?-----END PUBLIC KEY-----/g) ?? []).map(
      (pem) => createPublicKey(pem),
    );
    const certificate: unknown = JSON.parse(/^\{.*\}$/m.exec(stdout)?.[0] ?? "null");
    if (identity === undefined || replyKey === undefined) throw new Error("a key is missing");
    expect((await certifiedKey(certificate, identity))?.equals(replyKey)).toBe(true);
    expect(stdout.match(/^fingerprint: ([0-9a-f]{4} ){15}[0-9a-f]{4}$/gm)).toHaveLength(2);
    expect((await command(folder, ["identity"])).stdout).toBe(stdout);
    expect(statSync(join(folder, "storage", "secret")).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["a wrong passphrase", "wrong\n", /the passphrase is not the one it was made with, or the file is damaged$/],
    ["no passphrase", undefined, /^nym-directory: SECRET_PATH: .*\/secret does not exist; it must hold the passphrase/],
    ["an empty passphrase", "\n", /^nym-directory: SECRET_PATH: .*\/secret is empty/],
  ])("with %s ends with 78 and one line", async (_what, content, message) => {
    const folder = newFolder();
    await command(folder, ["identity"]);
    const secret = join(folder, "storage", "secret");
    if (content === undefined) rmSync(secret);
    else writeFileSync(secret, content);
    const { code, stdout, stderr } = await command(folder, ["identity"]);
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  test("where nothing can be written ends with 78 and one line", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "file"), "");
    const { code, stderr } = await command(folder, ["identity"], { DATA_DIR: "file" });
    expect(code).toBe(78);
    expect(stderr).toMatch(/^nym-directory: SECRET_PATH: .*\/file\/secret cannot be made \([A-Z]+\)\n$/);
  });
});

describe("the database", () => {
  test("is migrated, backed up and restored", async () => {
    const folder = newFolder();
    const first = await command(folder, ["migrate"]);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^schema 0 -> \d+\n$/);
    const again = await command(folder, ["migrate"]);
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/^schema \d+: nothing to do\n$/);
    expect(await command(folder, ["backup", "copy.db"])).toMatchObject({ code: 0, stdout: "written: copy.db\n" });
    expect(await command(folder, ["restore", "copy.db"])).toMatchObject({ code: 0 });
  });

  test("is not backed up over a file, nor restored from none", async () => {
    const folder = newFolder();
    await command(folder, ["migrate"]);
    writeFileSync(join(folder, "copy.db"), "precious");
    for (const args of [
      ["backup", "copy.db"],
      ["restore", "none.db"],
      ["restore", "copy.db"],
    ]) {
      const { code, stderr } = await command(folder, args);
      expect(code, args.join(" ")).toBe(78);
      expect(stderr).toMatch(/^nym-directory: .*\n$/);
    }
    expect(readFileSync(join(folder, "copy.db"), "utf8")).toBe("precious");
  });
});

const FAULT = new URL("../fixtures/directory/fault-on-signal.js", import.meta.url).href;
/** In the mask of caught signals. Node itself catches the others that end the directory. */
const SIGHUP_BIT = 1n;

describe("run", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "ends with 0 on %s; its addresses are on stdout and in ADDRESS_FILE",
    async (signal) => {
      await using directory = await startDirectory({ env: { ...LOOPBACK, NYM_CLIENTS: "2", SUMMARY_MINUTES: "60" } });
      await directory.says(/@[^]*@/);
      const announced = [...directory.stdout.matchAll(/^Nym address: (\S+)$/gm)].map(([, address]) => address);
      expect(announced).toHaveLength(2);
      expect((await directory.addresses()).sort()).toEqual(announced.sort());
      expect(await directory.stop(signal)).toBe(0);
    },
  );

  test("ends with 0 as well when it is asked to before it has begun", async () => {
    await using directory = await startDirectory({ env: LOOPBACK }, false);
    const status = `/proc/${directory.child.pid ?? 0}/status`;
    const catches = (): bigint => BigInt(`0x${/^SigCgt:\s*(\S+)$/m.exec(readFileSync(status, "utf8"))?.[1] ?? "0"}`);
    while ((catches() & SIGHUP_BIT) === 0n) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await directory.stop("SIGTERM")).toBe(0);
  });

  test("ends with 70 on a fault of its own, its Nym clients with it, and says no more than its kind", async () => {
    await using directory = await startDirectory({ env: { ...LOOPBACK, NODE_OPTIONS: `--import ${FAULT}` } });
    expect(await directory.stop("SIGUSR2")).toBe(70);
    expect(directory.stderr).toMatch(/error directory failed error=TypeError.*[^]*nym client stopped/);
    expect(directory.stderr).not.toContain("secret-in-a-message");
  });

  test("is what the command does when it is given nothing", async () => {
    const folder = newFolder();
    const ended = await command(folder, [], { LIMITS: "maybe" });
    expect(ended).toMatchObject({ code: 78, stderr: 'nym-directory: LIMITS is "maybe"; allowed: on, off\n' });
  });

  test("whose addresses cannot be written ends with 78 and names ADDRESS_FILE", async () => {
    const folder = newFolder();
    const { code, stderr } = await command(folder, ["run"], { ...LOOPBACK, ADDRESS_FILE: folder });
    expect(code).toBe(78);
    expect(stderr).toMatch(/^nym-directory: ADDRESS_FILE: \S+ cannot be written \([A-Z]+\)$/m);
  });

  test("goes on when nobody reads its stdout any more", async () => {
    await using directory = await startDirectory({ env: LOOPBACK }, false);
    directory.child.stdout?.destroy();
    await directory.says("directory started");
    expect(await directory.stop("SIGTERM")).toBe(0);
  });

  test("that makes a passphrase says where it is, not what it is", async () => {
    await using directory = await startDirectory({ env: LOOPBACK });
    const secret = readFileSync(join(directory.dataDir, "secret"), "utf8").trim();
    expect(directory.stderr).toContain(`${join(directory.dataDir, "secret")}: keep it elsewhere, and set SECRET_PATH`);
    expect(directory.stdout + directory.stderr).not.toContain(secret);
    expect(await directory.stop()).toBe(0);
  });

  test("says when a Nym client cannot be reached, but not at every attempt, and ends all the same", async () => {
    const closed = await startNymClientServer();
    await closed[Symbol.asyncDispose]();
    const env = { NYM_CLIENT: "external", WEBSOCKET_URL: closed.url, RECONNECT_MIN_MS: "1", RECONNECT_MAX_MS: "2" };
    await using directory = await startDirectory({ env }, false);
    await directory.says(/cannot reach its nym client.*attempts=64/);
    const lines = directory.stderr.matchAll(/cannot reach its nym client.*ECONNREFUSED.*attempts=(\d+)/g);
    expect([...lines].map(([, attempts]) => attempts).slice(0, 2)).toEqual(["32", "64"]);
    expect(await directory.stop("SIGTERM")).toBe(0);
  });
});
