/** Starting a conversation over when the directory could not finish it. */
import pRetry from "p-retry";
import { ClientError, type ClientErrorCode } from "./errors.js";
import type { Timing } from "./exchange.js";

/** `refused`: a challenge expired or was displaced, a reply was lost at a bad moment. Starting over is all it takes. */
const START_OVER: ReadonlySet<ClientErrorCode> = new Set(["directoryFailure", "refused"]);

/** Runs a conversation, and again while it ends in a way that may pass. */
export function withPatience<T>(
  conversation: () => Promise<T>,
  { retries, retryPause }: Pick<Timing, "retries" | "retryPause">,
  signal: AbortSignal,
): Promise<T> {
  return pRetry(conversation, {
    retries,
    minTimeout: retryPause,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => error instanceof ClientError && START_OVER.has(error.code),
  });
}
