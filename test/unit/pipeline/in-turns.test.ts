/** Many small works leave the event loop to others between them. */
import { expect, test } from "vitest";
import { inTurns } from "../../../src/pipeline/in-turns.js";

test("all is done in order, the first at once, and others come between", async () => {
  const done: (number | string)[] = [];
  const items = Array.from({ length: 100 }, (_, index) => index);
  const all = inTurns(items, (item) => void done.push(item));
  expect(done.length).toBeGreaterThan(0);
  expect(done.length).toBeLessThan(50);
  await new Promise((resolve) => setImmediate(resolve));
  done.push("somebody else");
  await all;
  expect(done.filter((item) => typeof item === "number")).toEqual(items);
  expect(done.indexOf("somebody else")).toBeLessThan(done.length - 1);
});

test("nothing is nothing to do", async () => {
  await expect(inTurns([], () => expect.unreachable())).resolves.toBeUndefined();
});
