/** What it takes to have the Nym clients of a pool: where they listen, and which children to keep alive for that. */
import type { Config } from "../../config/config.js";

/** What the plans depend on. */
export type LaunchSettings = Pick<Config, "dataDir" | "loopback"> & {
  readonly nymClient: Pick<
    Config["nymClient"],
    "kind" | "pool" | "binary" | "allowUnpinned" | "apis" | "gateway" | "mode"
  >;
};

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
  /** Done once, when nothing of an earlier run is left and nothing is launched yet; what it throws ends the start. */
  readonly check?: () => Promise<void>;
  /** What must be done before each launch. When it throws, the launch has failed and is tried again after the back-off. */
  readonly prepare?: (tools: PreparationTools) => Promise<void>;
}

/** What a preparation may use. */
export interface PreparationTools {
  /**
   * Runs the child's program with other arguments, of which the first names the step, to its end; recorded like the
   * child itself, and within its allowance. Gives the first 64 KiB of its standard output. Throws `StepFailedError`.
   */
  readonly run: (args: readonly string[]) => Promise<string>;
}

/** What an operator should know about a plan, as the event that says it. */
export type LaunchNotice = "nymClientUnpinned" | "nymClientBinaryRecorded" | "nymClientBinaryChanged";

/** The Nym clients of a pool. */
export interface LaunchPlan {
  /** The WebSocket URL of each pool member. */
  readonly endpoints: readonly string[];
  readonly children: readonly ChildSpec[];
  readonly notices?: readonly LaunchNotice[];
}
