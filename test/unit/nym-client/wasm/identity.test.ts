import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gatewayIn, readIdentity, writeIdentity } from "../../../../nym-client/wasm/identity-file.js";
import { type Databases, exportDatabases, importDatabases } from "../../../../nym-client/wasm/storage.js";
import { addressFromBytes } from "../../../../src/protocol/nym-client/address.js";

const ADDRESS = addressFromBytes(Buffer.alloc(96, 7));
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "nym-directory-wasm-identity-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The package's types need those of a browser. */
const { IDBFactory } = (await import("fake-indexeddb")) as unknown as { IDBFactory: new () => Databases };

function newDatabases(): Databases {
  return new IDBFactory();
}

/** An IndexedDB with a database that has a store for each of these. */
async function filled(
  name: string,
  version: number,
  stores: Readonly<Record<string, readonly (readonly [key: unknown, value: unknown])[]>>,
): Promise<Databases> {
  const databases = newDatabases();
  const request = databases.open(name, version);
  await new Promise<void>((resolve) => {
    request.onupgradeneeded = () => {
      for (const [store, entries] of Object.entries(stores)) {
        const made = request.result.createObjectStore(store, { keyPath: null, autoIncrement: false });
        for (const [key, value] of entries) made.put(value, key);
      }
    };
    request.onsuccess = () => resolve();
  });
  request.result.close();
  return databases;
}

async function read(databases: Databases, name: string, store: string): Promise<unknown> {
  const request = databases.open(name);
  await new Promise<void>((resolve) => (request.onsuccess = () => resolve()));
  const entries = request.result.transaction(store).objectStore(store);
  const [keys, values] = [entries.getAllKeys(), entries.getAll()];
  await new Promise<void>((resolve) => (values.onsuccess = () => resolve()));
  return { version: request.result.version, keys: keys.result, values: values.result };
}

describe("what is in IndexedDB", () => {
  const values = [
    ["bytes", new Uint8Array([1, 2, 3])],
    ["list", [1, 2, 3]],
    ["pair", { private_key: [255, 0], public_key: new Uint8Array([9]), index: 2 ** 31 }],
    ["time", new Date(0)],
    ["none", null],
  ] as const;

  it("comes back from its copy as it was: versions, stores, keys and values", async () => {
    const before = await filled("client", 2, { keys: values, empty: [] });
    const after = newDatabases();
    await importDatabases(after, await exportDatabases(before));
    expect(await read(after, "client", "keys")).toEqual(await read(before, "client", "keys"));
    expect(await read(after, "client", "empty")).toEqual({ version: 2, keys: [], values: [] });
  });

  it("may be nothing", async () => {
    const after = newDatabases();
    await importDatabases(after, await exportDatabases(newDatabases()));
    expect(await after.databases()).toEqual([]);
  });
});

describe("the identity file", () => {
  const storage = Buffer.from([0, 1, 2, 255]);

  it("is there at the next start, for its owner alone, and nothing lies beside it", async () => {
    const path = join(folder, "data", "wasm", "dir.json");
    await writeIdentity(path, { address: ADDRESS, storage });
    await writeIdentity(path, { address: ADDRESS, storage });
    expect(await readIdentity(path)).toEqual({ address: ADDRESS, storage });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "data", "wasm")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, "data", "wasm"))).toEqual(["dir.json"]);
  });

  it("is not there at the first", async () => {
    expect(await readIdentity(join(folder, "dir.json"))).toBeUndefined();
  });

  it.each(["", "{}", '{"format":1,"address":"x","storage":""}', '{"format":2,"address":"","storage":""}'])(
    "that holds %j is damaged, and left as it is",
    async (text) => {
      const path = join(folder, "dir.json");
      writeFileSync(path, text);
      await expect(readIdentity(path)).rejects.toMatchObject({ name: "OperatorError", code: "wasm-identity" });
    },
  );

  it("names the gateway", () => {
    expect(gatewayIn(ADDRESS)).toBe(ADDRESS.split("@")[1]);
  });
});
