import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change } from "../../src/store/changes.js";
import type { Contact } from "../../src/store/contacts.js";
import { consentOf, contactOf, contactsOf, contactSumsOf, policyOf } from "../../src/store/contacts.js";
import type { RowKey } from "../../src/store/rows.js";
import { prekeysOf, takenPrekeyOf } from "../../src/store/prekeys.js";
import {
  deliveriesOf,
  heldName,
  keyHadBy,
  keyLogOf,
  keysOf,
  mailboxOf,
  outcomeOf,
  recoveryRightOf,
  replayOf,
  routeOf,
  routeOwner,
  userById,
  userByName,
} from "../../src/store/rows.js";
import { nameCounts, nameHold, registrationsStopped, userDates } from "../../src/store/operators.js";
import type { Store } from "../../src/store/store.js";
import { hourAfter } from "../../src/util/time.js";
import {
  acknowledge,
  at,
  changeKey,
  CLIENT,
  digest,
  endRoute,
  eraseDeliveries,
  freeName,
  hour,
  id,
  importUser,
  insertUser,
  moveRoute,
  oneTimePrekeys,
  notify,
  outcomeId,
  publishPrekeys,
  refreshRoute,
  refused,
  releaseUser,
  reserveName,
  rememberOutcome,
  rememberReplay,
  sendMessage,
  setRegistrations,
  signedPrekey,
  setContact,
  setPolicy,
  storeMessage,
  tag,
  takePrekey,
} from "../support/changes.js";
import { openMemoryStore } from "../support/memory-store.js";
import { openStore } from "../support/sqlite-store.js";

const NAMES = ["ann", "Ann", "bob", "BOB", "cat", "dan", "eve"];
const USERS = 6;
const TAGS = 5;
const DIGESTS = 8;
const VERSIONS = 4;
const QUOTA = { messages: 40, bytes: 3_000 };

const user = fc.integer({ min: 1, max: USERS });
const tagSeed = fc.integer({ min: 1, max: TAGS });
const keyVersion = fc.constantFrom(1, 1, 1, 2);
const expiry = fc.integer({ min: 0, max: 12 });
const outcomeSeed = fc.integer({ min: 1, max: DIGESTS });
const recoveryKey = fc.option(
  fc.integer({ min: 1, max: 9 }).map((seed) => Buffer.alloc(44, seed)),
  { nil: undefined },
);
const sequence = fc.integer({ min: 1, max: 30 });

const insert = fc
  .record({ name: fc.constantFrom(...NAMES), tagSeed, recoveryKey })
  .map(({ name, tagSeed, recoveryKey }) => ({ ...insertUser(name, tagSeed), ...(recoveryKey && { recoveryKey }) }));
const rotate = fc
  .record({ user, keyVersion, recoveryKey, at: expiry, by: fc.constantFrom("rotation" as const, "recovery" as const) })
  .map(({ user, keyVersion, recoveryKey, at, by }) =>
    changeKey(user, keyVersion, { by, at: hour(at), ...(recoveryKey && { recoveryKey }) }),
  );
const acknowledgement = fc
  .tuple(user, fc.array(fc.tuple(sequence, sequence), { maxLength: 3 }), keyVersion)
  .map(([u, ranges, v]) => acknowledge(u, ranges, v));
const plainMessage = fc
  .tuple(user, fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 9 }), expiry)
  .map(([u, payload, origin, e]) => storeMessage(u, payload, origin, hour(e)));
const byContacts = <Message extends object>(messages: fc.Arbitrary<Message>) =>
  fc.tuple(messages, fc.boolean()).map(([message, contact]) => ({ ...message, ...(contact && { contact }) }));

const prekeyIds = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 });
const publication = fc
  .record({
    user,
    keyVersion,
    ids: prekeyIds,
    signed: fc.nat(2),
    lastResort: fc.nat(2),
    replace: fc.boolean(),
    at: expiry,
  })
  .map(({ user, keyVersion, ids, signed, lastResort, replace, at }) =>
    publishPrekeys(
      user,
      {
        oneTime: oneTimePrekeys(...ids),
        ...(signed > 0 && { signed: signedPrekey("signed", signed) }),
        ...(lastResort > 0 && { lastResort: signedPrekey("last resort", lastResort) }),
        replace,
        most: 5,
        hour: hour(at),
      },
      keyVersion,
    ),
  );
