/** Admission: what is charged to whom, and that what is refused costs nobody anything. */
import { describe, expect, it } from "vitest";
import { type AdmitLimits, createAdmission } from "../../../src/pipeline/admit.js";
import type { Session } from "../../../src/pipeline/session.js";
import type { UserId } from "../../../src/store/identifiers.js";

const PLENTY = { perSecond: 1_000, burst: 1_000 };
const ONE = { perSecond: 1, burst: 1 };
const OPEN: AdmitLimits = {
  perTag: PLENTY,
  perUser: PLENTY,
  budgets: {
    ...{ lookups: PLENTY, registrations: PLENTY, logins: PLENTY, recoveries: PLENTY },
    ...{ sends: PLENTY, mailboxes: PLENTY, groups: PLENTY, prekeys: PLENTY },
  },
};
const ACTIONS_OF = {
  lookups: ["query"],
  registrations: ["register", "registrationResponse"],
  logins: ["login", "loginResponse"],
  recoveries: ["v2.recover"],
  sends: ["send"],
  mailboxes: ["v2.fetch", "v2.ack", "v2.receipts", "v2.status", "v2.history", "v2.unread"],
  groups: ["v2.groupCreate", "v2.groupChange", "v2.groupSend"],
  prekeys: ["v2.publish", "v2.take", "v2.prekeys"],
} as const;
const BUDGETS = Object.keys(ACTIONS_OF) as (keyof typeof ACTIONS_OF)[];

/** Of a session only its own rate counts here. */
const someone = (): Session => ({ arrival: 0 }) as Session;

describe("the totals", () => {
  it.each(BUDGETS)(
    "of %s are their own: when they are used up by one sender, all others find the rest open",
    (used) => {
      const admission = createAdmission({ ...OPEN, budgets: { ...OPEN.budgets, [used]: ONE } }, () => 1_000);
      expect(admission.request(someone(), ACTIONS_OF[used][0])).toBe(true);
      for (const budget of BUDGETS) {
        for (const action of ACTIONS_OF[budget]) expect(admission.request(someone(), action)).toBe(budget !== used);
      }
    },
  );

  it("keep recoveries apart from the log-ins and changes of key that they are the answer to", () => {
    const admission = createAdmission({ ...OPEN, budgets: { ...OPEN.budgets, logins: ONE } }, () => 1_000);
    expect(admission.request(someone(), "v2.rotate")).toBe(true);
    for (const action of ["v2.login", "v2.prove", "v2.logout", "v2.rotate", "v2.release"] as const)
      expect(admission.request(someone(), action)).toBe(false);
    expect(admission.request(someone(), "v2.recover")).toBe(true);
  });

  it("fill again with time", () => {
    let now = 1_000;
    const admission = createAdmission({ ...OPEN, budgets: { ...OPEN.budgets, lookups: ONE } }, () => now);
    expect(admission.request(someone(), "query")).toBe(true);
    now += 999;
    expect(admission.request(someone(), "query")).toBe(false);
    now += 1;
    expect(admission.request(someone(), "query")).toBe(true);
  });
});

describe("the limit of a tag", () => {
  it("is that tag's alone, for all its actions", () => {
    const admission = createAdmission({ ...OPEN, perTag: ONE }, () => 1_000);
    const hasty = someone();
    expect(admission.request(hasty, "query")).toBe(true);
    expect(admission.request(hasty, "login")).toBe(false);
    expect(admission.request(someone(), "login")).toBe(true);
  });

  it("keeps what it refuses from the totals", () => {
    const admission = createAdmission(
      { ...OPEN, perTag: ONE, budgets: { ...OPEN.budgets, lookups: { perSecond: 1, burst: 2 } } },
      () => 1_000,
    );
    const hasty = someone();
    for (let count = 0; count < 10; count++) admission.request(hasty, "query");
    expect(admission.request(someone(), "query")).toBe(true);
  });

  it("is not charged for what a total refuses", () => {
    const admission = createAdmission({ ...OPEN, perTag: ONE, budgets: { ...OPEN.budgets, sends: ONE } }, () => 1_000);
    admission.request(someone(), "send");
    const patient = someone();
    expect(admission.request(patient, "send")).toBe(false);
    expect(admission.request(patient, "query")).toBe(true);
  });
});

describe("the limit of a user", () => {
  it("is that user's alone", () => {
    const admission = createAdmission({ ...OPEN, perUser: { perSecond: 1, burst: 2 } }, () => 1_000);
    const [alice, bob] = [1 as UserId, 2 as UserId];
    expect([alice, alice, alice, bob].map((user) => admission.user(user))).toEqual([true, true, false, true]);
  });
});

it("without limits everything is admitted", () => {
  const admission = createAdmission(undefined, () => 1_000);
  const hasty = someone();
  for (let count = 0; count < 10_000; count++) {
    expect(admission.request(hasty, "register")).toBe(true);
    expect(admission.user(1 as UserId)).toBe(true);
  }
});
