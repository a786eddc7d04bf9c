import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Agenda } from "../../../../nym-client/loopback/agenda.js";

test("entries are done in order of their time, those of the same time in order of their coming", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 60 }), async (offsets) => {
      const agenda = new Agenda();
      const start = agenda.now();
      const done: [number, number][] = [];
      const all = new Promise<void>((resolve) => {
        offsets.forEach((offset, index) => agenda.at(start + offset / 10, () => void done.push([offset, index])));
        agenda.at(start + 1, resolve);
      });
      await all;
      const expected = offsets.map((offset, index): [number, number] => [offset, index]);
      expect(done).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    }),
    { numRuns: 50 },
  );
});

test("nothing is done before its time", async () => {
  const agenda = new Agenda();
  const start = agenda.now();
  const times = await Promise.all(
    [5, 1, 3].map((ms) => new Promise<number>((resolve) => agenda.after(ms, () => resolve(agenda.now() - start - ms)))),
  );
  expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
});

test("what is to be done soon is done after what runs, once, in order", async () => {
  const agenda = new Agenda();
  const done: string[] = [];
  agenda.soon(() => {
    done.push("first");
    agenda.soon(() => done.push("third"));
  });
  agenda.soon(() => done.push("second"));
  expect(done).toEqual([]);
  await sleep(5);
  expect(done).toEqual(["first", "second", "third"]);
});

test("a closed agenda does nothing more, not even what comes due together", async () => {
  const agenda = new Agenda();
  const done: string[] = [];
  agenda.soon(() => done.push("soon"));
  agenda.after(1, () => done.push("later"));
  agenda.close();
  agenda.soon(() => done.push("after the end"));
  agenda.after(1, () => done.push("after the end"));
  await sleep(10);
  expect(done).toEqual([]);
});
