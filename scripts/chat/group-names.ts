/** How groups are called: by a title when something is said of one, and by the beginning of its id when one is meant. */
import type { Group } from "../../src/client/client.js";
import { printable } from "../terminal.js";

/** So many digits of a group's id are shown, and enough to say which one is meant. */
const DIGITS = 8;

/** The beginning of an id, as it is shown. */
export function shortOf(id: string): string {
  return id.slice(0, DIGITS);
}

/** A group as people know it. Its name is whatever its founder has written. */
export function titleOf({ id, profile }: Pick<Group, "id"> & Partial<Pick<Group, "profile">>): string {
  const short = shortOf(id);
  return profile === undefined ? `group ${short}` : `“${printable(profile.name).replaceAll("\n", " ")}” (${short})`;
}

/** The one of these ids that begins so; what is the beginning of none may be the id of another group. Throws an Error for people. */
export function idOf(beginning: string, ids: Iterable<string>): string {
  const found = [...new Set(ids)].filter((id) => id.startsWith(beginning.toLowerCase()));
  if (found.length > 1) throw new Error("more than one group begins so: give more of its id");
  return found[0] ?? beginning;
}

/** Under which a conversation with a group is kept, as one with a person is under their name, which never begins so. */
export function peerOf(id: string): string {
  return `#${id}`;
}

/** The id of the group with which a conversation is; `undefined` when it is with a person. */
export function groupOf(peer: string): string | undefined {
  return peer.startsWith("#") ? peer.slice(1) : undefined;
}
