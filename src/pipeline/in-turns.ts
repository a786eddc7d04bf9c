/** Many small works in turns of the event loop, so that whatever else comes in meanwhile goes between them. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Works done in one turn: about a millisecond, if each reads a mailbox and seals a push. */
const PER_TURN = 16;

/** Does `work` to each of `items`, in order: the first of them at once. Resolves when all is done. */
export async function inTurns<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % PER_TURN === 0) await nextTurn();
    work(item);
  }
}
