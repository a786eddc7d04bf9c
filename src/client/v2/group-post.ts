/**
 * Sends messages to groups: each for the members that we know, and stored for no others. When the group has changed since, it is
 * sent again for those who are in it now, and encrypted again if our key for the group is another one by then.
 */
import { sealGroupMessage, sealingKeyOf } from "../../protocol/v2/group-messages.js";
import type { GroupId } from "../../protocol/v2/groups.js";
import { sameKey } from "../keys.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import { sealOwn } from "./copies.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { GroupKeys } from "./group-keys.js";
import type { GroupLogs } from "./group-log.js";
import type { OwnGroupKey } from "./group-tables.js";
import type { AskHome, Sign } from "./inquiry.js";
import { keepSealed } from "./outgoing-states.js";
import { presentOf } from "./signing.js";
import { IDENTITY, type Outgoing } from "./tables.js";

export interface GroupPost {
  /** Has the directory store a message to a group. Rejects with an `AccountError`. */
  post(message: Outgoing, group: GroupId): Promise<void>;
}

export interface GroupPostComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
  readonly logs: Pick<GroupLogs, "known" | "refresh">;
  readonly keys: Pick<GroupKeys, "handed">;
}

/** A message as it is sent: for the group that this change has made. */
interface Sealed {
  readonly body: Uint8Array;
  readonly sequence: number;
  readonly copy?: Uint8Array;
}

/** So often the group may change before a pause is made. */
const ATTEMPTS = 8;

/** The post of the account in the book. */
export function createGroupPost({ book, askHome, sign, facts, logs, keys }: GroupPostComponents): GroupPost {
  /** Encrypts the message for the group as we know it, and its copy for us; what was sealed before with the same key stays. */
  async function seal(message: Outgoing, group: GroupId, before?: Sealed): Promise<Sealed> {
    const state = logs.known(group) ?? (await logs.refresh(group));
    const key = await keys.handed(state);
    // The nonce follows from the key and the id: with these, nothing else may ever be sealed.
    const kept = before !== undefined && isSealedWith(before, key) ? before : await sealAnew(message, group, key);
    const sealed = { ...kept, sequence: state.sequence };
    await keepSealed(book, message.id, sealed);
    return sealed;
  }

  async function sealAnew(
    { id, time, text, copied }: Outgoing,
    group: GroupId,
    { key }: OwnGroupKey,
  ): Promise<Omit<Sealed, "sequence">> {
    const { name: sender, key: own } = presentOf(book.get(IDENTITY));
    const { identity: directory } = await facts.audience();
    const context = { directory, group, sender, id };
    const body = await sealGroupMessage({ kind: "text", time, text }, context, key, own.seed);
    const copy = copied ? await sealOwn({ book, facts }, id, { conversation: group, time, text }) : undefined;
    return { body, ...(copy !== undefined && { copy }) };
  }

  return {
    async post(message, group) {
      const { id, hours } = message;
      // What was sent may have been stored: it is the same until that cannot be any more.
      let sealed = sealedBefore(message) ?? (await seal(message, group));
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        try {
          await askHome("groupSend", { group, ...sealed, ...(hours !== undefined && { hours }) }, { id, sign });
          return;
        } catch (error) {
          if (!(error instanceof AccountError)) throw error;
          // We were told of an earlier form once more, and took that for the answer to the one that was stored.
          if (error.code === "idReused") return;
          if (error.code !== "outdated") throw error;
        }
        await logs.refresh(group);
        sealed = await seal(message, group, sealed);
      }
      throw new AccountError("busy");
    },
  };
}

function isSealedWith({ body }: Sealed, { id }: OwnGroupKey): boolean {
  const sealing = sealingKeyOf(body);
  return sealing !== undefined && sameKey(sealing, id);
}

function sealedBefore({ body, sequence, copy }: Outgoing): Sealed | undefined {
  if (body === undefined || sequence === undefined) return undefined;
  return { body, sequence, ...(copy !== undefined && { copy }) };
}
