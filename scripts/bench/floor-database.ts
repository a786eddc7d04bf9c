/** The least database that a floor needs: users and messages, WAL, synchronous=FULL, one transaction for a list. */
import Database from "better-sqlite3";

/** What the floors write. */
export interface FloorDatabase {
  user(name: string, key: string, tag: Buffer): void;
  route(name: string, tag: Buffer): void;
  message(text: string | Buffer): void;
  /** All of it in one durable transaction. */
  commit(writes: readonly (() => void)[]): void;
}

/** Creates `file`. */
export function openFloorDatabase(file: string): FloorDatabase {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec(`
    CREATE TABLE users (name TEXT PRIMARY KEY, key TEXT NOT NULL, tag BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE messages (id INTEGER PRIMARY KEY, text BLOB NOT NULL);
  `);
  const insertUser = database.prepare("INSERT INTO users VALUES (?, ?, ?)");
  const updateRoute = database.prepare("UPDATE users SET tag = ? WHERE name = ?");
  const insertMessage = database.prepare("INSERT INTO messages (text) VALUES (?)");
  return {
    user: (name, key, tag) => void insertUser.run(name, key, tag),
    route: (name, tag) => void updateRoute.run(tag, name),
    message: (text) => void insertMessage.run(text),
    commit: database.transaction((writes: readonly (() => void)[]) => {
      for (const write of writes) write();
    }),
  };
}
