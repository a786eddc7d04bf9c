/** Plays one program: a mixnet, a directory and some users, what they do and what goes wrong; then everything is mended and counted. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultChanges } from "../../nym-client/loopback/faults.js";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import { createRandom, type Random } from "../../nym-client/loopback/random.js";
import { Actor } from "./actor.js";
import { closeBooks } from "./closing.js";
import type { TestedDirectory } from "./directory.js";
import { Gate } from "./gate.js";
import { type Figures, Ledger } from "./ledger.js";
import type { Program, Step } from "./program.js";
import type { SoakSettings } from "./settings.js";

/** What came of a run. */
export interface Played {
  readonly violations: readonly string[];
  readonly figures: Figures;
  /** What happened before the first violation. */
  readonly before: readonly string[];
}

/** How a directory is made for a run. */
export type DirectoryMaker = (settings: SoakSettings, clock: () => number) => TestedDirectory;

const DIRECTORY = "nym-directory";
const HOUR_MS = 3_600_000;
const MESSAGE_TTL_MS = 30 * 24 * HOUR_MS;
const NO_FAULTS: FaultChanges = {
  ...{ loss: 0, packetLoss: 0, duplicate: 0, reorder: 0, reorderMs: 5, delayMs: 0, jitterMs: 0 },
};
/** How long a pause between two steps is at most, how long one waits for what is under way, and how long in the end. */
const TIMES = { pause: 2, settle: 300, end: 60_000 } as const;

/** Plays a program to its end. Rejects only for what is the test's own fault. */
export async function play(program: Program, make: DirectoryMaker): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), "nym-directory-soak-"));
  try {
    const mixnet = createLoopbackMixnet({
      ...{ seed: program.seed, packetsPerSecond: Infinity, restartMs: 5, starvationMs: 450, retransmitMs: 20 },
      faults: { ...NO_FAULTS, ...program.faults },
    });
    try {
      return await new Run(program, mixnet).play(folder, make);
    } finally {
      await mixnet.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Run {
  readonly #program: Program;
  readonly #mixnet: LoopbackMixnet;
  readonly #ledger: Ledger;
  readonly #gate: Gate;
  readonly #random: Random;
  readonly #end = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #ahead = 0;
  #restarting = Promise.resolve();
  #nymClient = Promise.resolve();

  constructor(program: Program, mixnet: LoopbackMixnet) {
    this.#program = program;
    this.#mixnet = mixnet;
    this.#random = createRandom("play", program.seed);
    const { mailbox } = program;
    this.#ledger = new Ledger(() => Date.now() + this.#ahead, { mailbox, messageTtl: MESSAGE_TTL_MS });
    this.#gate = new Gate(this.#ledger);
    mixnet.watch(DIRECTORY, this.#gate);
  }

  async play(folder: string, make: DirectoryMaker): Promise<Played> {
    const { mailbox, steps, users, ending } = this.#program;
    const ledger = this.#ledger;
    const { services } = await this.#mixnet.listen();
    await using directory = make({ folder, url: services[0] ?? "", mailbox }, () => ledger.clock());
    await directory.start();
    const actors = Array.from({ length: users }, (_, index) => {
      const components = { mixnet: this.#mixnet, ledger, signal: this.#end.signal };
      const random = createRandom("actor", this.#program.seed, String(index));
      return new Actor(`user-${index}`, { ...components, random });
    });
    try {
      for (const actor of actors) this.#track(actor.register());
      for (const step of steps) await this.#perform(step, actors, directory);
      await this.#mend();
      await this.#settle(TIMES.end);
      if (this.#underWay.size > 0) ledger.violation(`${this.#underWay.size} requests were not answered in the end`);
      else await this.#timely(closeBooks({ actors, ledger, directory }, ending));
    } finally {
      this.#end.abort();
      await Promise.allSettled([...this.#underWay]);
    }
    this.#count();
    return { violations: ledger.violations, figures: ledger.figures, before: ledger.before };
  }

  async #perform(step: Step, actors: readonly Actor[], directory: TestedDirectory): Promise<void> {
    const mixnet = this.#mixnet;
    const { figures } = this.#ledger;
    this.#ledger.note(JSON.stringify(step));
    switch (step.do) {
      case "restartDirectory":
        return this.#restartDirectory(step, directory);
      case "restartNymClient":
        this.#gate.repetitions = true;
        this.#nymClient = this.#nymClient.then(async () => {
          if (step.how === "killed") figures.nymClientCrashes++;
          const restarted = mixnet.restart(DIRECTORY, step.how, step.down);
          this.#gate.restarted();
          await restarted;
        });
        return;
      case "dropSocket":
        this.#gate.repetitions = true;
        mixnet.dropSocket(DIRECTORY);
        return;
      case "rotateNetwork": {
        mixnet.rotateKeys();
        return;
      }
      case "faults":
        mixnet.faults({ ...NO_FAULTS, ...step.changes });
        return;
      case "pass":
        this.#ahead += step.hours * HOUR_MS;
        return;
      case "sweep":
        return directory.sweep();
      case "settle":
        return this.#settle(TIMES.settle);
      case "wait":
        return sleep(step.ms);
      default: {
        const actor = actors[step.user % actors.length];
        if (actor !== undefined) this.#track(actor.perform(step, actors));
        if (this.#random.chance(0.3)) await sleep(this.#random.next() * TIMES.pause);
      }
    }
  }

  async #restartDirectory(
    { after, again }: Extract<Step, { do: "restartDirectory" }>,
    directory: TestedDirectory,
  ): Promise<void> {
    this.#gate.repetitions = true;
    await this.#stop(directory);
    await sleep(after);
    if (again !== undefined) {
      const started = directory.start();
      await Promise.race([started, sleep(again)]);
      await this.#stop(directory);
      await started;
    }
    await directory.start();
  }

  async #stop(directory: TestedDirectory): Promise<void> {
    this.#ledger.figures.restarts++;
    this.#ledger.figures.underWayAtRestarts += this.#underWay.size;
    await directory.stop();
  }

  /** Nothing goes wrong any more. */
  async #mend(): Promise<void> {
    this.#mixnet.faults(NO_FAULTS);
    await Promise.all([this.#restarting, this.#nymClient]);
  }

  #track(doing: Promise<void>): void {
    const tracked = doing
      .catch((error: unknown) => {
        if (!this.#end.signal.aborted) this.#ledger.violation(String(error instanceof Error ? error.stack : error));
      })
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  async #settle(ms: number): Promise<void> {
    const enough = new AbortController();
    await Promise.race([
      Promise.all([...this.#underWay]),
      sleep(ms, undefined, { signal: enough.signal }).catch(() => undefined),
    ]);
    enough.abort();
  }

  async #timely(closing: Promise<void>): Promise<void> {
    const patience = setTimeout(() => this.#end.abort(), TIMES.end);
    await closing.catch((error: unknown) => this.#ledger.violation(`the end: ${String(error)}`));
    clearTimeout(patience);
  }

  #count(): void {
    const { figures, messages } = this.#ledger;
    const { [DIRECTORY]: service, ...users } = this.#mixnet.counters();
    figures.packetsUp = Object.values(users).reduce((sum, { sent }) => sum + sent.data, 0);
    figures.surbsAskedFor = (service?.sent.surbRequests ?? 0) + 0;
    figures.retransmissions = service?.sent.retransmissions ?? 0;
    for (const message of messages.values()) {
      if (message.stored !== undefined) figures.stored++;
      if (message.arrived) figures.delivered++;
      if (message.receiptState === "expired") figures.expired++;
    }
  }
}
