/** What it takes to have the Nym clients of a pool: where they listen, and which children to keep alive for that. */

/** A child process. Everything that it is given is here: it inherits nothing of our environment. */
export interface ChildSpec {
  /** Its name in log lines and in the run folder: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** Path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The pool members that it serves, by their position. */
  readonly clients: readonly number[];
  /** Whether it still has the SURBs that it was sent when it is started again after a graceful exit. */
  readonly keepsSurbs: boolean;
  /** A file (mode 0600) for the first line of its standard output, for as long as it runs. */
  readonly announceTo?: string;
}

/** The Nym clients of a pool. */
export interface LaunchPlan {
  /** The WebSocket URL of each pool member. */
  readonly endpoints: readonly string[];
  readonly children: readonly ChildSpec[];
}
