/**
 * The users in the database of a NymCHAT server, read and never written: names and keys as they stand there, whatever they
 * are, in the order in which they registered. Tags are not even read.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import Database from "better-sqlite3";
import { codeOf, explain, StoreError } from "./errors.js";

/** A row of `users`. */
export interface NymchatUser {
  /** SQLite's number of the row. */
  readonly row: number;
  /** `undefined` where there is no text; empty where it is far longer than any name. */
  readonly name: string | undefined;
  /** As `name`: far longer than the PEM of any key. */
  readonly publicKey: string | undefined;
}

/** The users of one database, from one snapshot. */
export interface NymchatUsers extends Disposable {
  readonly count: number;
  /** Reads row by row. Throws a `StoreError` when it cannot. */
  rows(): Iterable<NymchatUser>;
}

/** Names have 64 characters at most, keys 178: beyond this many bytes, in whatever encoding, nothing is looked at. */
const MAX_BYTES = 4_096;

/** A text column as a name or a key. What is in it need not be text, whatever the column's type. */
const text = (column: string): string => `
  CASE WHEN typeof(${column}) <> 'text' THEN NULL
    WHEN length(CAST(${column} AS BLOB)) > ${MAX_BYTES} THEN '' ELSE ${column} END`;

type Row = readonly [row: number, name: string | null, publicKey: string | null];

/** Opens the database. Throws a `StoreError`: `missing`, `foreign`, `damaged`, `busy` or `unavailable`. */
export function openNymchatUsers(file: string): NymchatUsers {
  const path = resolve(file);
  if (!existsSync(path)) throw new StoreError("missing", `${path} does not exist`);
  let db: Database.Database | undefined;
  try {
    const opened = (db = new Database(path, { readonly: true, fileMustExist: true, timeout: 0 }));
    opened.pragma("trusted_schema = OFF");
    if (!isNymchat(opened)) throw new StoreError("foreign", `${path} has no table users(username, publicKey)`);
    const select = opened.prepare<[], Row>(
      `SELECT rowid, ${text("username")}, ${text("publicKey")} FROM users NOT INDEXED ORDER BY rowid`,
    );
    const count = opened.prepare<[], number>("SELECT count(*) FROM users NOT INDEXED").pluck();
    opened.exec("BEGIN");
    return {
      count: Number(count.get()),
      *rows() {
        try {
          for (const [row, name, publicKey] of select.raw().iterate() as Iterable<Row>)
            yield { row, name: name ?? undefined, publicKey: publicKey ?? undefined };
        } catch (error) {
          throw failure(error, path);
        }
      },
      [Symbol.dispose]: () => void opened.close(),
    };
  } catch (error) {
    db?.close();
    throw failure(error, path);
  }
}

/** A table, no view: what a view would run is somebody else's program. */
function isNymchat(db: Database.Database): boolean {
  const columns = db
    .prepare<[], string>(
      `SELECT lower(c.name) FROM sqlite_schema t JOIN pragma_table_info(t.name) c
       WHERE t.type = 'table' AND lower(t.name) = 'users'`,
    )
    .pluck()
    .all();
  return ["username", "publickey"].every((column) => columns.includes(column));
}

function failure(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const what = code === "foreign" ? "it is no SQLite database" : explain(code);
  return new StoreError(code, `${path}: ${what}`, error);
}
