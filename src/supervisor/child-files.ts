/** The files about a child: its run record and its announcement. Written one after the other, and never in anyone's way. */
import { rm } from "node:fs/promises";
import type { Events } from "../telemetry/events.js";
import { replaceFile } from "../util/atomic-file.js";
import type { ChildSpec } from "./kinds/kind.js";
import { identify } from "./process-identity.js";
import { readRunRecord, removeRunRecord, writeRunRecord, type RunRecord } from "./run-record.js";

export class ChildFiles {
  readonly #spec: ChildSpec;
  readonly #events: Pick<Events, "nymClientUnrecorded">;
  readonly #runFolder: string;
  #written: Promise<void> = Promise.resolve();

  constructor(
    spec: ChildSpec,
    components: { readonly events: Pick<Events, "nymClientUnrecorded"> },
    runFolder: string,
  ) {
    this.#spec = spec;
    this.#events = components.events;
    this.#runFolder = runFolder;
  }

  /** The record of a child that was not seen to exit; what cannot be read is reported and taken for none. */
  async previous(): Promise<RunRecord | undefined> {
    try {
      return await readRunRecord(this.#runFolder, this.#spec.name);
    } catch (error) {
      this.#events.nymClientUnrecorded({ child: this.#spec.name, error });
      return undefined;
    }
  }

  /** Records that the child runs as process `pid`, with `args`. Resolves when that is on the disk, or cannot be. */
  running(pid: number, args = this.#spec.args): Promise<void> {
    return this.#enqueue(async () => {
      const [child, parent] = await Promise.all([identify(pid), identify(process.pid)]);
      const command = [this.#spec.command, ...args];
      const record = { pid, ...(child && { child }), ...(parent && { parent }), command };
      await writeRunRecord(this.#runFolder, this.#spec.name, record);
    });
  }

  /** Puts the child's announcement where its spec says. */
  announce(line: string): void {
    const { announceTo } = this.#spec;
    if (announceTo !== undefined) void this.#enqueue(() => replaceFile(announceTo, `${line}\n`));
  }

  /** Removes what is said of a child that is gone. */
  exited(): void {
    const { name, announceTo } = this.#spec;
    void this.#enqueue(() => removeRunRecord(this.#runFolder, name));
    if (announceTo !== undefined) void this.#enqueue(() => rm(announceTo, { force: true }));
  }

  /** Resolves when everything so far is written. */
  settled(): Promise<void> {
    return this.#written;
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    const report = (error: unknown): void => this.#events.nymClientUnrecorded({ child: this.#spec.name, error });
    this.#written = this.#written.then(task).catch(report);
    return this.#written;
  }
}
