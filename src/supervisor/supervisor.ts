/**
 * Keeps one child alive: launches it, waits for someone to see it ready, launches it again after any exit that we did not
 * ask for, and ends it gracefully. Knows nothing of what the child does, and decides nothing by what it logs.
 */
import { ChildLog } from "../telemetry/child-log.js";
import type { Events } from "../telemetry/events.js";
import { backOffMs, type BackOffOptions } from "./back-off.js";
import { ChildFiles } from "./child-files.js";
import { Child, type Exit } from "./child.js";
import { takeFirstLine } from "./first-line.js";
import type { ChildSpec } from "./kinds/kind.js";
import { endOrphan } from "./orphans.js";
import { next, type Effect, type Event, type State } from "./state.js";
import { runStep, StepFailedError } from "./step.js";

export interface SupervisorComponents {
  readonly events: Events;
  /** In [0, 1), for the jitter. */
  readonly random: () => number;
}

/** Times in milliseconds. */
export interface SupervisorOptions {
  /** Folder of the records by which a later start finds what a killed one left. */
  readonly runFolder: string;
  readonly backOff: BackOffOptions;
  /** A child that was ready for so long starts again with the shortest back-off. */
  readonly stableAfterMs: number;
  /** What a graceful exit may take before SIGKILL. */
  readonly graceMs: number;
  /** What a start may take until the child is seen ready. */
  readonly startAllowanceMs: number;
  /** Ends everything, like {@link Supervisor.stop}. */
  readonly signal?: AbortSignal;
}

/** How a child is at the moment. */
export interface ChildStatus {
  readonly state: State;
  readonly pid: number | undefined;
  /** Milliseconds since its process was launched; `undefined` while there is none. */
  readonly ageMs: number | undefined;
  /** How often it was launched again. */
  readonly restarts: number;
}

export class Supervisor {
  readonly #spec: ChildSpec;
  readonly #components: SupervisorComponents;
  readonly #options: SupervisorOptions;
  readonly #log: ChildLog;
  readonly #files: ChildFiles;
  readonly #quit = new AbortController();
  #state: State = "stopped";
  #child: Child | undefined;
  #timer: NodeJS.Timeout | undefined;
  #launchedAt = 0;
  #launches = 0;
  #readyAt: number | undefined;
  #failures = 0;
  /** The running child was asked to exit, and not killed since. */
  #asked = false;
  #exits = 0;
  #surbEpoch = 0;
  #lastExit: Exit | undefined;
  #lastFailure: unknown;
  #stopped: Promise<void> | undefined;
  #release: () => void = () => undefined;

  constructor(spec: ChildSpec, components: SupervisorComponents, options: SupervisorOptions) {
    this.#spec = spec;
    this.#components = components;
    this.#options = options;
    this.#log = new ChildLog({ events: components.events, clock: Date.now }, spec.name);
    this.#files = new ChildFiles(spec, components, options.runFolder);
  }

  get name(): string {
    return this.#spec.name;
  }

  get state(): State {
    return this.#state;
  }

  /** Pid of the running child. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get status(): ChildStatus {
    const ageMs = this.#child === undefined ? undefined : performance.now() - this.#launchedAt;
    return { state: this.#state, pid: this.pid, ageMs, restarts: Math.max(0, this.#launches - 1) };
  }

  /** How often the child has exited. */
  get exits(): number {
    return this.#exits;
  }

  /** Grows whenever replies to the tags that the child knew go nowhere: it ended otherwise than gracefully. */
  get surbEpoch(): number {
    return this.#surbEpoch;
  }

