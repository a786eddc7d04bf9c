/** What the model check stands on: programs from seeds, and the shrinking of those that fail. */
import { describe, expect, test } from "vitest";
import { makeProgram } from "../../../scripts/soak/program.js";
import { shrink } from "../../../scripts/soak/shrink.js";

const OPTIONS = { steps: [10, 40], restarts: 3, time: false } as const;

describe("a program", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(makeProgram("one", OPTIONS)).toEqual(makeProgram("one", OPTIONS));
    expect(makeProgram("one", OPTIONS)).not.toEqual(makeProgram("two", OPTIONS));
  });

  test("has as many restarts as were asked for, and moves no clock unless it may", () => {
    const { steps } = makeProgram("one", { ...OPTIONS, steps: [500, 500] });
    expect(steps).toHaveLength(503);
    expect(steps.filter((step) => step.do === "restartDirectory")).toHaveLength(3);
    expect(steps.filter((step) => step.do === "pass")).toEqual([]);
  });
});

describe("shrinking", () => {
  const numbers = Array.from({ length: 40 }, (_, index) => index);

  test("leaves the steps that it takes to fail", async () => {
    const fails = (steps: readonly number[]): Promise<boolean> =>
      Promise.resolve(steps.includes(7) && steps.includes(31));
    expect(await shrink(numbers, fails, { tries: 1, budget: 1_000 })).toEqual([7, 31]);
  });

  test("tries what fails only now and then several times", async () => {
    let tried = 0;
    const fails = (steps: readonly number[]): Promise<boolean> =>
      Promise.resolve(steps.includes(7) && tried++ % 3 === 2);
    expect(await shrink(numbers, fails, { tries: 3, budget: 1_000 })).toEqual([7]);
  });

  test("ends when its budget is spent", async () => {
    let tried = 0;
    const fails = (): Promise<boolean> => Promise.resolve(tried++ < 0);
    expect(await shrink(numbers, fails, { tries: 2, budget: 25 })).toEqual(numbers);
    expect(tried).toBe(25);
  });
});
