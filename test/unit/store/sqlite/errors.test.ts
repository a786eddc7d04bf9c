import { SqliteError } from "better-sqlite3";
import { expect, test } from "vitest";
import { asStoreError, codeOf, StoreError } from "../../../../src/store/sqlite/errors.js";

const withCode = (code: string): Error => Object.assign(new Error("secret"), { code });

test.each([
  [new SqliteError("secret", "SQLITE_BUSY"), "busy"],
  [new SqliteError("secret", "SQLITE_BUSY_RECOVERY"), "busy"],
  [new SqliteError("secret", "SQLITE_FULL"), "full"],
  [withCode("ENOSPC"), "full"],
  [new SqliteError("secret", "SQLITE_NOTADB"), "foreign"],
  [new SqliteError("secret", "SQLITE_CORRUPT_VTAB"), "damaged"],
  [new SqliteError("secret", "SQLITE_IOERR_WRITE"), "unavailable"],
  [withCode("EACCES"), "unavailable"],
  [new Error("secret"), "unavailable"],
  ["secret", "unavailable"],
  [new StoreError("newer", "a message"), "newer"],
])("%s has a code, and its own words go no further", (error, code) => {
  expect(codeOf(error)).toBe(code);
  const reported = asStoreError(error, "/the/file");
  expect(reported.code).toBe(code);
  expect(reported.message).not.toContain("secret");
});
