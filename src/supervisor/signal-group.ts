/** Signals to a child and everything that it started. */

/** Signals the process group of `leader`; nothing happens if it is gone, or not ours to signal. */
export function signalGroup(leader: number, signal: "SIGINT" | "SIGKILL"): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM"))) throw error;
  }
}
