import { describe, expect, it } from "vitest";
import { decideChange, operatorReads, type OperatorRows } from "../../../../src/actions/operator/change.js";
import type { AdminChange } from "../../../../src/control/admin.js";
import { nameHold, registrationsStopped } from "../../../../src/store/operators.js";
import { userByName } from "../../../../src/store/rows.js";
import { foldName } from "../../../../src/store/identifiers.js";
import { hourAfter } from "../../../../src/util/time.js";
import { alice, NOW, settings } from "../../../support/actions.js";

const NOBODY: OperatorRows = { user: undefined, hold: undefined, stopped: undefined };
const held = { until: hourAfter(NOW) };
const reserved = { until: undefined };

function decide(command: AdminChange["command"], rows: Partial<OperatorRows> = {}, name = "Alice") {
  const request = (command.endsWith("registrations") ? { command } : { command, name }) as AdminChange;
  return decideChange(request, { ...NOBODY, ...rows }, { now: NOW, settings });
}

describe("an operator's change", () => {
  it("depends on the user and the hold of its name, whatever the case, or on nothing but whether there are registrations", () => {
    expect(operatorReads({ command: "reserve", name: "Alice" })).toEqual({
      user: userByName("alice"),
      hold: nameHold("alice"),
      stopped: registrationsStopped(),
    });
    expect(operatorReads({ command: "stop-registrations" })).toEqual({ stopped: registrationsStopped() });
  });

  it("deletes a user as a release does, if the key is still the one that was read", () => {
    const heldUntil = hourAfter(NOW + settings.nameHold);
    expect(decide("delete-user", { user: alice })).toEqual({
      result: "done",
      changes: [
        { kind: "releaseUser", user: alice.id, keyVersion: alice.keyVersion, folded: foldName("alice"), heldUntil },
      ],
      heldUntil,
    });
  });

  it("reserves a name that is nobody's, also one that is held for a time", () => {
    for (const hold of [undefined, held]) {
      expect(decide("reserve", { hold })).toEqual({
        result: "done",
        changes: [{ kind: "reserveName", folded: foldName("alice") }],
      });
    }
  });

  it("frees a name that is held or reserved, also when a setting reserves it as well", () => {
    for (const [hold, name] of [
      [held, "Alice"],
      [reserved, "Alice"],
      [held, "Admin"],
    ] as const) {
      expect(decide("free", { hold }, name)).toEqual({
        result: "done",
        changes: [{ kind: "freeName", folded: foldName(name) }],
      });
    }
  });

  it.each([
    ["stop-registrations", {}, true],
    ["resume-registrations", { stopped: true }, false],
  ] as const)("can %s", (command, rows, stopped) => {
    expect(decide(command, rows)).toEqual({ result: "done", changes: [{ kind: "setRegistrations", stopped }] });
  });

  it.each([
    ["delete-user", {}, "Alice", "noUser"],
    ["delete-user", { hold: held }, "Alice", "noUser"],
    ["reserve", { user: alice }, "Alice", "inUse"],
    ["reserve", { hold: reserved }, "Alice", "already"],
    ["reserve", {}, "ADMIN", "bySetting"],
    ["free", { user: alice }, "Alice", "inUse"],
    ["free", {}, "Alice", "already"],
    ["free", {}, "ADMIN", "bySetting"],
    ["stop-registrations", { stopped: true }, "", "already"],
    ["resume-registrations", {}, "", "already"],
  ] as const)("%s of %j changes nothing", (command, rows, name, result) => {
    expect(decide(command, rows, name)).toEqual({ result, changes: [] });
  });
});