const taking = fc
  .record({ user, keyVersion, id: fc.integer({ min: 1, max: 6 }), outcomeSeed, expires: expiry, at: fc.nat(2) })
  .chain((take) => fc.record({ take: fc.constant(take), stranger: fc.boolean(), low: fc.nat(3) }))
  .map(({ take: { user, keyVersion, id, outcomeSeed, expires, at }, stranger, low }) =>
    takePrekey(user, id, outcomeSeed, {
      keyVersion,
      outcome: { id: outcomeId(outcomeSeed), expires: hour(expires) },
      hour: hour(at),
      stranger,
      most: { all: 3, strangers: 2 },
      low,
    }),
  );

const relation = fc.constantFrom("none", "none", "none", "requested", "received", "contact");
const contact = fc.record({ relation, blocked: fc.constantFrom(false, false, true) }) as fc.Arbitrary<Contact>;
const policy = fc.constantFrom("everyone" as const, "contacts" as const, "nobody" as const);
const contactChange = fc
  .record({ user, other: user, before: contact, after: contact, hour: expiry, expires: expiry })
  .map(({ user, other, after, hour: at, expires, before }) =>
    setContact(user, other, after, { before, hour: hour(at), expires: hour(expires), bounds: { all: 3, received: 1 } }),
  );

const sentMessage = (receiptTo: fc.Arbitrary<number>) =>
  fc
    .record({ user, outcomeSeed, origin: fc.nat(9), receiptTo, expires: expiry, outcomeExpires: expiry })
    .map(({ user, outcomeSeed, origin, receiptTo, expires, outcomeExpires }) =>
      sendMessage(user, outcomeSeed, {
        origin,
        receiptTo,
        expires: hour(expires),
        outcomeExpires: hour(outcomeExpires),
      }),
    );

/** `receiptTo`: who gets the receipts; 0 where nobody does. */
const changeWith = (receiptTo: fc.Arbitrary<number>): fc.Arbitrary<Change> =>
  fc.oneof(
    insert,
    fc.constantFrom(...NAMES).map(importUser),
    fc.constantFrom(...NAMES).map(reserveName),
    fc.constantFrom(...NAMES).map(freeName),
    { weight: 3, arbitrary: fc.constant(setRegistrations(false)) },
    fc.constant(setRegistrations(true)),
    fc.tuple(user, tagSeed, keyVersion, expiry).map(([u, t, v, e]) => moveRoute(u, t, v, hour(e))),
    fc.tuple(user, tagSeed, keyVersion, expiry).map(([u, t, v, e]) => refreshRoute(u, t, v, hour(e))),
    fc.tuple(user, keyVersion).map(([u, v]) => endRoute(u, v)),
    fc.tuple(fc.integer({ min: 1, max: DIGESTS }), expiry).map(([seed, e]) => rememberReplay(seed, hour(e))),
    fc.tuple(outcomeSeed, fc.nat(120), expiry).map(([seed, code, e]) => rememberOutcome(seed, code, hour(e))),
    rotate,
    fc
      .tuple(user, fc.constantFrom(...NAMES), keyVersion, expiry)
      .map(([u, name, v, e]) => releaseUser(u, name, v, hour(e))),
    { weight: 3, arbitrary: byContacts(plainMessage) },
    { weight: 3, arbitrary: byContacts(sentMessage(receiptTo)) },
    { weight: 3, arbitrary: byContacts(fc.oneof(plainMessage, sentMessage(receiptTo))).map(refused) },
    fc
      .tuple(user, fc.array(sequence, { maxLength: 4 }), fc.constantFrom("delivered" as const, "handedOver" as const))
      .map(([u, sequences, as]) => ({ ...eraseDeliveries(u, ...sequences), as })),
    acknowledgement,
    { weight: 2, arbitrary: publication },
    { weight: 2, arbitrary: taking },
    { weight: 4, arbitrary: contactChange },
    fc.tuple(user, policy, keyVersion).map(([u, p, v]) => setPolicy(u, p, v)),
    fc
      .record({ user, wanted: fc.boolean(), origin: fc.nat(9) })
      .map(({ user, ...options }) => notify(user, "notice", options)),
  );

type Step =
  | { readonly do: "commit"; readonly decisions: readonly (readonly Change[])[] }
  | { readonly do: "wait"; readonly hours: number }
  | { readonly do: "sweep" };

