/** The texts that v2 signs: `docs/protocol.md`, section 9. Each begins with what it is, and names the directory. */
import { encodeBody } from "./bodies.js";
import { encodeCbor } from "./cbor.js";
import { foundGroup } from "./group-bodies.js";
import { type GroupChange, groupChange, type GroupId, type GroupStatement } from "./groups.js";
import { type Prekey, SIGNED_PREKEY_KINDS, type SignedPrekeyKind } from "./prekeys.js";
import type { Statement } from "./reply.js";
import { ACTIONS, type Auth, type SignedAction, type V2Request } from "./request.js";
import { type Ed25519Key, VERSION } from "./terms.js";
import { statedUser } from "./stated-user.js";

/** The directory that a request is meant for: its identity key, and its epoch as `info` tells it. */
export interface RequestAudience {
  readonly identity: Ed25519Key;
  readonly epoch: number;
}

/** A request before it is signed. */
export type Unsigned<R extends V2Request<SignedAction> = V2Request<SignedAction>> = R extends unknown
  ? Omit<R, "auth"> & { readonly auth: Omit<Auth, "signature"> }
  : never;

/** What the signature of a request is of. The names in its body stand there as the client wrote them. */
export function requestText({ identity, epoch }: RequestAudience, { action, id, body, auth }: Unsigned): Uint8Array {
  const { name, keyVersion, time } = auth;
  return encodeCbor([
    "NymDirectory request",
    VERSION,
    ACTIONS[action],
    identity,
    epoch,
    folded(name),
    keyVersion,
    time,
    id,
    encodeBody(action, body),
  ]);
}

/** What a new key signs to show that it is there; `keyVersion` is the one that it will have. */
export function possessionText(
  directory: Ed25519Key,
  { name, keyVersion, key }: { readonly name: string; readonly keyVersion: number; readonly key: Ed25519Key },
): Uint8Array {
  return encodeCbor(["NymDirectory possession", VERSION, directory, folded(name), keyVersion, key]);
}

/** Which key takes the place of another; `version` is the one that a rotation makes, and does not matter to a recovery. */
export interface Succession {
  readonly name: string;
  readonly by: "rotation" | "recovery";
  readonly version: number;
  readonly key: Ed25519Key;
  /** The recovery key that comes with it, if there is one. */
  readonly recovery: Ed25519Key | undefined;
}

/**
 * What the old key, or the recovery key, signs of a change of key: what others verify at any later time. Who recovers need not
 * know which version it will be.
 */
export function successionText(directory: Ed25519Key, { name, by, version, key, recovery }: Succession): Uint8Array {
  const made = by === "rotation" ? version : 0;
  return encodeCbor(["NymDirectory succession", VERSION, directory, folded(name), made, key, recovery ?? null]);
}

/** Which of a user's keys signs prekeys, and for which directory. */
export interface PrekeyOwner {
  readonly directory: Ed25519Key;
  readonly name: string;
  readonly keyVersion: number;
}

/** What a user's identity key signs of a prekey that is given to many. */
export function prekeyText(
  { directory, name, keyVersion }: PrekeyOwner,
  kind: SignedPrekeyKind,
  { id, key }: Prekey,
): Uint8Array {
  const number = SIGNED_PREKEY_KINDS[kind];
  return encodeCbor(["NymDirectory prekey", VERSION, directory, folded(name), keyVersion, number, id, key]);
}

/** What the directory signs of a look-up. */
export function statementText(directory: Ed25519Key, { name, hour, user }: Statement): Uint8Array {
  return encodeCbor(["NymDirectory statement", VERSION, directory, folded(name), hour, statedUser.encode(user)]);
}

/** What the directory signs of the addresses of its pool, in their order. */
export function addressesText(directory: Ed25519Key, addresses: readonly Uint8Array[]): Uint8Array {
  return encodeCbor(["NymDirectory addresses", VERSION, directory, addresses]);
}

/** What the directory signs of the look-up of a group. */
export function groupStatementText(directory: Ed25519Key, { group, hour, found }: GroupStatement): Uint8Array {
  return encodeCbor(["NymDirectory group statement", VERSION, directory, group, hour, foundGroup.encode(found)]);
}

/** Who changes which group how; `sequence` is the one that the change makes. */
export interface SignedGroupChange {
  readonly group: GroupId;
  readonly sequence: number;
  readonly actor: string;
  readonly keyVersion: number;
  readonly change: GroupChange;
}

/** What the actor signs of a change of a group, and members verify at any later time. All names are folded. */
export function groupChangeText(directory: Ed25519Key, of: SignedGroupChange): Uint8Array {
  const { group, sequence, actor, keyVersion, change } = of;
  const named = "name" in change ? { ...change, name: folded(change.name) as typeof change.name } : change;
  return encodeCbor([
    "NymDirectory group change",
    VERSION,
    directory,
    group,
    sequence,
    folded(actor),
    keyVersion,
    groupChange.encode(named),
  ]);
}

/** As names are unique: ASCII lower case, since nothing else in them folds. */
function folded(name: string): string {
  return name.toLowerCase();
}
