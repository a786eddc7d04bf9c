/**
 * The keys with which messages to groups are encrypted. Each sender has one of their own for a group, and another one once somebody
 * has left it; they hand it to the members for whom the group's log vouches, and anew to who needs it again.
 */
import { bytesToHex } from "@noble/curves/utils.js";
import type { GroupKey, GroupKeyId } from "../../protocol/v2/end-to-end.js";
import { groupKeyId, newGroupKey } from "../../protocol/v2/group-messages.js";
import { isRole } from "../../protocol/v2/group-rules.js";
import type { GroupId } from "../../protocol/v2/groups.js";
import { isSameName, type UserName, userName } from "../../protocol/v2/names.js";
import { sameKey } from "../keys.js";
import { AccountError, type AccountErrorCode } from "./account-error.js";
import { type Book, eraseOldest, type Page } from "./book.js";
import type { Contacts } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import {
  groupOfShare,
  type KnownGroup,
  OWN_GROUP_KEYS,
  type OwnGroupKey,
  SENDER_KEYS,
  type SenderKey,
  shareKey,
  SHARES,
} from "./group-tables.js";
import { type AskHome, newRequestId, type Sign } from "./inquiry.js";
import { groupOf } from "./names.js";
import { sealFor } from "./sealing.js";
import { presentOf } from "./signing.js";
import { IDENTITY } from "./tables.js";

export interface GroupKeys {
  /** Our key for the group as it is, which every member has who can be handed it. */
  handed(group: KnownGroup): Promise<OwnGroupKey>;
  /** Hands our keys to those members who need them again. */
  handAgain(group: KnownGroup): Promise<void>;
  /** Groups in which somebody needs a key of ours again, perhaps since an earlier process. */
  owed(): readonly GroupId[];
  /** A member needs a key of ours again. Returns whether there is anything to be handed. */
  wanted(group: GroupId, id: GroupKeyId, member: string): Promise<boolean>;
  /** Asks a sender for a key of theirs. Rejects with an `AccountError`, `notFound` when they are no member. */
  ask(group: GroupId, id: GroupKeyId, sender: string): Promise<void>;
  /** A sender has handed us a key of theirs. */
  learn(group: GroupId, sender: string, key: GroupKey): Promise<void>;
  known(group: GroupId, id: GroupKeyId): SenderKey | undefined;
}

export interface GroupKeysComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "current" | "known">;
  /** Somebody cannot be handed a key until their new key is trusted. */
  readonly keyChanged: (contact: string) => void;
}

/** Our keys that are kept for a group, for who needs one again. */
const OWN_KEYS = 4;
/** Keys of others that are kept, of all groups. */
const SENDERS_KEYS = 10_000;
/** So many members are handed a key at once. */
const LANES = 8;
/** A member goes without for the time being: the others are not to wait. */
const WITHOUT: ReadonlySet<AccountErrorCode> = new Set([
  "keyChanged",
  "mailboxFull",
  "notFound",
  "notPermitted",
  "recipientV1",
  "nameInvalid",
  "tooLarge",
  "unverified",
]);

