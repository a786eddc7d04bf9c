/**
 * The signals that ask the directory to stop: SIGINT and SIGTERM, and SIGHUP, since a terminal that is closed must not
 * leave Nym clients behind. They are heard from the first moment on; only `run` ends in good order on them.
 */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const heard = new AbortController();
const hear = (signal: NodeJS.Signals): void => heard.abort(signal);

/** Begins to hear them. */
export function hearStopSignals(): void {
  for (const signal of SIGNALS) process.on(signal, hear);
}

/** Aborted, with the signal's name as its reason, by the first that was heard. */
export function stopSignal(): AbortSignal {
  return heard.signal;
}

/** Lets them end the process, as they do by default: for commands that have nothing to put in order. */
export function leaveStopSignals(): void {
  for (const signal of SIGNALS) process.off(signal, hear);
  if (heard.signal.aborted) process.kill(process.pid, heard.signal.reason as NodeJS.Signals);
}
