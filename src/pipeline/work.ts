/** One admitted request, on its way through the pipeline. */
import type { Reply } from "../actions/action.js";

/** What is to be done for it, and how far that is. */
export interface Work {
  /** May overtake (but not be answered before) others of which this is true as well. */
  readonly parallel: boolean;
  /** Runs the request to its reply. Never rejects. */
  readonly run: (work: Work) => Promise<Reply | undefined>;
  /** Packets that its reply may take: SURBs that nothing else is sent with until it is released. */
  packets: number;
  /** What follows from it, after its reply: who is sent a message because of it has had the reply before. */
  after: () => void;
  state: "waiting" | "running" | "done";
  reply: Reply | undefined;
}
