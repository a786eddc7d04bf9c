import { expect, test } from "vitest";
import { openReader, openWriter } from "../../../../src/store/sqlite/connection.js";
import { openStore } from "../../../support/sqlite-store.js";

test("a connection that writes waits for the disk, overwrites what it erases, and keeps references", async () => {
  const { store, path } = await openStore();
  await store[Symbol.asyncDispose]();
  const db = openWriter(path, 1_234);
  const settings = ["journal_mode", "synchronous", "secure_delete", "foreign_keys", "temp_store", "busy_timeout"];
  expect(settings.map((name) => db.pragma(name, { simple: true }))).toEqual(["wal", 2, 1, 1, 2, 1_234]);
  db.close();
});

test("a connection that reads cannot write", async () => {
  const { path } = await openStore();
  const db = openReader(path);
  expect(() => db.exec("DELETE FROM users")).toThrow(/readonly/);
  db.close();
});
