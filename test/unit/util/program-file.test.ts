import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { programProblem } from "../../../src/util/program-file.js";

const folder = mkdtempSync(join(tmpdir(), "nym-directory-program-"));
afterAll(() => rmSync(folder, { recursive: true }));

function elf(machine: number, order: "LE" | "BE" = "LE"): Buffer {
  const header = Buffer.alloc(64);
  header.write("\u007fELF", "latin1");
  header.writeUInt8(order === "LE" ? 1 : 2, 5);
  if (order === "LE") header.writeUInt16LE(machine, 18);
  else header.writeUInt16BE(machine, 18);
  return header;
}

function file(content: string | Buffer, mode = 0o755): string {
  const path = join(folder, `program-${Math.random()}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const problem = (path: string) => programProblem(path, { platform: "linux", arch: "x64" });

describe("a program", () => {
  it.each([
    ["for this machine", elf(0x3e)],
    ["that is a script", "#!/bin/sh\n"],
  ])("%s is in order", async (_name, content) => {
    expect(await problem(file(content))).toBeUndefined();
  });

  it.each([
    ["for ARM", elf(0xb7), "is built for linux-arm64"],
    ["for a machine with the other order of bytes", elf(0x16, "BE"), "is built for linux-s390x"],
    ["for a machine that nobody knows", elf(0x1234), "is built for linux-machine 4660"],
    ["for macOS", Buffer.from("cffaedfe0c000001000000000200000010000000", "hex"), "is built for darwin"],
    ["that is a page", "<html>", "is no program"],
    ["that is empty", "", "is no program"],
    ["that is cut off", elf(0x3e).subarray(0, 10), "is no program"],
  ])("%s is not", async (_name, content, told) => {
    expect(await problem(file(content))).toBe(told);
  });

  it("that is not executable is not, unless it is about to be made so", async () => {
    const path = file(elf(0x3e), 0o644);
    expect(await problem(path)).toBe("is not executable");
    expect(await programProblem(path, { mode: false, platform: "linux", arch: "x64" })).toBeUndefined();
  });

  it("that is a folder, or missing, is not", async () => {
    mkdirSync(join(folder, "folder"));
    expect(await problem(join(folder, "folder"))).toBe("is no file");
    expect(await problem(join(folder, "none"))).toBe("is missing");
  });
});
