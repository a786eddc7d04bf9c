/** Counts the signature checks that really run, on the thread pool of the process. */
import { createHook } from "node:async_hooks";

/** Counts from now on, until it is disposed of. */
export function countChecks(): Disposable & { readonly checks: number } {
  let checks = 0;
  const hook = createHook({
    init(_, type) {
      if (type === "SIGNREQUEST") checks++;
    },
  }).enable();
  return {
    get checks() {
      return checks;
    },
    [Symbol.dispose]: () => void hook.disable(),
  };
}
