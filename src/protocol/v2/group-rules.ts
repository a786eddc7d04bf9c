/** Who may change what of a group: one row for each verb, and what it makes of whom it concerns. Pure data. */
import type { GroupProfile, Role, Standing, Verb } from "./groups.js";

/** How somebody stands to a group: perhaps not at all. */
export type AnyStanding = Standing | "none";

/** The rule of one verb. */
export interface Rule {
  /** Who may. */
  readonly actor: readonly AnyStanding[];
  /** As what the user whom it concerns must be found, if it concerns one. */
  readonly subject?: readonly AnyStanding[];
  /** As what whom it concerns (the subject, or else the actor) is found from then on; `role`: as the change says. */
  readonly becomes?: AnyStanding | "role";
  /** What the actor is from then on, if that changes as well. */
  readonly leaves?: Role;
  /** Only in groups with one of these policies. */
  readonly join?: readonly GroupProfile["join"][];
  /** Who is told besides whom it concerns. */
  readonly tells: "members" | "managers";
}

const MANAGERS = ["owner", "admin"] as const;
const OTHERS = ["admin", "announcer", "member"] as const;

export const RULES: Readonly<Record<Verb, Rule>> = {
  invite: { actor: MANAGERS, subject: ["none"], becomes: "invited", tells: "managers" },
  revoke: { actor: MANAGERS, subject: ["invited"], becomes: "none", tells: "managers" },
  accept: { actor: ["invited"], becomes: "member", tells: "members" },
  decline: { actor: ["invited"], becomes: "none", tells: "managers" },
  request: { actor: ["none"], becomes: "asking", join: ["request"], tells: "managers" },
  withdraw: { actor: ["asking"], becomes: "none", tells: "managers" },
  approve: { actor: MANAGERS, subject: ["asking"], becomes: "member", tells: "members" },
  refuse: { actor: MANAGERS, subject: ["asking"], becomes: "none", tells: "managers" },
  join: { actor: ["none", "asking", "invited"], becomes: "member", join: ["open"], tells: "members" },
  leave: { actor: OTHERS, becomes: "none", tells: "members" },
  remove: { actor: MANAGERS, subject: OTHERS, becomes: "none", tells: "members" },
  role: { actor: MANAGERS, subject: OTHERS, becomes: "role", tells: "members" },
  transfer: { actor: ["owner"], subject: OTHERS, becomes: "owner", leaves: "admin", tells: "members" },
  profile: { actor: MANAGERS, tells: "members" },
  dissolve: { actor: ["owner"], tells: "members" },
};

/** Which roles each may give to whom, and take: an admin makes no admins, and unmakes none. */
export const GIVEN: Readonly<Record<"owner" | "admin", readonly Role[]>> = {
  owner: ["admin", "announcer", "member"],
  admin: ["announcer", "member"],
};

/** Who may send, in a group for all and in one for announcements. */
export const SENDERS: Readonly<Record<"all" | "announcements", readonly Role[]>> = {
  all: ["owner", "admin", "announcer", "member"],
  announcements: ["owner", "admin", "announcer"],
};

/** Has this one a role, or is invited or asking, or nothing? */
export function isRole(standing: AnyStanding): standing is Role {
  return standing !== "none" && standing !== "invited" && standing !== "asking";
}

/** May somebody who stands so to a group read its log and who is in it? */
export function mayRead(standing: Standing | undefined): boolean {
  return standing !== undefined && standing !== "asking";
}

/** What somebody stands to a group about which a change is to be judged. */
export interface Judged {
  readonly actor: AnyStanding;
  /** Of the user whom the change concerns, if it names one. */
  readonly subject?: AnyStanding;
  /** The role that it gives, if it does. */
  readonly role?: Role;
  readonly join: GroupProfile["join"];
}

/**
 * May this be done? `notFound`: who asks has nothing to do with the group, and is not told that it is there. `notPermitted`:
 * role or policy do not allow it. `notApplicable`: there is nothing there to do it to, or it is so already.
 */
export function judge(
  verb: Verb,
  { actor, subject, role, join }: Judged,
): "allowed" | "notFound" | "notPermitted" | "notApplicable" {
  const rule = RULES[verb];
  if (actor === "none" && !rule.actor.includes(actor)) return "notFound";
  if (!rule.actor.includes(actor)) return isOwn(rule) && verb !== "leave" ? "notApplicable" : "notPermitted";
  if (rule.join?.includes(join) === false) return "notPermitted";
  if (rule.subject === undefined || subject === undefined) return "allowed";
  if (!rule.subject.includes(subject)) return subject === "owner" ? "notPermitted" : "notApplicable";
  if (role === undefined) return "allowed";
  if (role === subject) return "notApplicable";
  const given: readonly AnyStanding[] = actor === "owner" ? GIVEN.owner : GIVEN.admin;
  return given.includes(role) && given.includes(subject) ? "allowed" : "notPermitted";
}

/** Does it change only how the actor stands? Then it is nobody else's to allow. */
function isOwn({ subject, becomes }: Rule): boolean {
  return subject === undefined && becomes !== undefined;
}
