/**
 * The life of the program: start the engine, serve it on a port, watch it, and end. It does not try again by itself: an
 * engine cannot be started twice in a process, so whoever supervises this starts a new one.
 */
import { OperatorError } from "../../src/util/operator-error.js";
import { asked } from "../host/asked.js";
import { Place } from "../host/place.js";
import { listenForClient } from "../host/port.js";
import { Backlog } from "./backlog.js";
import type { StartEngine } from "./engine.js";
import { Host } from "./host.js";
import { Liveness, type LivenessOptions } from "./liveness.js";
import { say } from "./log.js";
import { SendQueue } from "./send-queue.js";
import { trapExceptions } from "./traps.js";

/** How the program ends. */
export const EXIT = {
  /** It was asked to: by a signal, or because its stdin closed. */
  asked: 0,
  /** It could not connect, or its port is taken. A nym-client ends with the same. */
  notStarted: 1,
  /** The connection to the gateway is gone, or nothing comes through the mixnet any more (EX_UNAVAILABLE). */
  dead: 69,
  /** A bug, here or in the module (EX_SOFTWARE). */
  internal: 70,
  /** Something that the operator can mend (EX_CONFIG). */
  configuration: 78,
} as const;

/** Settings of the program; times in milliseconds. */
export interface ProgramOptions {
  /** Where it listens; 0 for any. */
  readonly port: number;
  /** Go on when stdin closes. */
  readonly keep: boolean;
  /** How long sends under way may take at the end. */
  readonly drainMs: number;
  /** What the engine sends in its mode, about. */
  readonly packetsPerSecond: number;
  readonly liveness: LivenessOptions;
}

/**
 * Runs until it is to end, and gives the exit code. The caller ends the process with it: an engine cannot be stopped
 * otherwise.
 */
export async function runProgram(start: StartEngine, options: ProgramOptions): Promise<number> {
  return new Promise((resolve) => {
    const broken = (error: unknown): void => {
      say("error", `Error: ${describe(error)}`);
      resolve(EXIT.internal);
    };
    trapExceptions(() => say("debug", "a dropped closure was called, which is harmless"), broken);
    const end = asked(options.keep);
    const dead = (why: string): void => {
      say("warn", `${why}: ending, so that another process can connect again`);
      resolve(EXIT.dead);
    };
    serve(start, options, { end, dead, broken }).then(resolve, (error: unknown) => resolve(explain(error)));
    void end.then(() => setTimeout(() => resolve(EXIT.asked), options.drainMs));
  });
}

interface Life {
  /** Resolves when the program is asked to end. */
  readonly end: Promise<void>;
  readonly dead: (why: string) => void;
  readonly broken: (error: Error) => void;
}

/** Resolves when it was asked to end, and has. Rejects when it could not start. */
async function serve(start: StartEngine, options: ProgramOptions, { end, dead, broken }: Life): Promise<number> {
  const place = new Place({ now: () => performance.now(), refuseMs: () => 0, onFailedHandshake: () => undefined });
  using liveness = new Liveness(options.liveness);
  const starting = start({
    received(message, senderTag) {
      if (!liveness.heard(message)) place.push({ type: "received", senderTag, message });
    },
    lost: () => dead("the connection to the gateway is gone"),
    broken,
  });
  const engine = await Promise.race([starting, end.then(() => undefined)]);
  if (engine === undefined) return EXIT.asked;
  const backlog = new Backlog(() => performance.now(), options.packetsPerSecond);
  const queue = new SendQueue();
  const port = await listenForClient(new Host({ engine, place, queue, backlog }), options.port);
  say("info", `serving on ${port.url}`);
  liveness.start({
    probe: (message) => engine.send(message, engine.address),
    backlogMs: () => backlog.ms,
    dead: () => dead("nothing comes through the mixnet any more"),
  });
  await end;
  await port[Symbol.asyncDispose]();
  await queue.idle();
  return EXIT.asked;
}

/** Says why it could not start, as a nym-client does, and gives the exit code for it. */
function explain(error: unknown): number {
  say("error", `An error occurred: ${error instanceof Error ? error.message : String(error)}`);
  return error instanceof OperatorError ? EXIT.configuration : EXIT.notStarted;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
