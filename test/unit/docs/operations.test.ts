/** What operators are told covers what they can set, and what faults are said to be tried are in the tests that are named. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { adminRequest } from "../../../src/control/admin.js";
import { quoted, readDoc, ROOT, tableRows } from "../../support/docs.js";

const operations = readDoc("docs/operations.md");

/** The values that a setting allows. */
function choices(setting: string): string[] {
  const row = tableRows(readDoc("docs/settings.md"), "Nym clients").find(([name]) => name === `\`${setting}\``);
  return (row?.[2] ?? "").split(", ");
}

describe("operators are told", () => {
  test.each([
    ["NYM_CLIENT", "Which Nym client"],
    ["NYM_CLIENT_MODE", "Modes"],
  ])("what each %s is for, and what it costs", (setting, heading) => {
    const [head, ...rows] = tableRows(operations, heading);
    expect(head?.[0]).toBe(`\`${setting}\``);
    expect(rows.map(([name]) => quoted(name ?? "")[0])).toEqual(choices(setting));
  });

  test.each(["SIGINT", "30 seconds", "`NYM_GATEWAY`", "`NYM_APIS`", "`NYM_CLIENTS=4`", "backup FILE", "restore FILE"])(
    "of %s",
    (what) => expect(operations).toContain(what),
  );
});

test("operators are told of every command of admin, and none that is not there", () => {
  const [, ...rows] = tableRows(operations, "Administration");
  const told = rows.map(([command = ""]) => quoted(command)[0]?.split(" ")[0]);
  expect(told.toSorted()).toEqual(adminRequest.options.map(({ shape }) => shape.command.value).toSorted());
});

test("each fault of a Nym client names the tests that try it", () => {
  const [, ...rows] = tableRows(readDoc("docs/testing.md"), "Faults of a Nym client");
  expect(rows.length).toBeGreaterThan(10);
  for (const [fault, , files = ""] of rows) {
    expect(quoted(files), fault).not.toEqual([]);
    for (const file of quoted(files)) expect(existsSync(`${ROOT}test/fault/${file}.test.ts`), file).toBe(true);
  }
});
