/** When a program that hosts a Nym client is to end. */
import { fstatSync } from "node:fs";

/** Resolves when the program is asked to end: by a signal or, unless it is to `keep` running, because whoever started it has gone. */
export function asked(keep: boolean): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
    if (keep || !isPipe(process.stdin.fd)) return;
    process.stdin.once("close", () => resolve());
    process.stdin.once("error", () => resolve());
    process.stdin.resume();
  });
}

/** Whether somebody holds the other end, so that its closing means something. */
function isPipe(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
