/**
 * What an operator asks of the running directory: looked up, or decided and committed through the store as everything else,
 * with a line in the log that says what was done and never to whom.
 */
import { decideChange, type OperatorContext, type OperatorDecision, operatorReads } from "./actions/operator/change.js";
import type {
  AdminAnswer,
  AdminChange,
  AdminRequest,
  ChangeReport,
  CountsReport,
  UserReport,
} from "./control/admin.js";
import { createLoader } from "./pipeline/load.js";
import { contactSumsOf } from "./store/contacts.js";
import { groupsOf } from "./store/groups.js";
import {
  copyCount,
  groupCount,
  type NameHold,
  nameCounts,
  nameHold,
  registrationsStopped,
  userDates,
} from "./store/operators.js";
import { prekeysOf } from "./store/prekeys.js";
import { mailboxOf, type User, userByName } from "./store/rows.js";
import { foldName, type UserId } from "./store/identifiers.js";
import type { Store } from "./store/store.js";
import type { Events } from "./telemetry/events.js";
import { type Clock, type Hour, HOUR_MS } from "./util/time.js";

/** What it stands on. */
export interface AdministerComponents {
  readonly store: Pick<Store, "load" | "commit" | "counts">;
  readonly events: Pick<Events, "operatorAsked" | "operatorActed">;
  readonly clock: Clock;
  /** Bytes of the database, and of what is written ahead of it. */
  readonly sizes: () => Promise<{ readonly database: number; readonly writeAheadLog: number }>;
  /** Told that the user is gone, and of those into whose mailboxes receipts have been put. */
  readonly released: (user: UserId, receipts: readonly UserId[]) => void;
}

/** A change is decided this often before it is given up, as requests are. */
const ATTEMPTS = 3;

/** Answers operators. What it returns rejects when the store cannot be read. */
export function createAdministration(
  components: AdministerComponents,
  settings: OperatorContext["settings"],
): (request: AdminRequest) => Promise<AdminAnswer> {
  const { store, events, clock, sizes } = components;
  const load = createLoader(store);

  async function counts(): Promise<CountsReport> {
    const [{ users, deliveries, payloadBytes }, { database, writeAheadLog }, { names, groups, stopped }] =
      await Promise.all([
        store.counts(),
        sizes(),
        load({ names: nameCounts(), groups: groupCount(), stopped: registrationsStopped() }),
      ]);
    return {
      users,
      heldNames: names?.held ?? 0,
      reservedNames: names?.reserved ?? 0,
      registrationsStopped: stopped !== undefined,
      groups: groups ?? 0,
      messages: deliveries,
      messageBytes: payloadBytes,
      databaseBytes: database,
      writeAheadLogBytes: writeAheadLog,
    };
  }

  async function look(name: string): Promise<UserReport> {
    const { user, hold } = await load({ user: userByName(name), hold: nameHold(name) });
    return (user && (await lookAtUser(user))) ?? nobody(name, hold);
  }

  async function lookAtUser({ id, keyVersion }: User): Promise<UserReport | undefined> {
    const { dates, mailbox, groups, contacts, prekeys, copies } = await load({
      dates: userDates(id),
      mailbox: mailboxOf(id),
      groups: groupsOf(id),
      contacts: contactSumsOf(id),
      prekeys: prekeysOf(id, 0),
      copies: copyCount(id),
    });
    // Gone in the meantime.
    if (dates === undefined) return undefined;
    return {
      state: "registered",
      registered: hourText(dates.registered),
      keyChanged: hourText(dates.keyChanged),
      routeUntil: dates.routeExpires === undefined ? null : hourText(dates.routeExpires),
      keys: keyVersion,
      messages: mailbox?.messages ?? 0,
      messageBytes: mailbox?.bytes ?? 0,
      fullSince: mailbox?.fullSince === undefined ? null : hourText(mailbox.fullSince),
      groups: groups?.groups ?? 0,
      invitations: groups?.invitations ?? 0,
      contacts: contacts?.all ?? 0,
      contactRequests: contacts?.received ?? 0,
      prekeys: prekeys?.count ?? 0,
      copies: copies ?? 0,
    };
  }

  function nobody(name: string, hold: NameHold | undefined): UserReport {
    if (settings.reservedNames.has(foldName(name))) return { state: "reserved", by: "setting" };
    if (hold === undefined) return { state: "free" };
    return hold.until === undefined
      ? { state: "reserved", by: "operator" }
      : { state: "held", until: hourText(hold.until) };
  }

  async function change(request: AdminChange): Promise<ChangeReport> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const rows = await load(operatorReads(request));
      const decision = decideChange(request, rows, { now: clock(), settings });
      if (decision.changes.length === 0) return { result: decision.result };
      const [outcome] = await store.commit([decision.changes]);
      if (outcome?.status === "conflict") continue;
      if (outcome?.status !== "applied") return { result: "unavailable" };
      if (rows.user !== undefined) components.released(rows.user.id, outcome.receipts);
      return reportOf(decision);
    }
    return { result: "busy" };
  }

  async function logged(request: AdminChange): Promise<ChangeReport> {
    const action = request.command;
    try {
      const report = await change(request);
      events.operatorActed({ action, result: report.result });
      return report;
    } catch (error) {
      events.operatorActed({ action, result: "unavailable" });
      throw error;
    }
  }

  return async (request) => {
    if (request.command !== "counts" && request.command !== "user") return logged(request);
    events.operatorAsked({ action: request.command });
    return request.command === "counts" ? counts() : look(request.name);
  };
}

function reportOf({ result, heldUntil }: OperatorDecision): ChangeReport {
  return { result, ...(heldUntil !== undefined && { heldUntil: hourText(heldUntil) }) };
}

/** Times are kept no finer. */
function hourText(hour: Hour): string {
  return `${new Date(hour * HOUR_MS).toISOString().slice(0, 16)}Z`;
}
