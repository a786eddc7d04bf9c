/** The directory under test: started and ended over and over, with the same data. */

/** A directory whose data and Nym client outlive it. */
export interface TestedDirectory extends AsyncDisposable {
  /** Resolves when it serves. */
  start(): Promise<void>;
  /** Ends it: at once, or (if it can) after what is under way. Resolves when it is gone. */
  stop(): Promise<void>;
  /** Erases what has expired, where that can be asked for. */
  sweep(): Promise<void>;
}
