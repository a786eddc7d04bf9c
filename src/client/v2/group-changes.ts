/**
 * Changes groups: each change is signed over what the group is, by the log that we have read and checked, and judged anew when
 * somebody else was quicker.
 */
import { signAsync } from "@noble/ed25519";
import { verifyEd25519 } from "../../protocol/v2/ed25519.js";
import { judge } from "../../protocol/v2/group-rules.js";
import {
  GROUP_BYTES,
  type GroupChange,
  type GroupId,
  type GroupProfile,
  type GroupStatement,
} from "../../protocol/v2/groups.js";
import { groupChangeText, groupStatementText } from "../../protocol/v2/signed-texts.js";
import { sameKey } from "../keys.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { DirectoryFacts } from "./directory-facts.js";
import type { GroupLogs } from "./group-log.js";
import { type GroupState, standingOf } from "./group-state.js";
import type { AskHome, Inquiry, Sign } from "./inquiry.js";
import type { NymAddress } from "../../protocol/nym-client/address.js";
import { presentOf } from "./signing.js";
import { IDENTITY } from "./tables.js";

export interface GroupChanges {
  found(profile: GroupProfile): Promise<GroupId>;
  /** What the directory says of the group, at which its signature was verified. */
  lookup(group: GroupId): Promise<NonNullable<GroupStatement["found"]> | undefined>;
  /** Makes the change that `of` makes of what the group is. Errors: `notFound`, `notPermitted`, `notApplicable`, `outdated`. */
  change(group: GroupId, of: (state: GroupState | undefined) => GroupChange): Promise<void>;
}

export interface GroupChangesComponents {
  readonly book: Book;
  readonly inquiry: Pick<Inquiry, "ask">;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
  readonly logs: GroupLogs;
  /** Where to look groups up. */
  readonly lookups: () => NymAddress;
}

/** SURBs of a look-up: its answer is one packet. */
const SURBS = 2;
/** So often others may be quicker. */
const ATTEMPTS = 8;

/** The changes that the account in the book makes. */
export function createGroupChanges(components: GroupChangesComponents): GroupChanges {
  const { book, inquiry, askHome, sign, facts, logs, lookups } = components;

  async function signatureOf(group: GroupId, sequence: number, change: GroupChange): Promise<Uint8Array> {
    const { name: actor, key } = presentOf(book.get(IDENTITY));
    const { identity } = await facts.audience();
    const text = groupChangeText(identity, { group, sequence, actor, keyVersion: key.keyVersion, change });
    return signAsync(text, key.seed);
  }

  /** The group by its log, or, for whom it has nothing to do with, no more than its sequence. */
  async function present(
    group: GroupId,
  ): Promise<{ readonly state: GroupState | undefined; readonly sequence: number }> {
    try {
      const state = await logs.refresh(group);
      return { state, sequence: state.sequence };
    } catch (error) {
      if (!(error instanceof AccountError) || error.code !== "notFound") throw error;
      const found = await changes.lookup(group);
      if (found === undefined) throw error;
      return { state: undefined, sequence: found.sequence };
    }
  }

  /** Says before the directory does what makes no sense, by what we have read. */
  function judged(state: GroupState, change: GroupChange): void {
    const verdict = judge(change.verb, {
      actor: standingOf(state, presentOf(book.get(IDENTITY)).name),
      join: state.profile.join,
      ...("name" in change && { subject: standingOf(state, change.name) }),
      ...("role" in change && { role: change.role }),
    });
    if (verdict !== "allowed") throw new AccountError(verdict);
  }

  const changes: GroupChanges = {
    async found(profile) {
      const group = crypto.getRandomValues(new Uint8Array(GROUP_BYTES)) as Uint8Array as GroupId;
      const signature = await signatureOf(group, 1, { verb: "profile", profile });
      await askHome("groupCreate", { group, profile, signature }, { sign });
      await logs.refresh(group);
      return group;
    },

    async lookup(group) {
      const to = lookups();
      const { signature, ...statement } = await inquiry.ask({
        action: "group",
        body: { group },
        to,
        surbs: SURBS,
        fill: false,
      });
      const isOfNow = await facts.isHour(statement.hour, to);
      const { identity } = await facts.audience();
      const isSigned = await verifyEd25519(signature, groupStatementText(identity, statement), identity);
      if (!isOfNow || !sameKey(statement.group, group) || !isSigned) throw new AccountError("unverified");
      return statement.found;
    },

    async change(group, of) {
      for (let attempt = 1; ; attempt++) {
        const { state, sequence } = await present(group);
        const change = of(state);
        if (state !== undefined) judged(state, change);
        try {
          const next = sequence + 1;
          const signature = await signatureOf(group, next, change);
          await askHome("groupChange", { group, sequence: next, change, signature }, { sign });
          break;
        } catch (error) {
          if (!(error instanceof AccountError) || error.code !== "outdated" || attempt >= ATTEMPTS) throw error;
        }
      }
      // Who may not read the log any more, or not yet, has nothing of it.
      await logs.refresh(group).catch((error: unknown) => {
        if (!(error instanceof AccountError) || error.code !== "notFound") throw error;
      });
    },
  };
  return changes;
}
