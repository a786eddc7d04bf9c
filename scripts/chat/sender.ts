/** Gives what is typed to the account, which sends it when that is possible, and shows what becomes of it. */
import type { Account, News } from "../../src/client/client.js";
import { groupOf, peerOf } from "./group-names.js";
import type { History, Said } from "./history.js";
import type { Look } from "./look.js";
import type { Pending, Screen } from "./screen.js";
import { explain, explainFailure } from "./texts.js";

export interface SenderComponents {
  readonly account: { readonly send: Account["send"]; readonly groups: Pick<Account["groups"], "send"> };
  readonly history: History;
  readonly screen: Pick<Screen, "print" | "printPending">;
  readonly look: Look;
  /** Is the directory to keep a copy of what is said to people, for /history? */
  readonly copies: boolean;
  /** How people know whom a conversation is with. */
  readonly called: (peer: string) => string;
}

export interface Sender {
  /** `author`: our own name. */
  send(said: Said, author: string): Promise<void>;
  /** What has become of a message of ours. */
  settle(news: Extract<News, { kind: "fate" }>): void;
}

interface Shown {
  readonly pending: Pending;
  readonly as: (fate: Parameters<Look["message"]>[2]) => string;
}

/** Nothing more will become of these; nor of what is stored for a group, which sends no receipts. */
const LAST: ReadonlySet<string> = new Set(["delivered", "handedOver", "expired", "failed"]);

/** A sender with nothing on its way that is on the screen. */
export function createSender({ account, history, screen, look, copies, called }: SenderComponents): Sender {
  const shown = new Map<string, Shown>();
  return {
    async send(said, author) {
      const as: Shown["as"] = (fate) => look.message(said, author, fate);
      const pending = screen.printPending(as("underWay"));
      const group = groupOf(said.peer);
      try {
        const id = await (group === undefined
          ? account.send(said.peer, said.text, { copy: copies })
          : account.groups.send(group, said.text));
        history.add({ ...said, id });
        shown.set(id, { pending, as });
        // Its fate may have been told before we knew its id.
        const fate = history.fateOf(id);
        if (fate !== undefined) pending.settle(as(fate));
      } catch (error) {
        pending.settle(as("failed"));
        screen.print(look.warning(`not sent to ${called(said.peer)}: ${explain(error, group !== undefined)}`));
      }
    },
    settle({ id, recipient, toGroup, fate, code }) {
      history.settle(id, fate);
      const message = shown.get(id);
      message?.pending.settle(message.as(fate));
      if (LAST.has(fate) || toGroup) shown.delete(id);
      const to = called(toGroup ? peerOf(recipient) : recipient);
      if (fate === "failed") screen.print(look.warning(`not sent to ${to}: ${explainFailure(code, toGroup)}`));
      const early = toGroup ? "sent" : "read";
      if (fate === "expired") screen.print(look.warning(`a message to ${to} has expired before it was ${early}`));
    },
  };
}
