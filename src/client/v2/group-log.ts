/**
 * Reads the log of a group, checks that each change was signed by who made it and was theirs to make, and keeps what the
 * group has become. What the directory says beyond that is believed only where a user who is gone has left a hole.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import { verifyEd25519 } from "../../protocol/v2/ed25519.js";
import { RULES } from "../../protocol/v2/group-rules.js";
import type { GroupEntry, GroupId, GroupLogItem, GroupMember } from "../../protocol/v2/groups.js";
import { isSameName } from "../../protocol/v2/names.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";
import { groupChangeText } from "../../protocol/v2/signed-texts.js";
import { sameKey } from "../keys.js";
import { createQueue } from "../queue.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { Contacts } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import { changed, type GroupState, restated } from "./group-state.js";
import { GROUPS, type KnownGroup } from "./group-tables.js";
import type { AskHome, Sign } from "./inquiry.js";
import { publicKeyOf } from "./seeds.js";
import { IDENTITY } from "./tables.js";

export interface GroupLogs {
  known(group: GroupId): KnownGroup | undefined;
  all(): readonly KnownGroup[];
  /**
   * What the group is now. Errors: `notFound` when we have nothing to do with it, and then it is forgotten; `unverified` when the
   * log is not what members can have made; `keyChanged` when somebody has changed it with a key that is not trusted yet.
   */
  refresh(group: GroupId): Promise<KnownGroup>;
  /** Takes everybody for a member whom the directory says is one now, as if the log vouched for them. Errors as of `refresh`. */
  vouch(group: GroupId): Promise<void>;
  /** The change of that sequence, its signature verified. */
  entry(group: GroupId, sequence: number): Promise<GroupEntry | undefined>;
}

export interface GroupLogsComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "known" | "lookup">;
  /** Somebody has changed a group with a key that is not trusted yet: nothing of it is read until it is. */
  readonly keyChanged: (contact: string) => void;
}

/** SURBs of a page, and its packets. */
const PAGE = { surbs: 4, packets: 3 } as const;

/** The logs of the account's groups. */
export function createGroupLogs(components: GroupLogsComponents): GroupLogs {
  const { book, askHome, sign, facts, contacts, keyChanged } = components;
  const inOrder = createQueue();

  async function read(group: GroupId): Promise<KnownGroup> {
    const before = book.get(GROUPS, bytesToHex(group));
    let state: GroupState | undefined = before;
    for (let more = true; more;) {
      const after: number = state?.sequence ?? 0;
      const page = await askLog(group, after);
      for (const item of page.log) {
        const next: GroupState | undefined = await follow(group, state, item);
        if (next === undefined) return save(group, restated(before, await restate(group), before === undefined));
        state = next;
      }
      ({ more } = page);
      if (more && page.log.length === 0) throw new AccountError("unverified");
    }
    if (state === undefined) throw new AccountError("unverified");
    return state === before ? before : save(group, state);
  }

  function askLog(group: GroupId, after: number) {
    return askHome("groupLog", { group, after, packets: PAGE.packets }, { sign, surbs: PAGE.surbs });
  }

  /** The state after an item of the log; `undefined` where it has a hole. */
  async function follow(
    group: GroupId,
    state: GroupState | undefined,
    { sequence, entry }: GroupLogItem,
  ): Promise<GroupState | undefined> {
    if (sequence !== (state?.sequence ?? 0) + 1 || entry === undefined) return undefined;
    await check(group, sequence, entry);
    const next = changed(state, entry);
    if (next === undefined) throw new AccountError("unverified");
    return next;
  }

  /** Is it signed by the key that it names, and can that have been the actor's? */
  async function check(group: GroupId, sequence: number, entry: GroupEntry): Promise<void> {
    const { actor, keyVersion, key, change, signature } = entry;
    const { identity } = await facts.audience();
    const text = groupChangeText(identity, { group, sequence, actor, keyVersion, change });
    if (!(await verifyEd25519(signature, text, key))) throw new AccountError("unverified");
    // Whom it concerns besides its actor depends on who that is; of the others the key is asked for when they are written to.
    const own = await ownKey(actor, keyVersion);
    if (own !== undefined && !sameKey(own, key)) throw new AccountError("unverified");
    if (own !== undefined) return;
    const concerns = RULES[change.verb].subject !== undefined || change.verb === "profile";
    if (concerns && contacts.known(actor) === undefined) await contacts.lookup(actor);
    const contact = contacts.known(actor);
    if (contact?.keyVersion === keyVersion && !sameKey(contact.key, key)) throw new AccountError("unverified");
    // A key of before is the directory's word, as all that was before we first saw somebody.
    if (!concerns || contact === undefined || contact.keyVersion >= keyVersion) return;
    keyChanged(actor);
    throw new AccountError("keyChanged");
  }

  /** Our own key of that version, if it is we and the key is not forgotten yet. */
  async function ownKey(actor: string, version: number): Promise<Ed25519Key | undefined> {
    const { name = "", keys = [] } = book.get(IDENTITY) ?? {};
    const key = isSameName(name, actor) ? keys.find(({ keyVersion }) => keyVersion === version) : undefined;
    return key && publicKeyOf(key.seed);
  }

  async function restate(group: GroupId) {
    const members: GroupMember[] = [];
    for (;;) {
      const after = members.at(-1)?.cursor ?? 0;
      const page = await askHome("groupMembers", { group, after, packets: PAGE.packets }, { sign, surbs: PAGE.surbs });
      members.push(...page.members);
      const { sequence, profile } = page;
      if (!page.more || page.members.length === 0) return { sequence, profile, members };
    }
  }

  async function save(group: GroupId, state: GroupState): Promise<KnownGroup> {
    const known = { ...state, group };
    await book.change((page) => page.put(GROUPS, bytesToHex(group), known));
    return known;
  }

  async function refresh(group: GroupId): Promise<KnownGroup> {
    try {
      return await read(group);
    } catch (error) {
      if (error instanceof AccountError && error.code === "notFound")
        await book.change((page) => page.erase(GROUPS, bytesToHex(group)));
      throw error;
    }
  }

  return {
    known: (group) => book.get(GROUPS, bytesToHex(group)),
    all: () => book.entries(GROUPS).map(([, known]) => known),
    refresh: (group) => inOrder(() => refresh(group)),
    vouch: (group) =>
      inOrder(async () => {
        const state = await refresh(group);
        const people = state.people.map((person) => ({ ...person, vouched: true }));
        await save(group, { ...state, people, profileVouched: true });
      }),
    async entry(group, sequence) {
      const { log } = await askLog(group, sequence - 1);
      const entry = log.find((item) => item.sequence === sequence)?.entry;
      if (entry !== undefined) await check(group, sequence, entry);
      return entry;
    },
  };
}
