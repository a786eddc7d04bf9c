/**
 * Order: requests of one tag take effect and are answered in the order in which they arrived (v1 has no request ids);
 * different tags run in parallel. Requests that change nothing, and of which it is known how many SURBs they leave, run
 * side by side with their neighbours of that kind.
 */
import type { Reply } from "../actions/action.js";
import type { Session } from "./session.js";
import type { Work } from "./work.js";

/** Sends the reply of a work that has ended. */
export type Release = (session: Session, reply: Reply | undefined, work: Work) => void;

/** Queues `work` behind what its session already has, and starts it if it may start. */
export function enqueue(session: Session, work: Work, release: Release): void {
  const before = session.works.at(-1);
  session.works.push(work);
  promise(session, work, 1);
  if (before === undefined || mayFollow(work, before)) void run(session, work, release);
}

/** Keeps SURBs for so many packets for the reply of this work. */
export function promise(session: Session, work: Work, packets: number): void {
  session.promised += packets - work.packets;
  work.packets = packets;
}

/** Starts the first work, unless it runs already, and those that may run beside it. */
function startFirst(session: Session, release: Release): void {
  let before: Work | undefined;
  for (const work of session.works) {
    if (work.state !== "waiting" || (before !== undefined && !mayFollow(work, before))) return;
    void run(session, work, release);
    before = work;
  }
}

/** Whether `work` may run before `before`, its neighbour, has ended. */
function mayFollow(work: Work, before: Work): boolean {
  return work.parallel && before.parallel && before.state !== "waiting";
}

async function run(session: Session, work: Work, release: Release): Promise<void> {
  work.state = "running";
  work.reply = await work.run(work);
  work.state = "done";
  let first = session.works[0];
  while (first?.state === "done") {
    session.works.shift();
    release(session, first.reply, first);
    first = session.works[0];
  }
  startFirst(session, release);
}
