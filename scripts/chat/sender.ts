/** Sends what was typed, one message after the other, and keeps what could not be sent. */
import type { DirectoryClient, SealedMessage } from "../../src/client/client.js";
import { createQueue } from "../../src/client/queue.js";
import type { Said } from "./history.js";
import type { Look } from "./look.js";
import type { Profile } from "./profile.js";
import type { Screen } from "./screen.js";
import { explain } from "./texts.js";

export interface SenderComponents {
  readonly client: Pick<DirectoryClient, "seal" | "submit">;
  readonly profile: Pick<Profile, "name" | "history">;
  readonly screen: Pick<Screen, "print" | "printPending">;
  readonly look: Look;
}

export interface Sender {
  send(said: Said): void;
  /** Sends again what could not be sent; returns how many messages that is. */
  retry(): number;
  /** Messages that are on their way. */
  readonly waiting: number;
  /** Resolves when what is on its way has been sent, or could not be. */
  settled(): Promise<void>;
}

/** `sealed` once it has been on its way: the same bytes are never delivered twice. */
interface Failed {
  readonly said: Said;
  readonly sealed: SealedMessage | undefined;
}

/** A sender with nothing on its way. */
export function createSender({ client, profile, screen, look }: SenderComponents): Sender {
  const inOrder = createQueue();
  let failed: Failed[] = [];
  let waiting = 0;

  const send = ({ said, sealed: before }: Failed): void => {
    const show = (fate: "underWay" | "stored" | "failed"): string => look.message(said, profile.name, fate);
    const pending = screen.printPending(show("underWay"));
    let sealed = before;
    waiting += 1;
    void inOrder(async () => {
      try {
        sealed ??= await client.seal(said.peer, said.text);
        await client.submit(sealed);
        profile.history.add(said);
        pending.settle(show("stored"));
      } catch (error) {
        failed.push({ said, sealed });
        pending.settle(show("failed"));
        screen.print(look.warning(`not sent to ${said.peer}: ${explain(error)}. /retry sends it again`));
      } finally {
        waiting -= 1;
      }
    });
  };

  return {
    send: (said) => send({ said, sealed: undefined }),
    retry() {
      const again = failed;
      failed = [];
      again.forEach(send);
      return again.length;
    },
    get waiting() {
      return waiting;
    },
    settled: () => inOrder(() => Promise.resolve()),
  };
}
