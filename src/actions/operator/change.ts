/**
 * What an operator changes, decided on the rows of the name: a user goes as if they had released their name, a name is
 * kept from everybody or given back, and registrations are stopped and resumed. Each can be asked for again without harm.
 */
import type { AdminChange, ChangeResult } from "../../control/admin.js";
import type { Change } from "../../store/changes.js";
import { type NameHold, nameHold, registrationsStopped } from "../../store/operators.js";
import { userByName } from "../../store/rows.js";
import { foldName } from "../../store/identifiers.js";
import type { RowKey, User } from "../../store/rows.js";
import { type Hour, hourAfter } from "../../util/time.js";
import type { DecisionContext } from "../action.js";

/** The rows that the decision needs. */
export type OperatorReads = {
  readonly user?: RowKey<User>;
  readonly hold?: RowKey<NameHold>;
  readonly stopped: RowKey<true>;
};

/** What was found of them. */
export interface OperatorRows {
  readonly user: User | undefined;
  readonly hold: NameHold | undefined;
  readonly stopped: true | undefined;
}

/** What a decision looks at besides. */
export interface OperatorContext {
  readonly now: number;
  readonly settings: Pick<DecisionContext["settings"], "reservedNames" | "nameHold">;
}

/** What is decided. */
export interface OperatorDecision {
  readonly result: ChangeResult;
  readonly changes: readonly Change[];
  /** Of a user who goes: until when nobody can register the name. */
  readonly heldUntil?: Hour;
}

/** The rows of what is asked for. */
export function operatorReads(request: AdminChange): OperatorReads {
  const stopped = registrationsStopped();
  return "name" in request ? { user: userByName(request.name), hold: nameHold(request.name), stopped } : { stopped };
}

/** Decides on it. */
export function decideChange(request: AdminChange, rows: OperatorRows, context: OperatorContext): OperatorDecision {
  switch (request.command) {
    case "delete-user":
      return deleteUser(rows, context);
    case "reserve":
      return reserveName(request.name, rows, context);
    case "free":
      return freeName(request.name, rows, context);
    case "stop-registrations":
      return setRegistrations(true, rows);
    case "resume-registrations":
      return setRegistrations(false, rows);
  }
}

function deleteUser({ user }: OperatorRows, { now, settings }: OperatorContext): OperatorDecision {
  if (user === undefined) return nothing("noUser");
  const heldUntil = hourAfter(now + settings.nameHold);
  const { id, keyVersion } = user;
  return {
    ...done({ kind: "releaseUser", user: id, keyVersion, folded: foldName(user.name), heldUntil }),
    heldUntil,
  };
}

function reserveName(name: string, { user, hold }: OperatorRows, { settings }: OperatorContext): OperatorDecision {
  const folded = foldName(name);
  if (user !== undefined) return nothing("inUse");
  if (settings.reservedNames.has(folded)) return nothing("bySetting");
  if (hold !== undefined && hold.until === undefined) return nothing("already");
  return done({ kind: "reserveName", folded });
}

function freeName(name: string, { user, hold }: OperatorRows, { settings }: OperatorContext): OperatorDecision {
  const folded = foldName(name);
  if (user !== undefined) return nothing("inUse");
  if (hold !== undefined) return done({ kind: "freeName", folded });
  return nothing(settings.reservedNames.has(folded) ? "bySetting" : "already");
}

function setRegistrations(stopped: boolean, rows: OperatorRows): OperatorDecision {
  if ((rows.stopped !== undefined) === stopped) return nothing("already");
  return done({ kind: "setRegistrations", stopped });
}

function done(change: Change): OperatorDecision {
  return { result: "done", changes: [change] };
}

function nothing(result: ChangeResult): OperatorDecision {
  return { result, changes: [] };
}
