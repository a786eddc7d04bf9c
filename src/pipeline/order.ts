/**
 * Order: requests of one tag take effect and are answered in the order in which they arrived (v1 has no request ids);
 * different tags run in parallel. Requests that change nothing run side by side with their neighbours of that kind.
 */
import type { Reply } from "../actions/action.js";
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

/** Queues `work` behind what its session already has, and starts it if it may start. */
export function enqueue(
  session: Session,
  work: Work,
  release: (session: Session, reply: Reply | undefined) => void,
): void {
  const before = session.works.at(-1);
  session.works.push(work);
  if (before === undefined || mayFollow(work, before)) void run(session, work, release);
}

/** Starts the first work, unless it runs already, and those that may run beside it. */
function startFirst(session: Session, release: (session: Session, reply: Reply | undefined) => void): void {
  let before: Work | undefined;
  for (const work of session.works) {
    if (work.state !== "waiting" || (before !== undefined && !mayFollow(work, before))) return;
    void run(session, work, release);
    before = work;
  }
}

/** Whether `work` may run before `before`, its neighbour, has ended. */
function mayFollow(work: Work, before: Work): boolean {
  return work.readOnly && before.readOnly && before.state !== "waiting";
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
  startFirst(session, release);
}
