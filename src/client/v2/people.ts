/**
 * The account's people, as the directory keeps them: who asks whom, who is a contact, who is blocked, and who may write.
 * What each step does is in `docs/protocol.md`, section 17. What others do comes as news.
 */
import type { ContactEntry, ContactVerb, Policy, Relation, ToldVerb } from "../../protocol/v2/contacts.js";
import { BODY_BYTES } from "../../protocol/v2/end-to-end.js";
import type { UserName } from "../../protocol/v2/names.js";
import type { RequestId } from "../../protocol/v2/terms.js";
import { HOUR_MS } from "../../util/time.js";
import { AccountError } from "./account-error.js";
import type { Book } from "./book.js";
import type { Contacts } from "./contacts.js";
import type { DirectoryFacts } from "./directory-facts.js";
import { type AskHome, newRequestId, type Sign } from "./inquiry.js";
import { nameOf } from "./names.js";
import { sealFor } from "./sealing.js";

/**
 * What an account can do about other users. A name is good in any case of its letters. All reject with an `AccountError`:
 * `nameInvalid`, `notFound`, and `notApplicable` when there is nothing that it could be done to, or it is so already.
 */
export interface People {
  /**
   * Asks somebody to be a contact, or accepts who has asked. `note`: a text for them, encrypted, of up to `NOTE_BYTES`
   * bytes. Nobody tells whether they want to hear of it. Errors: `tooLarge`, `recipientV1`, `keyChanged`, `limited`.
   */
  request(name: string, note?: string): Promise<void>;
  /** Accepts who has asked. `note` and errors as of `request`. */
  accept(name: string, note?: string): Promise<void>;
  /** Turns down who has asked: they are not told. */
  reject(name: string): Promise<void>;
  /** Takes back that we have asked. */
  cancel(name: string): Promise<void>;
  /** Does not hear from somebody any more, who is not told. */
  block(name: string): Promise<void>;
  unblock(name: string): Promise<void>;
  /** Is no contact of somebody any more, nor they of ours. */
  remove(name: string): Promise<void>;
  /** Everybody with whom there is something, and who may write to us. */
  list(): Promise<PeopleList>;
  /** Who may write to us from now on. Who may not is not told: to them we are away. */
  policy(policy: Policy): Promise<void>;
}

export interface PeopleList {
  readonly policy: Policy;
  readonly people: readonly Person[];
}

/** Somebody in our list. */
export interface Person {
  /** As registered. */
  readonly name: string;
  /** `requested`: we have asked. `received`: they have. */
  readonly relation: Relation;
  readonly blocked: boolean;
  /** Since when it is so, to the hour: milliseconds since 1970. */
  readonly since: number;
  /** Is their key another one than the one that we trust for them? */
  readonly keyChanged: boolean;
}

export interface PeopleComponents {
  readonly book: Book;
  readonly askHome: AskHome;
  readonly sign: Sign;
  readonly facts: DirectoryFacts;
  readonly contacts: Pick<Contacts, "current" | "known">;
}

/** The UTF-8 bytes of a note's text, at most. */
export const NOTE_BYTES = 256 - BODY_BYTES;
/** SURBs of a page of the list, and packets: with three the request takes one packet, and some forty people the reply. */
const PAGE_SURBS = 3;
const PAGE_PACKETS = 2;

/** The people of the account in the book. */
export function createPeople(components: PeopleComponents): People {
  const { askHome, sign, facts, contacts } = components;

  async function tell(verb: ToldVerb, to: string, note = ""): Promise<void> {
    const name = nameOf(to);
    const id = newRequestId();
    const body = { verb, name, ...(note !== "" && { note: await seal(note, name, id) }) };
    await askHome("contact", body, { id, sign });
  }

  async function seal(note: string, recipient: UserName, id: RequestId): Promise<Uint8Array> {
    if (new TextEncoder().encode(note).length > NOTE_BYTES) throw new AccountError("tooLarge");
    return sealFor(components, recipient, id, { kind: "note", time: facts.now(), text: note });
  }

  const silently =
    (verb: Exclude<ContactVerb, ToldVerb>) =>
    async (name: string): Promise<void> => {
      await askHome("contact", { verb, name: nameOf(name) }, { sign });
    };

  function personOf({ name, relation, blocked, hour, keyVersion }: ContactEntry): Person {
    const known = contacts.known(name);
    const keyChanged = known !== undefined && known.keyVersion !== keyVersion;
    return { name, relation, blocked, since: hour * HOUR_MS, keyChanged };
  }

  return {
    request: (name, note) => tell("request", name, note),
    accept: (name, note) => tell("accept", name, note),
    reject: silently("reject"),
    cancel: silently("cancel"),
    block: silently("block"),
    unblock: silently("unblock"),
    remove: silently("remove"),
    async list() {
      const people: Person[] = [];
      for (let after = 0; ;) {
        const page = await askHome("contacts", { after, packets: PAGE_PACKETS }, { sign, surbs: PAGE_SURBS });
        people.push(...page.entries.map(personOf));
        const last = page.entries.at(-1)?.cursor;
        if (!page.more || last === undefined) return { policy: page.policy, people };
        after = last;
      }
    },
    async policy(policy) {
      await askHome("policy", { policy }, { sign });
    },
  };
}
