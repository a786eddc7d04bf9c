import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeAccepted } from "../../../../src/supervisor/kinds/accepted-binary.js";
import { checkBinary } from "../../../../src/supervisor/kinds/native-binary.js";

let root = "";
let installed = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nym-directory-binary-"));
  mkdirSync(join(root, "bin"));
  installed = join(root, "bin", "nym-client");
});
afterEach(() => rmSync(root, { recursive: true }));

const PROGRAM = "#!/bin/sh\nexit 0\n";
const DIGEST = createHash("sha256").update(PROGRAM).digest("hex");

function put(path: string, content = PROGRAM, mode = 0o755): void {
  writeFileSync(path, content);
  chmodSync(path, mode);
}

const check = (binary: string, allowUnpinned = false) =>
  checkBinary({ binary, installed, allowUnpinned, folder: join(root, "data", "nym-clients") });

describe("the program in nym-client/bin", () => {
  it("that is missing stops the start, and the message says what to do", async () => {
    await expect(check(installed)).rejects.toThrow(
      /no nym-client at .*npm run nym-client:fetch.*NYM_CLIENT_BINARY.*NYM_CLIENT=wasm.*NYM_CLIENT=loopback/,
    );
  });

  it("runs when it is the one that was accepted", async () => {
    put(installed);
    await writeAccepted(installed, { version: "1.1.76", sha256: DIGEST, by: "operator" });
    expect(await check(installed)).toEqual([]);
  });

  it("does not run when nothing, or another one, was accepted, unless that is allowed", async () => {
    put(installed);
    await expect(check(installed)).rejects.toThrow(
      new RegExp(`${DIGEST}.*nym-client:fetch.*NYM_CLIENT_ALLOW_UNPINNED=1`),
    );
    await writeAccepted(installed, { version: "1.1.76", sha256: "0".repeat(64), by: "operator" });
    await expect(check(installed)).rejects.toThrow("is not the program that was accepted there");
    expect(await check(installed, true)).toEqual(["nymClientUnpinned"]);
  });

  it("does not run when the record of what was accepted is damaged", async () => {
    put(installed);
    writeFileSync(join(root, "bin", "accepted.json"), `{"sha256":"${DIGEST}"`);
    await expect(check(installed)).rejects.toThrow("is not the program that was accepted there");
  });
});

describe("a program of the operator's own", () => {
  it("runs, is remembered, and its change is told", async () => {
    const own = join(root, "own");
    put(own);
    expect(await check(own)).toEqual(["nymClientBinaryRecorded"]);
    expect(await check(own)).toEqual([]);
    put(own, `${PROGRAM}# new\n`);
    expect(await check(own)).toEqual(["nymClientBinaryChanged"]);
    expect(await check(own)).toEqual([]);
  });

  it("that cannot run stops the start, and the message says why", async () => {
    const own = join(root, "own");
    put(own, PROGRAM, 0o644);
    await expect(check(own)).rejects.toThrow(/own is not executable: chmod 755/);
    put(own, "<html>");
    await expect(check(own)).rejects.toThrow(/own is no program, this machine needs a program for/);
    const elsewhere = Buffer.alloc(64);
    elsewhere.write("\u007fELF", "latin1");
    elsewhere.writeUInt8(1, 5);
    elsewhere.writeUInt16LE(process.arch === "arm64" ? 0x3e : 0xb7, 18);
    put(own, elsewhere.toString("latin1"));
    await expect(check(own)).rejects.toThrow(/own is built for/);
  });
});
