/** docs/threat-model.md is whole: every column that a seized disk shows is in its table. */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { migrateDatabase, MIGRATIONS } from "../../../src/store/sqlite/migrate.js";
import { quoted, readDoc, tableRows } from "../../support/docs.js";

test("every column of every table is accounted for, and none that is not there", () => {
  const db = new Database(":memory:");
  migrateDatabase(db, MIGRATIONS);
  const columns = db
    .prepare<[], string>(
      `SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
       WHERE t.type = 'table'`,
    )
    .pluck()
    .all();
  const tables = new Set(columns.map((column) => column.split(".")[0]));
  const documented = new Set(
    tableRows(readDoc("docs/threat-model.md"), "thief of the disk").flatMap(([cell = ""]) => {
      let table = "";
      return quoted(cell).flatMap((name) => {
        const [before = "", after] = name.split(".");
        if (after !== undefined) table = before;
        const column = after ?? before;
        return column === "*" ? columns.filter((known) => known.startsWith(`${table}.`)) : [`${table}.${column}`];
      });
    }),
  );
  expect(tables.size).toBeGreaterThan(5);
  expect([...documented].toSorted()).toEqual(columns.toSorted());
});
