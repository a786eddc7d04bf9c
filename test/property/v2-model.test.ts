/**
 * Random users under random faults against the directory's own parts, compared with a dumb model (`scripts/soak`): what
 * was answered `stored` is delivered exactly once or expires, nothing comes again after its acknowledgement, and no packet
 * is handed over that no SURB paid for. `v2-model-kills.test.ts` does the same with processes that are killed.
 */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { soak } from "../../scripts/soak/soak.js";

const RUNS = 475;
const seed = randomBytes(6).toString("hex");

test(`${RUNS} random runs with loss, copies, reordering, starvation, new tags and restarts agree with the model (seed ${seed})`, async () => {
  const quiet = { kills: 0, killsPerRun: 1, progress: () => undefined, shrunk: 1, shrinkMs: 60_000 };
  const { failures, figures, runs } = await soak({ seed, runs: RUNS, ...quiet, together: { runs: 6, kills: 1 } });
  expect(failures, `seed ${seed}`).toEqual([]);
  expect(runs).toBe(RUNS);
  expect(figures).toMatchObject({ itemsAfterAcknowledgement: 0, packetsBeyondSurbs: 0 });
  // Enough has happened for that to mean something.
  expect(figures.stored).toBeGreaterThan(RUNS);
  expect(figures.itemsAgain).toBeGreaterThan(RUNS);
  for (const count of [
    figures.restarts,
    figures.tagChanges,
    figures.nymClientCrashes,
    figures.surbsAskedFor,
    figures.expired,
  ])
    expect(count).toBeGreaterThan(0);
}, 900_000);
