/** The embedded store: one SQLite database, written by one thread, read by the caller's. */
import { setTimeout as pause } from "node:timers/promises";
import type { Clock, Hour } from "../../util/time.js";
import { hourAfter } from "../../util/time.js";
import type { Change, Outcome } from "../changes.js";
import type { Delivery, RowKey } from "../rows.js";
import type { Sequence, UserId } from "../identifiers.js";
import type { MailboxQuota, Store, StoreCounts, Swept } from "../store.js";
import { backupDatabase } from "./backup.js";
import type { Connection } from "./connection.js";
import { openReader } from "./connection.js";
import type { DatabaseLock } from "./database-lock.js";
import { lockDatabase } from "./database-lock.js";
import { asStoreError } from "./errors.js";
import type { StoreFault } from "./fault.js";
import { databasePath } from "./files.js";
import { GroupCommit } from "./group-commit.js";
import { migrateFile } from "./migrate.js";
import type { ReadStatements } from "./reads.js";
import { prepareReads } from "./reads.js";
import { rowsOf } from "./sweep.js";
import { WriterThread } from "./writer-thread.js";

/** How to open a store. Times in milliseconds. */
export interface SqliteStoreOptions {
  /** The database file. Made if it is missing, with its folder. */
  readonly path: string;
  /** Bounds of a mailbox; `undefined` for none. */
  readonly quota: MailboxQuota | undefined;
  /** How long a commit waits while another process holds the database's lock, before it is `failed`. */
  readonly busyTimeoutMs: number;
  /** The most rows that a sweep erases in one transaction. */
  readonly sweepStep: number;
  /** The most that the database file may grow to, in bytes; what does not fit is `failed`. */
  readonly maxBytes: number | undefined;
  readonly now: Clock;
  /** Told of every fault; one that is `fatal` is the last. */
  readonly onFault: (fault: StoreFault) => void;
}

/** How long to wait between two attempts to truncate the log while somebody reads it. */
const TRUNCATE_PAUSE_MS = 50;

interface Parts {
  readonly path: string;
  readonly lock: DatabaseLock;
  readonly thread: WriterThread;
  readonly connection: Connection;
}

/**
 * Opens the database, and migrates it first if it is of an older version. Rejects with a `StoreError`: `inUse`,
 * `foreign`, `newer`, `damaged`, `busy`, `full` or `unavailable`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  let lock: DatabaseLock | undefined;
  let thread: WriterThread | undefined;
  try {
    const path = databasePath(options.path);
    lock = lockDatabase(path);
    const { quota, busyTimeoutMs, maxBytes, onFault } = options;
    migrateFile(path, busyTimeoutMs);
    thread = await WriterThread.start({ path, quota, busyTimeoutMs, maxBytes }, (fatal) => {
      onFault({ code: "writerGone", fatal });
    });
    return new SqliteStore({ path, lock, thread, connection: openReader(path) }, options);
  } catch (error) {
    await thread?.close();
    lock?.release();
    throw asStoreError(error, options.path);
  }
}

class SqliteStore implements Store {
  readonly epoch: number;
  readonly #parts: Parts;
  readonly #options: SqliteStoreOptions;
  readonly #reads: ReadStatements;
  readonly #commits: GroupCommit;
  #closed: Promise<void> | undefined;

  constructor(parts: Parts, options: SqliteStoreOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#reads = prepareReads(parts.connection);
    this.epoch = this.#reads.epoch();
    this.#commits = new GroupCommit(parts.thread, options.now, options.onFault);
  }

  load(keys: readonly RowKey[]): Promise<readonly unknown[]> {
    return this.#read(() => this.#reads.load(keys, this.#hour()));
  }

  deliveries(recipient: UserId, after: Sequence | 0, limit: number): Promise<readonly Delivery[]> {
    return this.#read(() => this.#reads.deliveries(recipient, after, limit, this.#hour()));
  }

  counts(): Promise<StoreCounts> {
    return this.#read(() => this.#reads.counts());
  }

  commit(decisions: readonly (readonly Change[])[]): Promise<readonly Outcome[]> {
    return this.#commits.commit(decisions);
  }

  commitLazily(decisions: readonly (readonly Change[])[]): Promise<readonly Outcome[]> {
    return this.#commits.commitLazily(decisions);
  }

  async sweep(now: Hour): Promise<Swept> {
    const limit = this.#options.sweepStep;
    const total = new Map<keyof Swept, number>();
    for (;;) {
      const step = await this.#parts.thread.call("sweep", { hour: now, limit });
      const rows = Object.entries(step) as [keyof Swept, number][];
      for (const [kind, count] of rows) total.set(kind, (total.get(kind) ?? 0) + count);
      if (rowsOf(step) < limit) return Object.fromEntries(total) as unknown as Swept;
    }
  }

  async truncateLog(): Promise<boolean> {
    const deadline = performance.now() + this.#options.busyTimeoutMs;
    for (;;) {
      if (await this.#parts.thread.call("truncate", {})) return true;
      if (performance.now() > deadline) return false;
      await pause(TRUNCATE_PAUSE_MS);
    }
  }

  backup(file: string): Promise<void> {
    return backupDatabase(this.#parts.path, file);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** The writer's connection goes last: the last one to close moves the log to the database file and removes it. */
  async #close(): Promise<void> {
    await this.#commits.drain();
    this.#parts.connection.close();
    await this.#parts.thread.close();
    this.#parts.lock.release();
  }

  #hour(): Hour {
    return hourAfter(this.#options.now());
  }

  #read<T>(read: () => T): Promise<T> {
    try {
      return Promise.resolve(read());
    } catch (error) {
      return Promise.reject(asStoreError(error, this.#parts.path));
    }
  }
}
