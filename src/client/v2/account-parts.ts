/** The parts of an account, joined: what each promises stands in its own file. */
import { addressFromBytes, addressToBytes, type NymAddress } from "../../protocol/nym-client/address.js";
import type { GroupId } from "../../protocol/v2/groups.js";
import { sameKey } from "../keys.js";
import type { Transport } from "../transport.js";
import { AccountError } from "./account-error.js";
import type { AccountEvent } from "./account-event.js";
import type { AccountSettings } from "./account-options.js";
import { choosePlaces, moveHome, type Places } from "./addresses.js";
import { type Arrivals, createArrivals } from "./arrivals.js";
import type { Book } from "./book.js";
import { type ContactKeys, createContactKeys } from "./contact-keys.js";
import { type Contacts, createContacts } from "./contacts.js";
import { createDirectPost } from "./direct-post.js";
import { createDirectoryFacts, type DirectoryFacts, poolOf } from "./directory-facts.js";
import { type AskHome, Inquiry, type Sign } from "./inquiry.js";
import { createGroupChanges } from "./group-changes.js";
import { createGroupKeys } from "./group-keys.js";
import { createGroupPost } from "./group-post.js";
import { createGroupLogs } from "./group-log.js";
import { createGroups, type Groups } from "./groups.js";
import { createHistory, type History } from "./history.js";
import { createKeyChanges, type KeyChanges } from "./key-change.js";
import { createMembership, type Membership } from "./membership.js";
import { createNewsDesk, type NewsDesk } from "./news.js";
import { createOutbox, type Outbox } from "./outbox.js";
import { createPeople, type People } from "./people.js";
import { createPrekeys, type Prekeys } from "./prekeys.js";
import { createPresence, type Presence } from "./presence.js";
import { readItem } from "./reading.js";
import { signAsAccount } from "./signing.js";
import { DIRECTORY, type KnownDirectory, WAYS } from "./tables.js";
import { createWorker, type Worker } from "./worker.js";

/** What the parts stand on. */
export interface AccountParts {
  readonly inquiry: Inquiry;
  readonly facts: DirectoryFacts;
  readonly contacts: Contacts;
  readonly contactKeys: ContactKeys;
  readonly people: People;
  readonly groups: Groups;
  readonly prekeys: Prekeys;
  readonly history: History;
  readonly membership: Membership;
  readonly keyChanges: KeyChanges;
  readonly arrivals: Arrivals;
  readonly outbox: Outbox;
  readonly presence: Presence;
  readonly desk: NewsDesk;
  readonly askHome: AskHome;
  readonly sign: Sign;
  /** Looks after the account again when the time has come. */
  readonly later: () => void;
  readonly workers: Readonly<Record<"acknowledger" | "fetcher" | "keeper" | "reader" | "witness", Worker>>;
  readonly places: () => Places;
}

export interface AccountPartsComponents {
  readonly book: Book;
  readonly transport: Transport;
  readonly closing: AbortSignal;
  /** 0 to 1. */
  readonly random: () => number;
  readonly observe: (event: AccountEvent) => void;
}

