import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readKeyFile, writeKeyFile } from "../../../src/client/key-file.js";
import { nymchat } from "../../support/v1-vectors.js";

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "key-file-"));
  path = join(folder, "key.json");
  await writeKeyFile(path, nymchat.alicePrivPem, "open sesame");
});

afterAll(() => rm(folder, { recursive: true }));

describe("a key file", () => {
  it("gives the key back for its passphrase", async () => {
    expect(await readKeyFile(path, "open sesame")).toBe(nymchat.alicePrivPem);
  });

  it("is for its owner alone, and shows nothing of the key", async () => {
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const text = await readFile(path, "utf8");
    expect(text).not.toContain("PRIVATE");
    for (const line of nymchat.alicePrivPem.split("\n").filter((part) => part !== "")) expect(text).not.toContain(line);
  });

  it("does not open for another passphrase, or after a change", async () => {
    await expect(readKeyFile(path, "open barley")).rejects.toMatchObject({ code: "wrongPassphrase" });
    const other = join(folder, "changed.json");
    const text = await readFile(path, "utf8");
    const { sealed } = JSON.parse(text) as { sealed: string };
    await writeFile(other, text.replace(sealed, (sealed.startsWith("A") ? "B" : "A") + sealed.slice(1)));
    await expect(readKeyFile(other, "open sesame")).rejects.toMatchObject({ code: "wrongPassphrase" });
  });

  it.each([
    ["no JSON", "{"],
    ["another file", "{}"],
  ])("that is %s is damaged", async (_, text) => {
    const other = join(folder, "damaged.json");
    await writeFile(other, text);
    await expect(readKeyFile(other, "open sesame")).rejects.toMatchObject({ code: "damaged" });
  });

  it("that does not exist is missing, and the error names no path", async () => {
    const missing = readKeyFile(join(folder, "alice"), "open sesame");
    await expect(missing).rejects.toMatchObject({ code: "missing" });
    await expect(missing).rejects.not.toThrow(/alice/);
  });
});
