/** Counts the signature checks that really run, on the thread pool of the process, and the bytes that they go through. */
import { createHook } from "node:async_hooks";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

/** Counts from now on, until it is disposed of. */
export function countChecks(): Disposable & { readonly checks: number; readonly bytes: number } {
  let checks = 0;
  let bytes = 0;
  const hook = createHook({
    init(_, type) {
      if (type === "SIGNREQUEST") checks++;
    },
  }).enable();
  const { verify } = crypto;
  crypto.verify = ((...given: Parameters<typeof verify>) => {
    bytes += given[1].byteLength;
    return verify(...given);
  }) as typeof verify;
  syncBuiltinESMExports();
  return {
    get checks() {
      return checks;
    },
    get bytes() {
      return bytes;
    },
    [Symbol.dispose]() {
      hook.disable();
      crypto.verify = verify;
      syncBuiltinESMExports();
    },
  };
}
