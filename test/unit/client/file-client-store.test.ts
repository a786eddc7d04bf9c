import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DIGESTS_KEPT } from "../../../src/client/client-store.js";
import { openFileClientStore } from "../../../src/client/file-client-store.js";
import { keyPairOfPem } from "../../../src/client/keys.js";
import { nymchat } from "../../support/v1-vectors.js";

let folder: string;

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "client-store-"))));
afterEach(() => rm(folder, { recursive: true }));

const { publicKey } = await keyPairOfPem(nymchat.alicePrivPem);

describe("a client's store in a folder", () => {
  it("is the same when it is opened again", async () => {
    const first = await openFileClientStore(folder);
    await Promise.all([
      first.saveContact({ name: "Alice", publicKey, introduced: true }),
      first.saveContact({ name: "bob", publicKey, introduced: false }),
      first.remember("ab".repeat(32)),
    ]);
    await first.close();
    const second = await openFileClientStore(folder);
    expect(await second.contacts()).toEqual([
      { name: "Alice", publicKey, introduced: true },
      { name: "bob", publicKey, introduced: false },
    ]);
    expect(await second.knows("ab".repeat(32))).toBe(true);
    for (const file of ["contacts.json", "received.log"])
      expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
  });

  it("says which file is damaged, and overlooks a digest that was half written", async () => {
    await writeFile(join(folder, "received.log"), `${"ab".repeat(32)}\ncdcd`);
    expect(await (await openFileClientStore(folder)).knows("ab".repeat(32))).toBe(true);
    await writeFile(join(folder, "contacts.json"), '[{"name":"alice","publicKey":"no key","introduced":false}]');
    await expect(openFileClientStore(folder)).rejects.toThrow("contacts.json is damaged");
  });

  it("does not grow for ever", async () => {
    const digest = (index: number): string => index.toString(16).padStart(64, "0");
    const lines = Array.from({ length: DIGESTS_KEPT + 5 }, (_, index) => digest(index));
    await writeFile(join(folder, "received.log"), `${lines.join("\n")}\n`);
    const store = await openFileClientStore(folder);
    expect(await store.knows(digest(4))).toBe(false);
    expect(await store.knows(digest(5))).toBe(true);
    expect((await readFile(join(folder, "received.log"), "utf8")).split("\n")).toHaveLength(DIGESTS_KEPT + 1);
  });
});
