/** Changes of groups for tests of stores. */
import type { GroupStoreChange, MemberStanding } from "../../src/store/groups.js";
import { digest, hour, id } from "./changes.js";

type ChangeOf<Kind extends GroupStoreChange["kind"]> = Extract<GroupStoreChange, { kind: Kind }>;

/** The id of a group, by a number. */
export function group(number: number): Buffer {
  return digest(1_000 + number);
}

/** A group that this user founds. */
export function createGroup(
  number: number,
  user: number,
  more: Partial<ChangeOf<"createGroup">> = {},
): ChangeOf<"createGroup"> {
  return {
    kind: "createGroup",
    user: id(user),
    keyVersion: 1,
    group: group(number),
    profile: Buffer.from(`profile of ${number}`),
    entry: Buffer.from(`entry 1 of ${number}`),
    most: 100,
    ...more,
  };
}

/** A change of a group that makes `sequence`, and of how users stand to it. */
export function changeGroup(
  number: number,
  user: number,
  sequence: number,
  standings: Readonly<Record<number, MemberStanding | "none">> = {},
  more: Partial<ChangeOf<"changeGroup">> = {},
): ChangeOf<"changeGroup"> {
  return {
    kind: "changeGroup",
    user: id(user),
    keyVersion: 1,
    group: group(number),
    sequence,
    entry: Buffer.from(`entry ${sequence} of ${number}`),
    keep: 100,
    members: Object.entries(standings).map(([of, standing]) => ({ user: id(Number(of)), standing })),
    dissolve: false,
    most: 100,
    event: {
      to: "members",
      origin: digest(number),
      payload: Buffer.from(`event ${sequence} of ${number}`),
      expires: hour(24),
    },
    ...more,
  };
}

/** A message to a group that is at `sequence`. */
export function sendToGroup(
  number: number,
  user: number,
  sequence: number,
  payload: string,
  more: Partial<ChangeOf<"sendToGroup">> = {},
): ChangeOf<"sendToGroup"> {
  return {
    kind: "sendToGroup",
    user: id(user),
    keyVersion: 1,
    group: group(number),
    sequence,
    origin: digest(2_000 + user),
    payload: Buffer.from(payload),
    expires: hour(24),
    ...more,
  };
}