/** The keys of the account in the book. */
export function createGroupKeys(components: GroupKeysComponents): GroupKeys {
  const { book, askHome, sign, facts, contacts, keyChanged } = components;

  const own = (group: GroupId): readonly OwnGroupKey[] => book.get(OWN_GROUP_KEYS, bytesToHex(group)) ?? [];
  const senderKey = (group: GroupId, id: GroupKeyId): string => `${bytesToHex(group)}.${bytesToHex(id)}`;

  /** The present key, if nobody has left since it was made. */
  async function present({ group, departed, sequence }: KnownGroup): Promise<OwnGroupKey> {
    const before = own(group);
    const last = before.at(-1);
    if (last !== undefined && last.since >= departed) return last;
    const { identity: directory } = await facts.audience();
    const key = newGroupKey();
    const { name: sender } = presentOf(book.get(IDENTITY));
    const made = { id: await groupKeyId({ directory, group, sender }, key), key, since: sequence };
    const kept = [...before, made].slice(-OWN_KEYS);
    await book.change((page) => {
      page.put(OWN_GROUP_KEYS, bytesToHex(group), kept);
      for (const gone of before) if (!kept.includes(gone)) forgetShares(page, group, gone.id);
    });
    return made;
  }

  function forgetShares(page: Page, group: GroupId, id: GroupKeyId): void {
    const beginning = shareKey(group, id, "");
    for (const [name] of book.entries(SHARES)) if (name.startsWith(beginning)) page.erase(SHARES, name);
  }

  /** Members for whom the log vouches, without us. */
  function others({ people }: KnownGroup): readonly UserName[] {
    const { name: self } = presentOf(book.get(IDENTITY));
    return people.flatMap(({ name, standing, vouched }) => {
      const member = userName(name);
      return member !== undefined && vouched && isRole(standing) && !isSameName(name, self) ? [member] : [];
    });
  }

  /** Hands a key to these members, whoever can be handed it. */
  async function hand(group: GroupId, { id, key }: OwnGroupKey, members: readonly UserName[]): Promise<void> {
    const left = [...members];
    const lane = async (): Promise<void> => {
      for (let member = left.shift(); member !== undefined; member = left.shift()) {
        try {
          const share = shareKey(group, id, member);
          const before = book.get(SHARES, share);
          await tell(group, member, { kind: "groupKey", key });
          const keyVersion = contacts.known(member)?.keyVersion ?? 0;
          await book.change((page) => {
            // Who has said meanwhile that they need it again may not have been able to read this.
            if (book.get(SHARES, share) === before) page.put(SHARES, share, keyVersion);
          });
        } catch (error) {
          if (!(error instanceof AccountError) || !WITHOUT.has(error.code)) throw error;
          if (error.code === "keyChanged") keyChanged(member);
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  /** Groups, in hexadecimal digits, in which somebody needs a key of ours again. */
  function owing(): ReadonlySet<string> {
    return new Set(book.entries(SHARES).flatMap(([name, version]) => (version === 0 ? groupOfShare(name) : [])));
  }

  /** Says something about keys to one member. */
  async function tell(
    group: GroupId,
    to: UserName,
    about:
      | { readonly kind: "groupKey"; readonly key: GroupKey }
      | { readonly kind: "groupKeyWanted"; readonly key: GroupKeyId },
  ): Promise<void> {
    const id = newRequestId();
    const body = await sealFor(components, to, id, { ...about, time: facts.now(), group });
    await askHome("groupSend", { group, to, body }, { id, sign });
  }

  return {
    async handed(state) {
      const { group } = state;
      const key = await present(state);
      const lacking = others(state).filter((member) => {
        const share = book.get(SHARES, shareKey(group, key.id, member));
        return share === undefined || share !== contacts.known(member)?.keyVersion;
      });
      await hand(group, key, lacking);
      return key;
    },
    async handAgain(state) {
      const { group } = state;
      if (!owing().has(bytesToHex(group))) return;
      for (const key of own(group))
        await hand(
          group,
          key,
          others(state).filter((member) => book.get(SHARES, shareKey(group, key.id, member)) === 0),
        );
    },
    owed: () => [...owing()].map(groupOf),
    async wanted(group, id, member) {
      const keys = own(group);
      const at = keys.findIndex((each) => sameKey(each.id, id));
      const name = shareKey(group, id, member);
      // Who was never handed a key that is not the present one was no member then.
      if (at < 0 || (at < keys.length - 1 && book.get(SHARES, name) === undefined)) return false;
      await book.change((page) => page.put(SHARES, name, 0));
      return true;
    },
    async ask(group, key, sender) {
      const to = userName(sender);
      if (to === undefined) throw new AccountError("notFound");
      await tell(group, to, { kind: "groupKeyWanted", key });
    },
    async learn(group, sender, key) {
      const { identity: directory } = await facts.audience();
      const id = await groupKeyId({ directory, group, sender }, key);
      await book.change((page) => {
        page.put(SENDER_KEYS, senderKey(group, id), { sender, key, at: facts.now() });
        eraseOldest(book, page, SENDER_KEYS, { most: SENDERS_KEYS, time: ({ at }) => at });
      });
    },
    known: (group, id) => book.get(SENDER_KEYS, senderKey(group, id)),
  };
}
