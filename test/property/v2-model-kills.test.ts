/** As `v2-model.test.ts`, against the directory's real process, which is killed with SIGKILL under load. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { soak } from "../../scripts/soak/soak.js";

const RUNS = 25;
const KILLS_PER_RUN = 2;
const seed = randomBytes(6).toString("hex");

test(`${RUNS} random runs with kill -9 agree with the model (seed ${seed})`, async () => {
  const { failures, figures, killRuns } = await soak({
    ...{ seed, runs: 0, kills: RUNS * KILLS_PER_RUN, killsPerRun: KILLS_PER_RUN },
    ...{ together: { runs: 1, kills: 3 }, progress: () => undefined, shrunk: 1, shrinkMs: 60_000 },
  });
  expect(failures, `seed ${seed}`).toEqual([]);
  expect(killRuns).toBe(RUNS);
  expect(figures.kills).toBeGreaterThanOrEqual(RUNS * KILLS_PER_RUN);
  expect(figures.stored).toBeGreaterThan(RUNS);
}, 900_000);
