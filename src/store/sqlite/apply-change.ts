/**
 * Changes as SQL. Each checks its precondition in the transaction that acts on it. A change that is not applied may leave
 * half of itself behind: the caller rolls its decision back.
 */
import type { Change } from "../changes.js";
import type { Applying, Verdict } from "./applying.js";
import type { Connection } from "./connection.js";
import type { Erasing } from "./erasing.js";
import type { Mailboxes } from "./mailboxes.js";
import type { Outcomes } from "./outcomes.js";
import { prepareRoutes } from "./routes.js";
import { prepareUsers } from "./users.js";

/** The parts that a sweep needs as well. */
export interface MailboxParts {
  readonly mailboxes: Mailboxes;
  readonly outcomes: Outcomes;
  readonly erasing: Erasing;
}

/** Applies one change, within a transaction. */
export type ApplyChange = (change: Change, applying: Applying) => Verdict;

/** Prepares the statements, once for a connection. */
export function prepareChanges(db: Connection, { mailboxes, outcomes, erasing }: MailboxParts): ApplyChange {
  const users = prepareUsers(db);
  const routes = prepareRoutes(db);
  const rememberReplay = db.prepare("INSERT INTO replays (digest, expires) VALUES (?, ?) ON CONFLICT DO NOTHING");

  return (change, applying) => {
    switch (change.kind) {
      case "insertUser": {
        const user = users.insert(change, applying);
        if (user === undefined) return "conflict";
        routes.move(user, change.route, change.routeExpires);
        return "applied";
      }
      case "moveRoute":
        if (!users.hasKey(change.user, change.keyVersion)) return "conflict";
        routes.move(change.user, change.route, change.expires);
        return "applied";
      case "refreshRoute":
        if (!users.hasKey(change.user, change.keyVersion)) return "conflict";
        routes.refresh(change.user, change.route, change.expires, applying.hour);
        return "applied";
      case "endRoute":
        if (!users.hasKey(change.user, change.keyVersion)) return "conflict";
        routes.end(change.user);
        return "applied";
      case "rememberReplay":
        return rememberReplay.run(change.digest, change.expires).changes === 0 ? "conflict" : "applied";
      case "rememberOutcome":
        return outcomes.remember(change);
      case "storeMessage":
        return mailboxes.store(change, applying.tally);
      case "eraseDeliveries": {
        const rows = change.sequences.flatMap((sequence) => erasing.one(change.recipient, sequence));
        erasing.finish(rows, change.as, applying);
        return "applied";
      }
      case "acknowledge": {
        const { user, keyVersion, ranges } = change;
        if (!users.hasKey(user, keyVersion)) return "conflict";
        const rows = ranges.flatMap(({ first, last }) => erasing.range(user, first, last));
        erasing.finish(rows, "delivered", applying);
        mailboxes.clearFull(user);
        return "applied";
      }
      case "changeKey": {
        const verdict = users.changeKey(change);
        if (verdict === "applied") routes.end(change.user);
        return verdict;
      }
      case "releaseUser": {
        const verdict = users.release(change, applying);
        if (verdict !== "applied") return verdict;
        routes.end(change.user);
        const rows = erasing.range(change.user, 0, Number.MAX_SAFE_INTEGER);
        // First, so that no receipt goes there.
        mailboxes.close(change.user);
        erasing.finish(rows, "expired", applying);
        return "applied";
      }
    }
  };
}
