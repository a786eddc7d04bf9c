/** What actions keep of groups as bytes: profiles, and entries of logs. The store only keeps them. */
import { decodeCbor, encodeCbor } from "../../../protocol/v2/cbor.js";
import type { Cbor } from "../../../protocol/v2/cbor.js";
import { groupChange, groupProfile } from "../../../protocol/v2/groups.js";
import type { GroupChange, GroupLogItem, GroupProfile } from "../../../protocol/v2/groups.js";
import { ed25519Raw } from "../../../protocol/v2/ed25519.js";
import { userName } from "../../../protocol/v2/names.js";
import type { UserName } from "../../../protocol/v2/names.js";
import { bytes, ShapeError, tuple } from "../../../protocol/v2/shapes.js";
import type { Shape } from "../../../protocol/v2/shapes.js";
import type { GroupLogRow } from "../../../store/groups.js";

const BOUNDS = { items: 64, containers: 8 };
/** Stands for the name of whom a change concerns, which is kept as a number of theirs. */
const SOMEBODY = userName("_") as UserName;

interface StoredEntry {
  readonly change: GroupChange;
  readonly signature: Uint8Array;
}
const entry = tuple<StoredEntry>({ change: groupChange, signature: bytes(64) });

/** The stored form of a profile. */
export function encodeProfile(profile: GroupProfile): Uint8Array {
  return encodeCbor(groupProfile.encode(profile));
}

/** A profile from its stored form. Throws a `ShapeError` when it is none. */
export function decodeProfile(stored: Uint8Array): GroupProfile {
  return read(stored, groupProfile);
}

/** The stored form of a change and its signature, without the name of whom it concerns. */
export function encodeEntry(change: GroupChange, signature: Uint8Array): Uint8Array {
  return encodeCbor(entry.encode({ change: "name" in change ? { ...change, name: SOMEBODY } : change, signature }));
}

/** A place in a log as it is told. Throws a `ShapeError` when it is none. */
export function logItemOf({ sequence, entry: found }: GroupLogRow): GroupLogItem {
  if (found === undefined) return { sequence, entry: undefined };
  const { actor, keyVersion, key, subject, bytes: stored } = found;
  const { change, signature } = read(stored, entry);
  const named = "name" in change ? { ...change, name: userName(subject) ?? change.name } : change;
  return { sequence, entry: { actor, keyVersion, key: ed25519Raw(key) ?? key, change: named, signature } };
}

function read<T>(stored: Uint8Array, shape: Shape<T>): T {
  const item: Cbor | undefined = decodeCbor(stored, BOUNDS)?.item;
  if (item === undefined) throw new ShapeError();
  return shape.decode(item);
}