const stepsWith = (receiptTo: fc.Arbitrary<number>): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant("commit" as const),
          decisions: fc.array(fc.array(changeWith(receiptTo), { maxLength: 4 }), { minLength: 1, maxLength: 12 }),
        }),
      },
      fc.record({ do: fc.constant("wait" as const), hours: fc.double({ min: 0, max: 4, noNaN: true }) }),
      fc.record({ do: fc.constant("sweep" as const) }),
    ),
    { minLength: 5, maxLength: 60 },
  );

const upTo = <T>(count: number, keyOf: (number: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => keyOf(index + 1));

const KEYS: readonly RowKey[] = [
  ...NAMES.flatMap((name) => [userByName(name), heldName(name), nameHold(name)]),
  registrationsStopped(),
  nameCounts(),
  ...upTo(USERS + 1, (number) => userById(id(number))),
  ...upTo(TAGS, (seed) => routeOwner(CLIENT, tag(seed))),
  ...upTo(DIGESTS, (seed) => replayOf(digest(seed))),
  ...upTo(DIGESTS, (seed) => outcomeOf(outcomeId(seed))),
  ...upTo(USERS, (number) => mailboxOf(id(number))),
  ...upTo(USERS, (number) => [routeOf(id(number)), userDates(id(number))]).flat(),
  ...upTo(USERS, (number) => [prekeysOf(id(number), 9), prekeysOf(id(number), 1)]).flat(),
  ...upTo(DIGESTS, (seed) => takenPrekeyOf(outcomeId(seed))),
  ...upTo(USERS, (number) => [contactSumsOf(id(number)), policyOf(id(number)), contactsOf(id(number), 1, 2)]).flat(),
  ...upTo(USERS, (number) => upTo(USERS, (other) => contactOf(id(number), id(other)))).flat(),
  ...upTo(USERS, (number) => upTo(USERS, (other) => consentOf(id(number), id(other)))).flat(),
  ...upTo(USERS, (number) => deliveriesOf(id(number), number, 3)),
  ...upTo(USERS, (number) => upTo(VERSIONS, (version) => keyLogOf(id(number), version))).flat(),
  ...upTo(USERS, (number) => [1, 2, 3].map((of) => keyHadBy(id(number), Buffer.from(`key ${of} of ${number}`)))).flat(),
  ...upTo(USERS, (number) => [keysOf(id(number), 1, 9), keysOf(id(number), 2, 1)]).flat(),
  ...upTo(USERS, (number) => [0, 4, 8, 12].map((before) => recoveryRightOf(id(number), hour(before)))).flat(),
];

async function everythingSeenIn(store: Store): Promise<unknown> {
  const mailboxes = Array.from({ length: USERS }, (_, index) => store.deliveries(id(index + 1), 0, 1_000));
  const waiting = (await Promise.all(mailboxes)).flat();
  return {
    rows: await store.load(KEYS),
    counts: await store.counts(),
    waiting: waiting.map(({ recipient, sequence, payload }) => [recipient, sequence, Buffer.from(payload)]),
  };
}

// How a sweep is cut into steps tells in which order mailboxes get receipts; so those are tried in one step, where that
// order is the recipients'.
test.each([
  { title: "", sweepStep: 3, receiptTo: fc.constant(0) },
  { title: ", with receipts", sweepStep: 10_000, receiptTo: fc.integer({ min: 0, max: USERS }) },
])(
  "SQLite answers every sequence of commits, waits and sweeps as the model does$title",
  async ({ sweepStep, receiptTo }) => {
    await fc.assert(
      fc.asyncProperty(stepsWith(receiptTo), async (steps) => {
        const clock = { now: at(0) };
        const options = { quota: QUOTA, now: () => clock.now };
        const model = openMemoryStore(options);
        const { store, faults } = await openStore({ ...options, sweepStep });
        for (const next of steps) {
          if (next.do === "wait") clock.now += next.hours * 3_600_000;
          if (next.do === "sweep") {
            const now = hourAfter(clock.now);
            expect(await store.sweep(now)).toEqual(await model.sweep(now));
          }
          if (next.do === "commit") {
            expect(await store.commit(next.decisions)).toEqual(await model.commit(next.decisions));
          }
          expect(await everythingSeenIn(store)).toEqual(await everythingSeenIn(model));
        }
        expect(faults).toEqual([]);
        await store[Symbol.asyncDispose]();
      }),
      { numRuns: 40 },
    );
  },
  120_000,
);
