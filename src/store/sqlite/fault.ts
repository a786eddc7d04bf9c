/** Faults of a store that runs: for the log and the operator, without a word of what was being stored. */
import type { StoreErrorCode } from "./errors.js";

/** One fault. Callers of `commit` got `failed`; this says why. */
export interface StoreFault {
  /** `rejected`: a decision broke a constraint of the schema, which is a fault of this program. */
  readonly code: StoreErrorCode | "rejected";
  /** Nothing will be written any more. */
  readonly fatal: boolean;
}
