import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileRecordStore } from "../../../../src/client/v2/file-record-store.js";
import { createMemoryRecordStore, type RecordStore } from "../../../../src/client/v2/record-store.js";

const PASSPHRASE = "a passphrase";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let folder: string;

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "record-store-"))));
afterEach(() => rm(folder, { recursive: true }));

async function recordsOf(store: RecordStore): Promise<Record<string, string>> {
  const records = [...(await store.load())].map(([name, record]) => [name, new TextDecoder().decode(record)] as const);
  return Object.fromEntries(records);
}

/** What a store in the folder has, when it is opened now. */
async function reopened(): Promise<Record<string, string>> {
  const store = await openFileRecordStore(folder, PASSPHRASE);
  const records = await recordsOf(store);
  await store.close();
  return records;
}

describe.each([
  ["in memory", () => Promise.resolve({ ...createMemoryRecordStore(), close: () => Promise.resolve() })],
  ["in a folder", () => openFileRecordStore(folder, PASSPHRASE)],
])("a record store %s", (_, open) => {
  it("takes records in and out, all of a write", async () => {
    const store = await open();
    await store.write(new Map([["a", bytes("1")], ["b", bytes("2")]])); // prettier-ignore
    await Promise.all([store.write(new Map([["a", undefined]])), store.write(new Map([["b", bytes("3")]]))]);
    expect(await recordsOf(store)).toEqual({ b: "3" });
    await store.close();
  });
});

describe("a record store in a folder", () => {
  it("is the same when it is opened again, and nobody else can read it", async () => {
    const store = await openFileRecordStore(folder, PASSPHRASE);
    await store.write(new Map([["a name", bytes("a secret text")]]));
    await store.close();
    expect(await reopened()).toEqual({ "a name": "a secret text" });
    for (const file of await readdir(folder)) {
      expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
      expect(await readFile(join(folder, file), "latin1")).not.toMatch(/a name|a secret text/);
    }
    await expect(openFileRecordStore(folder, "another passphrase")).rejects.toMatchObject({ code: "wrongPassphrase" });
  });

  it("takes nothing once it is closed: somebody else may have opened it", async () => {
    const store = await openFileRecordStore(folder, PASSPHRASE);
    const before = store.write(new Map([["a", bytes("asked for before")]]));
    const closed = store.close();
    await expect(store.write(new Map([["a", bytes("too late")]]))).rejects.toThrow("closed");
    await Promise.all([before, closed, store.close()]);
    expect(await reopened()).toEqual({ a: "asked for before" });
  });

  it("loses no more than the write that was cut short, wherever that was", async () => {
    const store = await openFileRecordStore(folder, PASSPHRASE);
    await store.write(new Map([["a", bytes("1")]]));
    const whole = (await stat(join(folder, "records.log"))).size;
    await store.write(new Map([["a", bytes("2")]]));
    await store.close();
    const log = join(folder, "records.log");
    const full = await readFile(log);
    for (const length of [whole, whole + 1, Math.floor((whole + full.length) / 2), full.length - 1]) {
      await writeFile(log, full);
      await truncate(log, length);
      expect(await reopened()).toEqual({ a: "1" });
    }
    const again = await openFileRecordStore(folder, PASSPHRASE);
    await again.write(new Map([["b", bytes("3")]]));
    await again.close();
    expect(await reopened()).toEqual({ a: "1", b: "3" });
  });

  it("says that it is damaged", async () => {
    const store = await openFileRecordStore(folder, PASSPHRASE);
    await store.write(new Map([["a", bytes("1")]]));
    await store.close();
    await appendFile(join(folder, "records.log"), "AAAA\n");
    await expect(openFileRecordStore(folder, PASSPHRASE)).rejects.toThrow("records.log is damaged");
  });

  it("is written anew before it is many times as long as what is in it", async () => {
    const store = await openFileRecordStore(folder, PASSPHRASE);
    const record = new Uint8Array(65_536);
    for (let count = 0; count < 40; count++) await store.write(new Map([["a", record]]));
    await store.close();
    expect((await stat(join(folder, "records.log"))).size).toBeLessThan(8 * record.length);
    expect(Object.keys(await reopened())).toEqual(["a"]);
  });
});
