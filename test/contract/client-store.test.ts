import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createMemoryClientStore } from "../../src/client/client-store.js";
import { openFileClientStore } from "../../src/client/file-client-store.js";
import { clientStoreContract } from "./client-store.js";

clientStoreContract("memory", () =>
  Promise.resolve({ store: createMemoryClientStore(), close: () => Promise.resolve() }),
);

clientStoreContract("a folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "client-store-"));
  const store = await openFileClientStore(join(folder, "alice"));
  return {
    store,
    async close() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

it("memory forgets the oldest digest first", async () => {
  const store = createMemoryClientStore(2);
  for (const digest of ["a", "b", "c"]) await store.remember(digest);
  expect(await Promise.all(["a", "b", "c"].map((digest) => store.knows(digest)))).toEqual([false, true, true]);
});
