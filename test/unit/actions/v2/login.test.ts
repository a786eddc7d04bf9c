import { describe, expect, it } from "vitest";
import { isChallengeFor } from "../../../../src/actions/v2/challenge.js";
import { login } from "../../../../src/actions/v2/login.js";
import { userByName } from "../../../../src/store/rows.js";
import { alice, context, origin } from "../../../support/actions.js";
import { anonymous, arrived, carol, carolKey, named, proven } from "../../../support/v2-requests.js";

const name = named("cAROL");
const request = anonymous("login", { name });
const use = { purpose: "login", name, key: carolKey.raw, origin } as const;

function challengeFor(user: typeof carol | undefined): Uint8Array {
  const { reply, changes } = login.decide(proven(request), { user, challenge: undefined }, context);
  expect(changes).toEqual([]);
  if (reply?.dialect !== "v2" || reply.result !== "ok" || reply.action !== "login") throw new Error("no challenge");
  return reply.answer.challenge;
}

describe("login", () => {
  it("answers a challenge for the registered key", () => {
    expect(login.reads(arrived(request), undefined)).toEqual({ user: userByName("carol") });
    expect(isChallengeFor(use, challengeFor(carol), context)).toBe(true);
  });

  it.each([
    ["nobody", undefined],
    ["a v1 user", alice],
  ])("answers one that is as long, and good for nothing, to %s", (_, user) => {
    const challenge = challengeFor(user);
    expect(challenge).toHaveLength(20);
    expect(isChallengeFor(use, challenge, context)).toBe(false);
  });
});
