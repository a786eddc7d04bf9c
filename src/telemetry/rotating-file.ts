/**
 * A log file that is cut at a size and kept in a row (`app.log`, `app1.log`, ..). Unlike winston's own it never holds its
 * caller up and never fails: on a full or unwritable disk lines are lost, and writing is tried again later.
 */
import { mkdir, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { dirname, extname } from "node:path";

/** Bytes of lines that may wait for a slow disk before further lines are lost. */
const QUEUE_LIMIT_BYTES = 1 << 20;

export interface RotatingFileOptions {
  readonly path: string;
  /** Size in bytes at which a new file is begun. */
  readonly maxBytes: number;
  /** Files that are kept, with the one that is written. */
  readonly maxFiles: number;
  /** Milliseconds for which lines are lost after a failure before the file is tried again. */
  readonly retryMs: number;
  /** Told the error of the first failed write after a good one. */
  readonly onFailure: (error: unknown) => void;
}

export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #draining: Promise<void> | undefined;
  #handle: FileHandle | undefined;
  #size = 0;
  #failing = false;
  #retryAt = 0;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** Writes a line (with its end) in the background. */
  append(line: string): void {
    const bytes = Buffer.from(line);
    if (performance.now() < this.#retryAt || this.#queuedBytes + bytes.length > QUEUE_LIMIT_BYTES) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#draining ??= this.#drain();
  }

  /** Waits for what was appended and closes the file. */
  async close(): Promise<void> {
    await this.#draining;
    await this.#release();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const lines = this.#queue;
      this.#queue = [];
      try {
        await this.#write(lines);
        this.#failing = false;
      } catch (error) {
        await this.#fail(error);
      }
      this.#queuedBytes -= lines.reduce((sum, line) => sum + line.length, 0);
    }
    this.#draining = undefined;
  }

  async #write(lines: readonly Buffer[]): Promise<void> {
    let pending: Buffer[] = [];
    let handle = await this.#open();
    for (const line of lines) {
      if (this.#size > 0 && this.#size + line.length > this.#options.maxBytes) {
        await handle.appendFile(Buffer.concat(pending));
        pending = [];
        await this.#rotate();
        handle = await this.#open();
      }
      pending.push(line);
      this.#size += line.length;
    }
    await handle.appendFile(Buffer.concat(pending));
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    await mkdir(dirname(this.#options.path), { recursive: true, mode: 0o700 });
    const handle = await open(this.#options.path, "a", 0o600);
    this.#handle = handle;
    const status = await handle.stat();
    if (status.isFile() && (status.mode & 0o077) !== 0) await handle.chmod(0o600);
    this.#size = status.size;
    return handle;
  }

  async #rotate(): Promise<void> {
    await this.#release();
    const { path, maxFiles } = this.#options;
    if (maxFiles < 2) return unlink(path);
    for (let age = maxFiles - 1; age > 1; age--) {
      await rename(rotated(path, age - 1), rotated(path, age)).catch(ignoreAbsence);
    }
    await rename(path, rotated(path, 1));
  }

  async #fail(error: unknown): Promise<void> {
    this.#retryAt = performance.now() + this.#options.retryMs;
    await this.#release().catch(() => undefined);
    if (this.#failing) return;
    this.#failing = true;
    this.#options.onFailure(error);
  }

  async #release(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

/** `app.log` of age 2 is `app2.log`. */
function rotated(path: string, age: number): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}${age}${extension}`;
}

function ignoreAbsence(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}
