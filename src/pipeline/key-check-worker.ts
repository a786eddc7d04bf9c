/** The thread that tells whether keys are acceptable, see `key-check.ts`. */
import { parentPort } from "node:worker_threads";
import { isAcceptableKey } from "../protocol/v2/ed25519.js";
import type { KeyAnswer, KeyQuestion } from "./key-check.js";

parentPort?.on("message", ({ id, keys }: KeyQuestion) => {
  // Each of them, so that it takes as long whichever it is.
  const verdicts = keys.map((key) => isAcceptableKey(key));
  parentPort?.postMessage({ id, acceptable: verdicts.every(Boolean) } satisfies KeyAnswer);
});
