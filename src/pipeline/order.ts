/**
 * Order: requests of one tag take effect and are answered in the order in which they arrived (v1 has no request ids);
 * different tags run in parallel. Requests that change nothing run side by side with their neighbours of that kind.
 */
import type { Reply } from "../protocol/v1/reply.js";
import type { Session } from "./session.js";

/** One admitted request, on its way. */
export interface Work {
  /** Changes nothing, so that it may overtake (but not be answered before) others that change nothing. */
  readonly readOnly: boolean;
  /** Runs the request to its reply. Never rejects. */
  readonly run: () => Promise<Reply | undefined>;
  state: "waiting" | "running" | "done";
  reply: Reply | undefined;
}

/** Queues `work` behind what its session already has, and starts what may start. */
export function enqueue(
  session: Session,
  work: Work,
  release: (session: Session, reply: Reply | undefined) => void,
): void {
  session.works.push(work);
  start(session, release);
}

function start(session: Session, release: (session: Session, reply: Reply | undefined) => void): void {
  for (const [index, work] of session.works.entries()) {
    if (index > 0 && !work.readOnly) return;
    if (work.state === "waiting") void run(session, work, release);
    if (!work.readOnly) return;
  }
}

async function run(
  session: Session,
  work: Work,
  release: (session: Session, reply: Reply | undefined) => void,
): Promise<void> {
  work.state = "running";
  work.reply = await work.run();
  work.state = "done";
  let first = session.works[0];
  while (first?.state === "done") {
    session.works.shift();
    release(session, first.reply);
    first = session.works[0];
  }
  start(session, release);
}
