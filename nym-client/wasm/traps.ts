/**
 * Exceptions that nobody caught. One kind is known and harmless: after registering, Nym's WASM client drops closures that
 * a WebSocket still calls, and that throws out of the socket's events.
 */

/** What wasm-bindgen throws when a closure is called after it was dropped. */
const DROPPED_CLOSURE = /closure invoked recursively or after being dropped/;

/** From now on what is thrown is told to `harmless` or to `fatal`, and ends nothing by itself. */
export function trapExceptions(harmless: () => void, fatal: (error: unknown) => void): void {
  process.on("uncaughtException", (error: unknown) => {
    if (error instanceof Error && DROPPED_CLOSURE.test(error.message)) harmless();
    else fatal(error);
  });
}
