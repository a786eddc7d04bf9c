/** What a group is after each change of its log: the members' own account of it, which nobody's word can replace. */
import { type AnyStanding, isRole, judge, RULES } from "../../protocol/v2/group-rules.js";
import type { GroupEntry, GroupMember, GroupProfile, Standing } from "../../protocol/v2/groups.js";
import { isSameName } from "../../protocol/v2/names.js";

/** Somebody whom the group has to do with. */
export interface GroupPerson {
  /** As the log has it, or as registered. */
  readonly name: string;
  readonly standing: Standing;
  /** Does it follow from signed changes, or from what the group was when we first saw it? Otherwise the directory says so. */
  readonly vouched: boolean;
}

/** A group, after the change of this sequence. */
export interface GroupState {
  readonly sequence: number;
  readonly profile: GroupProfile;
  /** As `vouched` of a person: whoever joins an open group is vouched for by this. */
  readonly profileVouched: boolean;
  readonly people: readonly GroupPerson[];
  /** Of the last change with which somebody was a member no more. */
  readonly departed: number;
}

/** How somebody stands to the group, whatever the case of the name. */
export function standingOf(state: Pick<GroupState, "people"> | undefined, name: string): AnyStanding {
  return personOf(state, name)?.standing ?? "none";
}

/** Whoever has that name, whatever its case, and something to do with the group. */
export function personOf(state: Pick<GroupState, "people"> | undefined, name: string): GroupPerson | undefined {
  return state?.people.find((each) => isSameName(each.name, name));
}

/** The group after a change; `undefined` when it was not the actor's to make. The first change founds it. */
export function changed(
  before: GroupState | undefined,
  { actor, change }: Pick<GroupEntry, "actor" | "change">,
): GroupState | undefined {
  if (before === undefined) {
    if (change.verb !== "profile") return undefined;
    const people = [{ name: actor, standing: "owner", vouched: true } as const];
    return { sequence: 1, profile: change.profile, profileVouched: true, people, departed: 0 };
  }
  const by = personOf(before, actor);
  const subject = "name" in change ? change.name : undefined;
  const verdict = judge(change.verb, {
    actor: by?.standing ?? "none",
    join: before.profile.join,
    ...(subject !== undefined && { subject: standingOf(before, subject) }),
    ...("role" in change && { role: change.role }),
  });
  if (verdict !== "allowed") return undefined;
  const { becomes, leaves } = RULES[change.verb];
  const after = { ...before, sequence: before.sequence + 1 };
  const vouched = by?.vouched ?? (change.verb !== "join" || before.profileVouched);
  if (change.verb === "profile") return { ...after, profile: change.profile, profileVouched: vouched };
  const led = leaves === undefined ? after : standing(after, { name: actor, standing: leaves, vouched });
  if (becomes === undefined) return led;
  const now = "role" in change ? change.role : becomes;
  if (now === "role") return undefined;
  return standing(led, { name: subject ?? actor, standing: now, vouched });
}

/** The group with what the directory says of it, where the log has a hole: `trusted` when we see it for the first time. */
export function restated(
  before: GroupState | undefined,
  now: Pick<GroupState, "sequence" | "profile"> & { readonly members: readonly GroupMember[] },
  trusted: boolean,
): GroupState {
  const { sequence, profile } = now;
  const people = now.members.map(({ name, standing: stands }) => {
    const known = personOf(before, name);
    return { name, standing: stands, vouched: trusted || (known?.standing === stands && known.vouched) };
  });
  const isGone = ({ name, standing: stood }: GroupPerson): boolean =>
    isRole(stood) && !isRole(standingOf({ people }, name));
  const departed = before === undefined ? 0 : before.people.some(isGone) ? sequence : before.departed;
  const isSame = before?.profile.join === profile.join && before.profileVouched;
  return { sequence, profile, profileVouched: trusted || isSame, people, departed };
}

function standing(
  state: GroupState,
  { name, standing: stands, vouched }: Omit<GroupPerson, "standing"> & { readonly standing: AnyStanding },
): GroupState {
  const known = personOf(state, name);
  const leaves = known !== undefined && isRole(known.standing) && !isRole(stands);
  const others = state.people.filter((each) => each !== known);
  const departed = leaves ? state.sequence : state.departed;
  if (stands === "none") return { ...state, people: others, departed };
  const person = { name, standing: stands, vouched };
  // Who is there already keeps the place.
  const people =
    known === undefined ? [...others, person] : state.people.map((each) => (each === known ? person : each));
  return { ...state, people, departed };
}
