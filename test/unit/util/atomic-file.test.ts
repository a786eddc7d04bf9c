import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createFile, createFolder, replaceFile } from "../../../src/util/atomic-file.js";

function folder(): string {
  return mkdtempSync(join(tmpdir(), "nym-directory-file-"));
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

describe("replacing a file", () => {
  test("sets content and mode, and leaves nothing beside it", async () => {
    const directory = folder();
    const file = join(directory, "f");
    await replaceFile(file, "one", 0o644);
    await replaceFile(file, "two", 0o600);
    expect(readFileSync(file, "utf8")).toBe("two");
    expect(modeOf(file)).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["f"]);
  });

  test("never shows a part of the content", async () => {
    const file = join(folder(), "f");
    const contents = ["a", "b"].map((letter) => letter.repeat(200_000));
    await replaceFile(file, contents[0] ?? "", 0o644);
    const state = { done: false };
    const writing = Promise.all(contents.map((content) => replaceFile(file, content, 0o644))).finally(() => {
      state.done = true;
    });
    while (!state.done) {
      expect(contents).toContain(readFileSync(file, "utf8"));
      await new Promise(setImmediate);
    }
    await writing;
  });

  test("fails where there is no folder", async () => {
    await expect(replaceFile(join(folder(), "none", "f"), "x", 0o644)).rejects.toThrow("ENOENT");
  });
});

describe("creating a file", () => {
  test("does not touch one that is there", async () => {
    const directory = folder();
    const file = join(directory, "f");
    writeFileSync(file, "old");
    expect(await createFile(file, "new", 0o600)).toBe(false);
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(directory)).toEqual(["f"]);
  });

  test("has one winner when several try at once", async () => {
    const directory = folder();
    const file = join(directory, "f");
    const names = ["a", "b", "c", "d", "e"];
    const won = await Promise.all(names.map((name) => createFile(file, name, 0o600)));
    expect(won.filter((winner) => winner)).toHaveLength(1);
    expect(readFileSync(file, "utf8")).toBe(names[won.indexOf(true)]);
    expect(modeOf(file)).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["f"]);
  });
});

test("a new folder is its owner's alone", async () => {
  const path = join(folder(), "a", "b");
  await createFolder(path);
  await createFolder(path);
  expect(modeOf(path)).toBe(0o700);
});
