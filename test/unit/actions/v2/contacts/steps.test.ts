/** Every verb on everything that two users can have of each other. */
import { describe, expect, it } from "vitest";
import { type Pair, stepOf } from "../../../../../src/actions/v2/contacts/steps.js";
import { type ContactVerb, type Relation, RELATIONS, VERBS } from "../../../../../src/protocol/v2/contacts.js";
import type { Contact } from "../../../../../src/store/contacts.js";

const verbs = Object.keys(VERBS) as ContactVerb[];
const relations = Object.keys(RELATIONS) as Relation[];
const every: readonly Contact[] = relations.flatMap((relation) =>
  [false, true].map((blocked) => ({ relation, blocked })),
);
const pairs: readonly Pair[] = every.flatMap((mine) => every.map((theirs) => ({ mine, theirs })));
const of = (relation: Relation, blocked = false): Contact => ({ relation, blocked });

describe("a step", () => {
  it.each(verbs)("%s leaves the other's block and, but for blocking, one's own as they are", (verb) => {
    for (const pair of pairs) {
      const step = stepOf(verb, pair, true);
      if (step === undefined) continue;
      expect(step.theirs.blocked).toBe(pair.theirs.blocked);
      expect(step.mine.blocked).toBe(verb === "block" || (verb !== "unblock" && pair.mine.blocked));
    }
  });

  it.each(verbs)(
    "%s does the same with what is mine whether or not the other has blocked me or wants a request",
    (verb) => {
      for (const { mine, theirs } of pairs) {
        const steps = [true, false].flatMap((blocked) =>
          [true, false].map((welcome) => stepOf(verb, { mine, theirs: { ...theirs, blocked } }, welcome)?.mine),
        );
        for (const step of steps) expect(step).toEqual(steps[0]);
      }
    },
  );

  it.each(verbs)("%s tells nobody who has blocked", (verb) => {
    for (const pair of pairs) if (pair.theirs.blocked) expect(stepOf(verb, pair, true)?.told).toBeUndefined();
  });

  it.each(["block", "unblock"] as const)("%s changes no relation", (verb) => {
    for (const pair of pairs) {
      const step = stepOf(verb, pair, true);
      if (step !== undefined) expect([step.mine.relation, step.theirs]).toEqual([pair.mine.relation, pair.theirs]);
    }
  });

  it.each(verbs)("%s makes contacts of both or of none, and ends it for both", (verb) => {
    for (const pair of pairs) {
      const wasMutual = (pair.mine.relation === "contact") === (pair.theirs.relation === "contact");
      const step = stepOf(verb, pair, true);
      if (step === undefined || !wasMutual) continue;
      expect(step.mine.relation === "contact").toBe(step.theirs.relation === "contact");
    }
  });
});

describe("of two of whom none has blocked the other", () => {
  const cases: readonly [ContactVerb, Relation, Relation, Relation?, Relation?, string?][] = [
    ["request", "none", "none", "requested", "received", "request"],
    ["request", "none", "requested", "contact", "contact", "accept"],
    ["request", "received", "requested", "contact", "contact", "accept"],
    ["request", "requested", "none"],
    ["request", "requested", "received"],
    ["request", "contact", "contact"],
    ["accept", "received", "requested", "contact", "contact", "accept"],
    ["accept", "none", "none"],
    ["accept", "none", "requested"],
    ["accept", "requested", "received"],
    ["accept", "contact", "contact"],
    ["reject", "received", "requested", "none", "requested"],
    ["reject", "none", "requested"],
    ["reject", "contact", "contact"],
    ["cancel", "requested", "received", "none", "none"],
    ["cancel", "requested", "none", "none", "none"],
    ["cancel", "contact", "contact"],
    ["cancel", "received", "requested"],
    ["remove", "contact", "contact", "none", "none"],
    ["remove", "requested", "received"],
    ["remove", "none", "none"],
    ["unblock", "contact", "contact"],
  ];

  it.each(cases)(
    "%s, when I have %s and they %s: %s, %s, told of %s",
    (verb, mine, theirs, myNext, theirNext, told) => {
      const step = stepOf(verb, { mine: of(mine), theirs: of(theirs) }, true);
      if (myNext === undefined || theirNext === undefined) expect(step).toBeUndefined();
      else expect(step).toEqual({ mine: of(myNext), theirs: of(theirNext), ...(told !== undefined && { told }) });
    },
  );
});

describe("a request", () => {
  it("that is not welcome waits with who asks, and nowhere else", () => {
    const none = { mine: of("none"), theirs: of("none") };
    expect(stepOf("request", none, false)).toEqual({ mine: of("requested"), theirs: of("none") });
    const blocked = { mine: of("none"), theirs: of("none", true) };
    expect(stepOf("request", blocked, true)).toEqual({ mine: of("requested"), theirs: of("none", true) });
  });

  it("is not made, nor accepted, of whom one has blocked", () => {
    for (const { mine, theirs } of pairs.filter((pair) => pair.mine.blocked)) {
      expect(stepOf("request", { mine, theirs }, true)).toBeUndefined();
      expect(stepOf("accept", { mine, theirs }, true)).toBeUndefined();
    }
  });
});
