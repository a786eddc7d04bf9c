/** What the directory keeps for who is chatting: copies of what they have said, and how much waits for them. */
import type { Account } from "../../src/client/client.js";
import { shortOf } from "./group-names.js";
import type { History, Said } from "./history.js";
import type { Look } from "./look.js";
import type { Screen } from "./screen.js";

/** What the commands about it do. Both reject with an `AccountError`. */
export interface KeptActions {
  history(name: string): Promise<void>;
  unread(): Promise<void>;
}

export interface KeptComponents {
  readonly account: Pick<Account, "contact" | "history" | "name">;
  /** What was said here. */
  readonly record: Pick<History, "fateOf" | "has" | "last">;
  readonly screen: Pick<Screen, "print">;
  readonly look: Look;
}

/** How much of a conversation is shown. */
const SHOWN = 50;

/** The commands, done by the account. */
export function keptActions({ account, record, screen, look }: KeptComponents): KeptActions {
  const note = (text: string): void => screen.print(look.note(text));

  /** What we have said elsewhere, and how many copies say nothing to us. */
  async function elsewhere(name: string): Promise<{ readonly found: readonly Said[]; readonly unreadable: number }> {
    const found: Said[] = [];
    let unreadable = 0;
    for await (const kept of account.history.with(name)) {
      if (kept.kind !== "direct") unreadable++;
      else if (!record.has(kept.id)) found.push({ at: kept.at, peer: name, own: true, text: kept.text, id: kept.id });
    }
    return { found, unreadable };
  }

  return {
    async history(name) {
      const { found, unreadable } = await elsewhere(name);
      const [self, peer] = [account.name ?? name, account.contact(name)?.name ?? name];
      const said = [...record.last(name, SHOWN), ...found].toSorted((one, other) => one.at - other.at);
      for (const each of said.slice(-SHOWN)) {
        const fate = each.own && each.id !== undefined ? record.fateOf(each.id) : undefined;
        screen.print(look.message(each, each.own ? self : peer, fate));
      }
      note(`${found.length} that you have said elsewhere, and had kept (--copies)`);
      if (unreadable > 0)
        screen.print(
          look.warning(`${unreadable} not shown: of a key that is not here, or not what you have said to them`),
        );
    },
    async unread() {
      const waiting = await account.history.unread();
      for (const { sender, group, messages } of waiting)
        screen.print(`${look.name(sender)} ${messages}${group === undefined ? "" : ` in group ${shortOf(group)}`}`);
      note(
        waiting.length === 0
          ? "nothing waits for you at the directory"
          : "this waits at the directory: /login brings it",
      );
    },
  };
}