/** The parts of the account in the book. Throws `foreignDirectory` when the book is of another directory than the settings. */
export function joinParts(
  { book, transport, closing, random, observe }: AccountPartsComponents,
  settings: AccountSettings,
): AccountParts {
  const known = book.get(DIRECTORY);
  if (known !== undefined && settings.identity !== undefined && !sameKey(known.identity, settings.identity))
    throw new AccountError("foreignDirectory");
  let places = choosePlaces(poolFor(known, settings), placesIn(book), random);
  const home = (): NymAddress => places.home;
  const lookups = (): NymAddress => places.lookups;

  async function go(to: Places): Promise<void> {
    const moved = to.home !== places.home;
    places = to;
    await book.change((page) =>
      page.put(WAYS, "", {
        home: addressToBytes(to.home),
        lookups: addressToBytes(to.lookups),
        knownAt: to.knownAt.map(addressToBytes),
      }),
    );
    if (moved) presence.forget();
  }

  async function directoryChanged(now: KnownDirectory, before: KnownDirectory | undefined): Promise<void> {
    await go(choosePlaces(poolFor(now, settings), places, random));
    if (before === undefined || before.epoch === now.epoch) return;
    // It was restored: it may have lost what it had stored, and our sequences are others now.
    presence.forget();
    for (const worker of [workers.keeper, workers.fetcher]) worker.wake();
  }

  const inquiry = new Inquiry(
    {
      transport,
      closing,
      random,
      refresh: () => facts.refresh(home()),
      requestSent: (request) => observe({ type: "sent", ...request }),
    },
    settings.patience,
  );
  const facts = createDirectoryFacts(
    { book, inquiry, clock: Date.now, home, changed: directoryChanged },
    settings.identity,
  );
  const askHome: AskHome = (action, body, more = {}) =>
    inquiry.ask({ surbs: SURBS, ...more, action, body, to: home(), fill: true });
  const trusted = (): void => workers.witness.wake();
  const contacts = createContacts({ book, inquiry, facts, lookups, trusted }, settings.contactFreshness);
  const contactKeys = createContactKeys({ book, inquiry, facts, contacts, lookups });
  const keyChanges = createKeyChanges({ book, askHome, facts, contacts, home });
  const sign = signAsAccount(book, facts, () => keyChanges.settled());
  const membership = createMembership({ book, askHome, facts, contacts, home, sign });
  const people = createPeople({ book, askHome, sign, facts, contacts });
  const keyChanged = (contact: string): void => observe({ type: "keyChanged", contact });
  const logs = createGroupLogs({ book, askHome, sign, facts, contacts, keyChanged });
  const prekeys = createPrekeys({ book, askHome, sign, facts, contacts });
  const history = createHistory({ book, askHome, sign, facts });
  const arrived = (): void => workers.reader.wake();
  const arrivals = createArrivals(
    {
      book,
      askHome,
      sign,
      now: () => facts.now(),
      surbsLeft: () => inquiry.surbsAt(home()),
      acknowledger: () => workers.acknowledger,
      fetcher: () => workers.fetcher,
      arrived,
      observe,
    },
    settings,
  );
  const working = { pause: settings.pause, random, closing };
  const keys = createGroupKeys({ book, askHome, sign, facts, contacts, keyChanged });
  const groupPost = createGroupPost({ book, askHome, sign, facts, logs, keys });
  const handAgain = async (group: GroupId): Promise<void> => {
    const known = logs.known(group);
    if (known !== undefined) await keys.handAgain(known);
  };
  const directPost = createDirectPost({ book, askHome, sign, facts, contacts });
  const outbox = createOutbox(
    { book, askHome, sign, facts, directPost, groupPost, owed: () => keys.owed(), handAgain, arrived, observe },
    working,
  );
  const changes = createGroupChanges({ book, inquiry, askHome, sign, facts, logs, lookups });
  const groups = createGroups({ book, logs, changes, outbox, askHome, sign });
  const presence = createPresence({
    book,
    askHome,
    sign,
    facts,
    membership,
    arrivals,
    outbox,
    clock: Date.now,
    lookups,
    async move() {
      const next = moveHome(poolFor(book.get(DIRECTORY), settings), places, random);
      if (next !== undefined) await go(next);
    },
    observe,
  });
  const reading = { book, facts, contacts, logs, keys, owed: (group: GroupId) => outbox.wakeGroup(group) };
  const desk = createNewsDesk({ book, observe, read: (item) => readItem(reading, item) });

  const later = (): void => {
    if (settings.interval > 0) workers.keeper.wake(settings.interval);
  };
  const worker = (work: () => Promise<void>, failed: (error: AccountError) => void): Worker =>
    createWorker(work, { ...working, failed });
  const lost = (): void => workers.keeper.wake();
  const workers = {
    acknowledger: worker(() => arrivals.acknowledge(), lost),
    fetcher: worker(() => arrivals.fetch(), lost),
    keeper: worker(
      async () => {
        await presence.appear();
        for (const worker of [workers.witness, workers.reader]) worker.wake();
        later();
      },
      ({ code }) => {
        observe({ type: "loggedOut", code });
        later();
      },
    ),
    reader: worker(
      () => desk.check(),
      () => undefined,
    ),
    witness: worker(
      () => contactKeys.see(),
      () => undefined,
    ),
  };
  return {
    inquiry,
    facts,
    contacts,
    contactKeys,
    people,
    groups,
    prekeys,
    history,
    membership,
    keyChanges,
    arrivals,
    outbox,
    presence,
    desk,
    askHome,
    sign,
    later,
    workers,
    places: () => places,
  };
}

/** One for the answer, and one that the directory's Nym client keeps in reserve. */
const SURBS = 2;

/** What the directory has said, unless we were told since then of none of these. */
function poolFor(known: KnownDirectory | undefined, { addresses }: AccountSettings): readonly NymAddress[] {
  const pool = known === undefined ? [] : poolOf(known);
  return addresses.some((address) => pool.includes(address)) ? pool : addresses;
}

function placesIn(book: Book): Places | undefined {
  const ways = book.get(WAYS);
  if (ways === undefined) return undefined;
  const { home, lookups, knownAt } = ways;
  return {
    home: addressFromBytes(home),
    lookups: addressFromBytes(lookups),
    knownAt: knownAt.map(addressFromBytes),
  };
}
