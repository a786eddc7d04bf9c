/** What a commit means for what waits: which mailboxes have something new, whose route has moved, and what is counted. */
import type { Change } from "../store/changes.js";
import type { Counters } from "../telemetry/counters.js";
import type { Applied } from "./execute.js";
import type { FanOut } from "./fan-out.js";
import type { Mailboxes } from "./mailboxes.js";
import type { Session } from "./session.js";

export interface CommitComponents {
  readonly mailboxes: Pick<Mailboxes, "stored" | "routed" | "unrouted" | "acknowledged">;
  readonly fanOut: Pick<FanOut, "stored">;
  readonly counters: Counters;
}

/** Told what a request from this session has committed, when its reply has been released. */
export type CommitStage = (
  session: Session,
  speaks: Session["speaks"],
  changes: readonly Change[],
  outcome: Applied,
) => void;

/** Creates the stage. */
export function createCommitStage({ mailboxes, fanOut, counters }: CommitComponents): CommitStage {
  return (session, speaks, changes, outcome) => {
    let inserted = 0;
    for (const change of changes) {
      switch (change.kind) {
        case "insertUser": {
          const user = outcome.users[inserted++];
          if (user !== undefined) mailboxes.routed(user, session, speaks);
          break;
        }
        case "moveRoute":
          mailboxes.routed(change.user, session, speaks);
          break;
        case "storeMessage":
          counters.add("messages.stored");
          void mailboxes.stored(change.recipient);
          break;
        case "refuseMessage":
          counters.add("messages.refused");
          break;
        case "acknowledge":
          mailboxes.acknowledged(change.user, change.ranges);
          break;
        case "changeKey":
        case "endRoute":
        case "releaseUser":
          mailboxes.unrouted(change.user);
          break;
        case "publishPrekeys":
          counters.add("prekeys.published", change.oneTime.length);
          break;
        case "keepCopy":
          counters.add("copies.kept");
          break;
        case "takePrekey":
          counters.add("prekeys.taken");
          break;
        case "importUser":
        case "refreshRoute":
        case "rememberReplay":
        case "rememberOutcome":
        case "eraseDeliveries":
        case "createGroup":
        case "changeGroup":
        case "setContact":
        case "setPolicy":
        case "notify":
        case "reserveName":
        case "freeName":
        case "setRegistrations":
        case "sendToGroup":
          break;
      }
    }
    fanOut.stored(outcome.receipts);
  };
}
