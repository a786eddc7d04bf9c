/** How the command ends: 0 stopped as asked, 78 configuration (EX_CONFIG of sysexits.h), 70 internal (EX_SOFTWARE). */
import { StoreError } from "../store/sqlite/errors.js";
import { SupervisedElsewhereError } from "../supervisor/orphans.js";
import { describeFailure } from "../telemetry/failure.js";
import { OperatorError } from "../util/operator-error.js";

export const EXIT_OK = 0;
/** `status` only: not all Nym clients serve. */
export const EXIT_NOT_SERVING = 1;
/** `admin` only: what was asked for was not confirmed, or the directory could not do it. */
export const EXIT_NOT_DONE = 1;
/** `status` and `admin` only: no directory runs (EX_UNAVAILABLE). */
export const EXIT_NOT_RUNNING = 69;
export const EXIT_CONFIG = 78;
export const EXIT_INTERNAL = 70;

/** Says on stderr what was wrong, and gives the exit code for it. What the operator can mend is said without a stack. */
export function reportFailure(error: unknown): number {
  const mendable =
    error instanceof OperatorError || error instanceof StoreError || error instanceof SupervisedElsewhereError;
  if (mendable) {
    for (const line of error.message.split("\n")) process.stderr.write(`nym-directory: ${line}\n`);
    return EXIT_CONFIG;
  }
  const { error: name, code, at } = describeFailure(error);
  process.stderr.write(
    `nym-directory: internal error: ${[name, code, at].filter((part) => part !== undefined).join(" ")}\n`,
  );
  return EXIT_INTERNAL;
}
