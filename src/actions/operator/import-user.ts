/**
 * Takes over one user of a NymCHAT server: the name and the key, by the rules of registration. What was taken over before
 * is left as it is, so that it can be done again.
 */
import { parseP256Pem } from "../../protocol/v1/keys.js";
import { isUsername } from "../../protocol/v1/username.js";
import type { Change } from "../../store/changes.js";
import { heldName, userByName } from "../../store/rows.js";
import { foldName } from "../../store/identifiers.js";
import type { RowKey, User } from "../../store/rows.js";
import { hourAfter } from "../../util/time.js";
import type { DecisionContext } from "../action.js";

/** A user as that server kept them: anything may stand there. */
export interface ForeignUser {
  readonly name: string | undefined;
  /** PEM, or what is in its place. */
  readonly publicKey: string | undefined;
}

/** Why a user is not taken over, in the words of the report. */
export const IMPORT_REFUSALS = {
  noName: "no name",
  badName: "not a name (1 to 64 of A-Z, a-z, 0-9, _ and -)",
  noKey: "no public key",
  badKey: "not a P-256 public key in PEM",
  reserved: "the name is reserved",
  held: "the name is held back after its release, or reserved",
  sameButForCase: "the name differs only in case from one that is taken",
  taken: "the name is taken, with another key",
} as const;

/** One of them. */
export type ImportRefusal = keyof typeof IMPORT_REFUSALS;

/** The rows that the decision needs. */
export interface ImportReads {
  readonly user: RowKey<User>;
  readonly held: RowKey<true>;
}

/** What is decided on one user. */
export type ImportDecision =
  | { readonly result: "imported"; readonly changes: readonly Change[] }
  | { readonly result: "known" }
  | { readonly result: ImportRefusal };

/** The rows of that name. What is no name is not looked up: they are those of nobody. */
export function importReads({ name = "" }: ForeignUser): ImportReads {
  return { user: userByName(name), held: heldName(name) };
}

/** Decides on one user. */
export function importUser(
  { name, publicKey }: ForeignUser,
  { user, held }: { readonly user: User | undefined; readonly held: true | undefined },
  {
    now,
    settings,
  }: Pick<DecisionContext, "now"> & { readonly settings: Pick<DecisionContext["settings"], "reservedNames"> },
): ImportDecision {
  if (name === undefined) return { result: "noName" };
  if (!isUsername(name)) return { result: "badName" };
  if (publicKey === undefined) return { result: "noKey" };
  const key = parseP256Pem(publicKey);
  if (key === undefined) return { result: "badKey" };
  if (user !== undefined) {
    if (user.name !== name) return { result: "sameButForCase" };
    return { result: Buffer.from(user.key).equals(key) ? "known" : "taken" };
  }
  const folded = foldName(name);
  if (settings.reservedNames.has(folded)) return { result: "reserved" };
  if (held !== undefined) return { result: "held" };
  return { result: "imported", changes: [{ kind: "importUser", name, folded, key, created: hourAfter(now) }] };
}
