/** How often a fault is tried: `FAULT_REPETITIONS=20 npx vitest run test/fault` finds what happens now and then. */
export const REPETITIONS: readonly number[] = Array.from(
  { length: Number(process.env["FAULT_REPETITIONS"] ?? "2") },
  (_, index) => index + 1,
);
