/** The permission table, whole: every verb, by everybody, to everybody. */
import { describe, expect, it } from "vitest";
import { type AnyStanding, GIVEN, judge, mayRead, RULES, SENDERS } from "../../../../src/protocol/v2/group-rules.js";
import { type Role, ROLES, type Verb, VERBS } from "../../../../src/protocol/v2/groups.js";

const STANDINGS: readonly AnyStanding[] = ["owner", "admin", "announcer", "member", "invited", "asking", "none"];
const JOINS = ["open", "request", "invitation"] as const;
const ALL = Object.keys(VERBS) as Verb[];

/** `actor verb subject`, or `actor verb`: all that is allowed, where anything is open, and nothing else. */
const ALLOWED = `
  owner invite none; admin invite none
  owner revoke invited; admin revoke invited
  invited accept; invited decline
  none request; asking withdraw
  owner approve asking; admin approve asking
  owner refuse asking; admin refuse asking
  none join; asking join; invited join
  admin leave; announcer leave; member leave
  owner remove admin; owner remove announcer; owner remove member
  admin remove admin; admin remove announcer; admin remove member
  owner transfer admin; owner transfer announcer; owner transfer member
  owner profile; admin profile
  owner dissolve
`
  .split(/[;\n]/)
  .map((line) => line.trim())
  .filter((line) => line !== "");

const verdicts = (verb: Verb, join: (typeof JOINS)[number]) =>
  STANDINGS.flatMap((actor) =>
    RULES[verb].subject === undefined
      ? [{ what: `${actor} ${verb}`, verdict: judge(verb, { actor, join }) }]
      : STANDINGS.map((subject) => ({
          what: `${actor} ${verb} ${subject}`,
          verdict: judge(verb, { actor, subject, join }),
        })),
  );

describe("the table of permissions", () => {
  it("allows what is listed here and nothing else, roles that are given aside", () => {
    const found = ALL.filter((verb) => verb !== "role").flatMap((verb) =>
      verdicts(verb, verb === "request" ? "request" : "open").flatMap(({ what, verdict }) =>
        verdict === "allowed" ? what : [],
      ),
    );
    expect(found.toSorted()).toEqual(ALLOWED.toSorted());
  });

  it("has a verdict on everything, and tells nobody who has nothing to do with a group that it is there", () => {
    for (const verb of ALL)
      for (const join of JOINS)
        for (const { what, verdict } of verdicts(verb, join)) {
          const outside = what.startsWith("none ") && !RULES[verb].actor.includes("none");
          if (outside) expect(verdict, what).toBe("notFound");
          else expect(["allowed", "notPermitted", "notApplicable"], what).toContain(verdict);
        }
  });

  it("lets in by policy only", () => {
    for (const join of JOINS) {
      expect(judge("join", { actor: "none", join })).toBe(join === "open" ? "allowed" : "notPermitted");
      expect(judge("request", { actor: "none", join })).toBe(join === "request" ? "allowed" : "notPermitted");
      expect(judge("accept", { actor: "invited", join })).toBe("allowed");
    }
  });

  it("has the owner give any role but their own, and an admin those below", () => {
    const given = (actor: AnyStanding) =>
      ROLES.flatMap((subject) =>
        ROLES.flatMap((role) =>
          judge("role", { actor, subject, role, join: "open" }) === "allowed" ? `${subject} > ${role}` : [],
        ),
      ).toSorted();
    const between = (...roles: readonly Role[]) =>
      roles.flatMap((from) => roles.flatMap((to) => (from === to ? [] : `${from} > ${to}`))).toSorted();
    expect(given("owner")).toEqual(between("member", "announcer", "admin"));
    expect(given("admin")).toEqual(between("member", "announcer"));
    for (const actor of STANDINGS.slice(2)) expect(given(actor)).toEqual([]);
    expect(Object.values(GIVEN).flat()).not.toContain("owner");
  });

  it.each([
    ["leave", "owner", undefined, "notPermitted"],
    ["leave", "invited", undefined, "notPermitted"],
    ["accept", "member", undefined, "notApplicable"],
    ["withdraw", "owner", undefined, "notApplicable"],
    ["remove", "admin", "owner", "notPermitted"],
    ["remove", "owner", "none", "notApplicable"],
    ["remove", "member", "member", "notPermitted"],
    ["invite", "admin", "member", "notApplicable"],
    ["approve", "owner", "invited", "notApplicable"],
    ["dissolve", "admin", undefined, "notPermitted"],
    ["profile", "announcer", undefined, "notPermitted"],
  ] as const)("answers %s by %s to %s with %s", (verb, actor, subject, verdict) => {
    expect(judge(verb, { actor, join: "open", ...(subject && { subject }) })).toBe(verdict);
  });

  it("lets whoever has a role or is invited read, and whoever has a role send, if it is no group for announcements", () => {
    expect(STANDINGS.filter((standing) => standing !== "none" && mayRead(standing))).toEqual(STANDINGS.slice(0, 5));
    expect(mayRead(undefined)).toBe(false);
    expect(SENDERS.all.toSorted()).toEqual([...ROLES].toSorted());
    expect(SENDERS.announcements.toSorted()).toEqual(ROLES.filter((role) => role !== "member").toSorted());
  });
});
