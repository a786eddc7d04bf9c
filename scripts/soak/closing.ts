/** The end of a run: what still waits is collected and acknowledged, and then each message must be accounted for. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Actor } from "./actor.js";
import type { TestedDirectory } from "./directory.js";
import type { Ledger, Message } from "./ledger.js";
import type { Program } from "./program.js";

/** Whose books are closed. */
export interface Closing {
  readonly actors: readonly Actor[];
  readonly ledger: Ledger;
  readonly directory: TestedDirectory;
}

const FETCH_PACKETS = 4;
const BRINGING_SURBS = 8;
const PAUSE_MS = 10;
/** Outcomes are known for a day after the message has expired. */
const OUTCOME_MS = 24 * 3_600_000;
/** Receipts wait as long as messages; below this nothing of them can have expired. */
const RECEIPTS_LIVE_MS = 300 * 3_600_000;

/** Collects by `ending` and checks. Rejects when something is not answered. */
export async function closeBooks({ actors, ledger, directory }: Closing, ending: Program["ending"]): Promise<void> {
  const begun = ledger.clock();
  const live = actors.filter((actor) => actor.live);
  for (const actor of live) await actor.login();
  await directory.sweep();
  // An acknowledgement may put a receipt into another mailbox.
  for (let moved = true; moved;) {
    moved = false;
    for (const actor of live) moved = (await collect(actor, ending)) || moved;
  }
  for (const actor of live) {
    const waiting = await actor.status();
    if (waiting !== 0) ledger.violation(`${String(waiting)} items wait for ${actor.person.name}, who has them all`);
  }
  for (const actor of live) {
    const own = [...ledger.messages.values()].filter(({ from }) => from === actor.person);
    const states = await actor.states(own.map(({ id }) => id));
    for (const message of own) message.receiptState = states.get(message.id);
  }
  for (const message of ledger.messages.values()) checkMessage(message, ledger, begun);
}

/** Collects and acknowledges until nothing is left. Returns whether there was something. */
async function collect(actor: Actor, ending: Program["ending"]): Promise<boolean> {
  const { person } = actor;
  let moved = false;
  for (;;) {
    const before = person.arrived.size;
    if (ending === "fetch") await actor.fetch(0, FETCH_PACKETS);
    else await actor.user.refresh(BRINGING_SURBS);
    const left = person.unacknowledged.size;
    moved ||= left > 0;
    await actor.acknowledge(1);
    if (left > 0 || person.arrived.size > before) continue;
    if (ending === "fetch" || (await actor.status()) === 0) return moved;
    await sleep(PAUSE_MS);
  }
}

function checkMessage(message: Message, ledger: Ledger, now: number): void {
  const { from, to, id, stored, arrived, receiptState } = message;
  const mayHaveExpired = now > message.livesUntil;
  const isTold = to.releaseAsked === undefined;
  if (stored !== undefined && isTold && !arrived && !mayHaveExpired)
    ledger.violation(`message ${id} from ${from.name} to ${to.name} was stored at ${stored}, and is lost`);
  if (from.releaseAsked !== undefined || receiptState === undefined) return;
  if (stored === undefined && !arrived) return;
  const forgotten = receiptState === "unknown" && now > message.livesUntil + OUTCOME_MS;
  if (!isTold || forgotten) return;
  const expected = arrived ? (mayHaveExpired ? ["delivered", "expired"] : ["delivered"]) : ["expired"];
  if (!expected.includes(receiptState))
    ledger.violation(`message ${id} is ${receiptState} and should be ${expected.join(" or ")}`);
  if (!message.receipt || ledger.room.each < 100 || now - Date.now() > RECEIPTS_LIVE_MS) return;
  if (!from.sequences.has(`receipt of ${id}`)) ledger.violation(`the sender of ${id} got no receipt`);
}
