/** `app.log.example` shows what a directory logs today: a new run of its script gives the same lines. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readDoc, ROOT } from "../support/docs.js";

/** Lines without times and numbers, and sorted: what happens at the same moment is logged in either order. */
function comparable(log: string): readonly string[] {
  return log.replace(/^\S+/gm, "").replace(/\d+/g, "0").trimEnd().split("\n").toSorted();
}

test("the example of a log is current; `npm run app-log` writes it anew", async () => {
  const script = `${ROOT}dist/scripts/app-log-example.js`;
  const { stdout } = await promisify(execFile)(process.execPath, [script, "--print"]);
  expect(comparable(readDoc("app.log.example"))).toEqual(comparable(stdout));
  expect(readDoc("app.log.example")).toMatch(/directory stopped\n$/);
});
