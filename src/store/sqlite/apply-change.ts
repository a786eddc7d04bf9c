/**
 * Changes as SQL. Each checks its precondition in the transaction that acts on it. A change that is not applied may leave
 * half of itself behind: the caller rolls its decision back.
 */
import type { Change } from "../changes.js";
import type { UserId } from "../identifiers.js";
import type { Applying, Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import type { Contacts } from "./contacts.js";
import type { Erasing } from "./erasing.js";
import type { Groups } from "./groups.js";
import type { Histories } from "./history.js";
import type { Mailboxes } from "./mailboxes.js";
import type { Outcomes } from "./outcomes.js";
import type { Phantoms } from "./phantoms.js";
import type { Prekeys } from "./prekeys.js";
import { prepareNames } from "./names.js";
import { prepareRoutes } from "./routes.js";
import { prepareUsers } from "./users.js";

/** The parts that a sweep needs as well. */
export interface MailboxParts {
  readonly mailboxes: Mailboxes;
  readonly outcomes: Outcomes;
  readonly erasing: Erasing;
  readonly prekeys: Prekeys;
  readonly histories: Histories;
  readonly groups: Groups;
  readonly contacts: Contacts;
  readonly phantoms: Phantoms;
}

/** Applies one change, within a transaction. */
export type ApplyChange = (change: Change, applying: Applying) => Verdict;

/** How each kind of change is applied. */
type Appliers = {
  readonly [Kind in Change["kind"]]: (change: Extract<Change, { kind: Kind }>, applying: Applying) => Verdict;
};

/** What the key log says of a user who was imported. */
const NO_PROOF = new Uint8Array();

/** Prepares the statements, once for a connection. */
export function prepareChanges(db: Connection, parts: MailboxParts): ApplyChange {
  const { mailboxes, outcomes, erasing, contacts, phantoms, prekeys, histories, groups } = parts;
  const users = prepareUsers(db);
  const names = prepareNames(db);
  const routes = prepareRoutes(db);
  const rememberReplay = db.prepare("INSERT INTO replays (digest, expires) VALUES (?, ?) ON CONFLICT DO NOTHING");

  /** Applies a change of a user whose key is still the one that was checked. */
  function owned<C extends { readonly user: UserId; readonly keyVersion: number }>(
    apply: (change: C, applying: Applying) => void,
  ): (change: C, applying: Applying) => Verdict {
    return (change, applying) => {
      if (!users.hasKey(change.user, change.keyVersion)) return "conflict";
      apply(change, applying);
      return "applied";
    };
  }

  function ifKeyHolds(
    { user, keyVersion }: { readonly user: UserId; readonly keyVersion: number },
    apply: () => Verdict,
  ): Verdict {
    return users.hasKey(user, keyVersion) ? apply() : "conflict";
  }

  const appliers: Appliers = {
    insertUser(change, applying) {
      if (names.areStopped()) return "conflict";
      const user = users.insert(change, applying);
      if (user === undefined) return "conflict";
      routes.move(user, change.route, change.routeExpires);
      return "applied";
    },
    importUser: (change, applying) =>
      users.insert({ ...change, algorithm: "p256", signature: NO_PROOF }, applying) === undefined
        ? "conflict"
        : "applied",
    moveRoute: owned(({ user, route, expires }) => {
      routes.move(user, route, expires);
    }),
    refreshRoute: owned(({ user, route, expires }, { hour }) => {
      routes.refresh(user, route, expires, hour);
    }),
    endRoute: owned(({ user }) => {
      routes.end(user);
    }),
    rememberReplay: ({ digest, expires }) =>
      rememberReplay.run(digest, expires).changes === 0 ? "conflict" : "applied",
    rememberOutcome: (change) => outcomes.remember(change),
    storeMessage: (change, { tally }) => mailboxes.store(change, tally),
    refuseMessage: (change) => mailboxes.refuse(change),
    eraseDeliveries({ recipient, sequences, as }, applying) {
      const rows = sequences.flatMap((sequence) => erasing.one(recipient, sequence));
      erasing.finish(rows, as, applying);
      return "applied";
    },
    acknowledge: owned(({ user, ranges }, applying) => {
      const rows = ranges.flatMap(({ first, last }) => erasing.range(user, first, last));
      erasing.finish(rows, "delivered", applying);
      mailboxes.clearFull(user);
    }),
    changeKey(change) {
      const verdict = users.changeKey(change);
      if (verdict !== "applied") return verdict;
      routes.end(change.user);
      prekeys.void(change.user);
      return "applied";
    },
    releaseUser(change, applying) {
      const verdict = users.release(change, applying);
      if (verdict !== "applied") return verdict;
      routes.end(change.user);
      prekeys.void(change.user);
      histories.release(change.user);
      contacts.release(change.user);
      const rows = erasing.range(change.user, 0, Number.MAX_SAFE_INTEGER);
      // First, so that no receipt goes there.
      mailboxes.close(change.user);
      erasing.finish(rows, "expired", applying);
      phantoms.release(change.user, applying);
      groups.release(change.user, applying);
      return "applied";
    },
    publishPrekeys: (change) => (users.hasKey(change.user, change.keyVersion) ? prekeys.publish(change) : "conflict"),
    takePrekey: (change, applying) =>
      users.hasKey(change.user, change.keyVersion) ? prekeys.take(change, applying) : "conflict",
    keepCopy: (change) => histories.keep(change),
    createGroup: (change) => ifKeyHolds(change, () => groups.create(change)),
    reserveName: (change) => names.reserve(change),
    freeName: (change) => names.free(change),
    setRegistrations: (change) => names.setRegistrations(change),
    changeGroup: (change, applying) => ifKeyHolds(change, () => groups.change(change, applying)),
    setContact: (change, { hour }) => contacts.set(change, hour),
    setPolicy: owned(({ user, policy }) => {
      contacts.setPolicy(user, policy);
    }),
    notify({ user, origin, payload, expires, wanted }, { receipts, tally }) {
      const notice = { recipient: user, origin, payload, expires };
      if (wanted && mailboxes.store(notice, tally) === "applied") receipts.add(user);
      return "applied";
    },
    sendToGroup: (change, applying) => ifKeyHolds(change, () => groups.send(change, applying)),
  };

  return (change, applying) =>
    (appliers[change.kind] as (change: Change, applying: Applying) => Verdict)(change, applying);
}
