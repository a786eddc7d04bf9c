import { describe, expect, it } from "vitest";
import { status } from "../../../../src/actions/v2/status.js";
import { mailboxOf, routeOf } from "../../../../src/store/rows.js";
import type { Sequence } from "../../../../src/store/identifiers.js";
import type { Hour } from "../../../../src/util/time.js";
import { context, origin, settings } from "../../../support/actions.js";
import { arrived, carol, carolKey, proven, signed } from "../../../support/v2-requests.js";

const request = signed("status", {}, { key: carolKey, name: "carol" });
const empty = { user: carol, mailbox: undefined, route: undefined, challenge: undefined };

function answerOf(rows: Partial<Parameters<typeof status.decide>[1]>): unknown {
  const { reply, changes } = status.decide(proven(request), { ...empty, ...rows }, context);
  expect(changes).toEqual([]);
  return reply?.dialect === "v2" && reply.result === "ok" ? reply.answer : undefined;
}

describe("status", () => {
  it("reads the mailbox and the route", () => {
    expect(status.readsNext?.(arrived(request), empty, context)).toEqual({
      mailbox: mailboxOf(carol.id),
      route: routeOf(carol.id),
    });
  });

  it("tells of an account without a route, and without a mailbox so far", () => {
    expect(answerOf({})).toEqual({
      keyVersion: 1,
      routed: false,
      waiting: { messages: 0, bytes: 0 },
      quota: settings.mailbox,
      fullSince: undefined,
      lastSequence: 0,
    });
  });

  it("tells what waits, and since when the mailbox was full", () => {
    const mailbox = { messages: 2, bytes: 30, lastSequence: 7 as Sequence, fullSince: 490_000 as Hour };
    expect(answerOf({ mailbox })).toMatchObject({
      waiting: { messages: 2, bytes: 30 },
      fullSince: 490_000,
      lastSequence: 7,
    });
  });

  it.each([
    ["here", origin, true],
    ["at another tag", { ...origin, tag: "bb" as typeof origin.tag }, false],
    ["at another Nym client", { ...origin, client: "another" }, false],
    ["here, before the SURBs were lost", { ...origin, incarnation: 9 }, false],
  ])("tells of a route that is %s", (_, route, routed) => {
    expect(answerOf({ route })).toMatchObject({ routed });
  });
});