  /**
   * Ends what an earlier run left behind, and launches the child. Resolves when it is launched or tried again later.
   * Throws `SupervisedElsewhereError` if another directory has it, and what the spec's check throws.
   */
  async start(): Promise<void> {
    const { signal, graceMs } = this.#options;
    const quit = this.#quit.signal;
    const abort = (): void => void this.stop();
    signal?.addEventListener("abort", abort, { once: true, signal: quit });
    if (signal?.aborted === true) abort();
    const previous = await this.#files.previous();
    if (previous) await endOrphan(previous, this.#components, { name: this.#spec.name, graceMs, signal: quit });
    if (!quit.aborted) await this.#spec.check?.();
    if (!quit.aborted) this.#dispatch("startRequested");
  }

  /** To be called by whoever saw the child serve. */
  ready(): void {
    if (this.#state === "starting") {
      this.#readyAt = performance.now();
      const afterMs = Math.round(this.#readyAt - this.#launchedAt);
      this.#components.events.nymClientReady({ child: this.#spec.name, afterMs });
    }
    this.#dispatch("readySeen");
  }

  /** Ends the child gracefully and launches it again; `reason` is a fixed word. */
  restart(reason: string): void {
    if (this.#state === "starting" || this.#state === "ready" || this.#state === "easing") {
      this.#components.events.nymClientRestarting({ child: this.#spec.name, reason });
    }
    this.#dispatch("restartRequested");
  }

  /** Asks the child to exit, and launches it again once it has. It is never killed for not doing so. */
  ease(reason: string): void {
    if (this.#state === "ready") this.#components.events.nymClientRestarting({ child: this.#spec.name, reason });
    this.#dispatch("easeRequested");
  }

  /** Ends the child gracefully and for good. Resolves when it is gone. */
  stop(): Promise<void> {
    this.#stopped ??= new Promise<void>((resolve) => {
      this.#release = resolve;
      this.#quit.abort();
      if (this.#child !== undefined) this.#components.events.nymClientStopping({ child: this.#spec.name });
      this.#dispatch("stopRequested");
    }).then(() => this.#files.settled());
    return this.#stopped;
  }

  #dispatch(event: Event): void {
    const { state, effects } = next(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#effects[effect]();
  }

  readonly #effects: Readonly<Record<Effect, () => void>> = {
    launch: () => this.#launch(),
    interrupt: () => {
      this.#asked = true;
      this.#child?.interrupt();
    },
    kill: () => {
      const { graceMs } = this.#options;
      this.#components.events.nymClientKilled({ child: this.#spec.name, graceMs });
      this.#asked = false;
      this.#child?.kill();
    },
    armAllowance: () => this.#arm("allowancePassed", this.#options.startAllowanceMs),
    armBackOff: () => this.#backOff(),
    armGrace: () => this.#arm("gracePassed", this.#options.graceMs),
    disarm: () => clearTimeout(this.#timer),
    release: () => this.#release(),
  };

  #arm(event: Event, ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (event === "allowancePassed") {
        this.#components.events.nymClientOverdue({ child: this.#spec.name, allowanceMs: ms });
      }
      this.#dispatch(event);
    }, ms);
  }

  #backOff(): void {
    const stable = this.#readyAt !== undefined && performance.now() - this.#readyAt >= this.#options.stableAfterMs;
    this.#failures = stable ? 1 : this.#failures + 1;
    this.#readyAt = undefined;
    const restartInMs = backOffMs(this.#failures, this.#options.backOff, this.#components.random());
    const child = this.#spec.name;
    const { events } = this.#components;
    const failure = this.#lastFailure;
    if (this.#lastExit) events.nymClientExited({ child, ...this.#lastExit, restartInMs });
    else if (failure instanceof StepFailedError) {
      events.nymClientNotPrepared({ child, step: failure.step, ...failure.exit, restartInMs });
    } else events.nymClientNotSpawned({ child, error: failure, restartInMs });
    this.#arm("backOffPassed", restartInMs);
  }

  #launch(): void {
    this.#components.events.nymClientStarting({ child: this.#spec.name });
    this.#launchedAt = performance.now();
    this.#launches++;
    this.#asked = false;
    this.#lastExit = undefined;
    this.#lastFailure = undefined;
    if (this.#spec.prepare === undefined) this.#proceed();
    else void this.#prepare(this.#spec.prepare);
  }

  async #prepare(prepare: NonNullable<ChildSpec["prepare"]>): Promise<void> {
    try {
      // Not within the transition that launches: its effects come first.
      await Promise.resolve();
      await prepare({ run: (args) => this.#step(args) });
      this.#mustStillStart();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#arm("allowancePassed", this.#options.startAllowanceMs);
    this.#proceed();
  }

  #step(args: readonly string[]): Promise<string> {
    this.#mustStillStart();
    return runStep(this.#spec, args, this.#log, {
      onLaunch: (child, pid) => {
        this.#child = child;
        void this.#files.running(pid, args).then(() => child.proceed());
      },
      onExit: (exit) => {
        this.#child = undefined;
        this.#files.exited();
        if (this.#stopped) this.#components.events.nymClientStopped({ child: this.#spec.name, ...exit });
      },
    });
  }

  /** A preparation may find out late that it is not wanted any more. */
  #mustStillStart(): void {
    if (this.#state !== "starting") throw new StepFailedError("interrupted");
  }

  #proceed(): void {
    try {
      const child = this.#spawn();
      if (child.pid === undefined) return;
      this.#child = child;
      void this.#files.running(child.pid).then(() => child.proceed());
    } catch (error) {
      setImmediate(() => this.#fail(error));
    }
  }

  #spawn(): Child {
    const [stdout, stderr] = [this.#log.stream(), this.#log.stream()];
    const announce = (line: string): void => this.#files.announce(line);
    const toLog = (chunk: Buffer): void => stdout.write(chunk);
    return new Child(this.#spec, {
      onExit: (exit) => this.#exited(exit),
      onFailure: (error) => this.#fail(error),
      onStdout: this.#spec.announceTo === undefined ? toLog : takeFirstLine(announce, toLog),
      onStderr: (chunk) => stderr.write(chunk),
      onClose: () => {
        stdout.end();
        stderr.end();
        this.#log.flush();
      },
    });
  }

  #exited(exit: Exit): void {
    this.#exits++;
    const graceful = this.#asked && exit.code === 0;
    if (!graceful || !this.#spec.keepsSurbs) this.#surbEpoch++;
    this.#child = undefined;
    this.#lastExit = exit;
    this.#files.exited();
    if (this.#stopped) this.#components.events.nymClientStopped({ child: this.#spec.name, ...exit });
    this.#dispatch("exited");
  }

  #fail(error: unknown): void {
    this.#lastFailure = error;
    this.#dispatch("launchFailed");
  }
}
