import fc from "fast-check";
import { expect, test } from "vitest";
import type { SenderTag } from "../../../../src/protocol/nym-client/sender-tag.js";
import type { Change, Outcome } from "../../../../src/store/changes.js";
import type { FoldedName, Sequence, UserId } from "../../../../src/store/identifiers.js";
import { decodeBatch, decodeOutcomes, encodeBatch, encodeOutcomes } from "../../../../src/store/sqlite/batch-codec.js";
import type { Hour } from "../../../../src/util/time.js";

const bytes = fc.uint8Array({ maxLength: 700 }).map((array) => Buffer.from(array));
const hour = fc.nat().map((hours) => hours as Hour);
const user = fc.maxSafeNat().map((id) => id as UserId);
const keyVersion = fc.nat();
const tag = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((array) => Buffer.from(array).toString("hex") as SenderTag);
const route = fc.record({ client: fc.string({ unit: "grapheme" }), incarnation: fc.nat(), tag });

const folded = fc.string().map((name) => name as FoldedName);
const newUser = {
  kind: fc.constant("insertUser" as const),
  name: fc.string({ unit: "grapheme" }),
  folded,
  algorithm: fc.constantFrom("p256" as const, "ed25519" as const),
  key: bytes,
  signature: bytes,
  created: hour,
  route,
  routeExpires: hour,
};
const message = {
  kind: fc.constant("storeMessage" as const),
  recipient: user,
  origin: bytes,
  payload: bytes,
  expires: hour,
};
const newKey = {
  kind: fc.constant("changeKey" as const),
  user,
  keyVersion,
  key: bytes,
  by: fc.constantFrom("rotation" as const, "recovery" as const),
  signature: bytes,
  at: hour,
};
const contact = fc.record({
  relation: fc.constantFrom("none" as const, "requested" as const, "received" as const, "contact" as const),
  blocked: fc.boolean(),
});
const outcome = fc.record({ id: bytes, expires: hour });
const receipt = fc.record({ to: user, id: bytes });
const signed = fc.record({ id: fc.maxSafeNat(), key: bytes, signature: bytes });
const publication = {
  kind: fc.constant("publishPrekeys" as const),
  user,
  keyVersion,
  oneTime: fc.array(fc.record({ id: fc.maxSafeNat(), key: bytes })),
  replace: fc.boolean(),
  most: fc.nat(),
  hour,
};

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record(newUser),
  fc.record({ ...newUser, recoveryKey: bytes }),
  fc.record({ kind: fc.constantFrom("reserveName" as const, "freeName" as const), folded }),
  fc.record({ kind: fc.constant("setRegistrations" as const), stopped: fc.boolean() }),
  fc.record({
    kind: fc.constant("importUser" as const),
    name: fc.string({ unit: "grapheme" }),
    folded,
    key: bytes,
    created: hour,
  }),
  fc.record({ kind: fc.constant("moveRoute" as const), user, keyVersion, route, expires: hour }),
  fc.record({ kind: fc.constant("refreshRoute" as const), user, keyVersion, route, expires: hour }),
  fc.record({ kind: fc.constant("rememberReplay" as const), digest: bytes, expires: hour }),
  fc.record(message),
  fc.record({ ...message, outcome }),
  fc.record({ ...message, receipt }),
  fc.record({ ...message, outcome, receipt }),
  fc.record({
    kind: fc.constant("eraseDeliveries" as const),
    recipient: user,
    sequences: fc.array(fc.maxSafeNat().map((sequence) => sequence as Sequence)),
    as: fc.constantFrom("delivered" as const, "handedOver" as const),
  }),
  fc.record({
    kind: fc.constant("acknowledge" as const),
    user,
    keyVersion,
    ranges: fc.array(fc.record({ first: fc.maxSafeNat(), last: fc.maxSafeNat() })),
  }),
  fc.record({
    kind: fc.constant("rememberOutcome" as const),
    id: bytes,
    digest: bytes,
    code: fc.nat(),
    expires: hour,
  }),
  fc.record(newKey),
  fc.record({ ...newKey, recoveryKey: bytes }),
  fc.record(publication),
  fc.record({ ...publication, signed, lastResort: signed }),
  fc.record({
    kind: fc.constant("takePrekey" as const),
    user,
    keyVersion,
    id: fc.maxSafeNat(),
    outcome,
    hour,
    stranger: fc.boolean(),
    most: fc.record({ all: fc.nat(), strangers: fc.nat() }),
    low: fc.nat(),
  }),
  fc.record({ kind: fc.constant("endRoute" as const), user, keyVersion }),
  fc.record({
    kind: fc.constant("setContact" as const),
    user,
    other: user,
    before: contact,
    after: contact,
    hour,
    expires: hour,
    bounds: fc.record({ all: fc.nat(), received: fc.nat() }),
  }),
  fc.record({
    kind: fc.constant("setPolicy" as const),
    user,
    keyVersion,
    policy: fc.constantFrom("everyone" as const, "contacts" as const, "nobody" as const),
  }),
  fc.record({
    kind: fc.constant("notify" as const),
    user,
    origin: bytes,
    payload: bytes,
    expires: hour,
    wanted: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("releaseUser" as const), user, keyVersion, folded, heldUntil: hour }),
);

test("a batch decodes to what was encoded", () => {
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 8 }), (batch) => {
      expect(decodeBatch(encodeBatch(batch))).toEqual(batch);
    }),
  );
});

test("outcomes decode to what was encoded", () => {
  const users = fc.array(user, { maxLength: 3 });
  const result: fc.Arbitrary<Outcome> = fc.oneof(
    fc.record({ status: fc.constant("applied" as const), users, receipts: users }),
    fc.record({ status: fc.constantFrom("conflict" as const, "refused" as const, "failed" as const) }),
  );
  fc.assert(
    fc.property(fc.array(result), (outcomes) => {
      expect(decodeOutcomes(encodeOutcomes(outcomes))).toEqual(outcomes);
    }),
  );
});
