/** The benchmark itself: every operation runs against every target and is counted, and nothing fails. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const BENCH = fileURLToPath(new URL("../../dist/scripts/bench.js", import.meta.url));
const OPERATIONS = ["look-up hit", "look-up miss", "register", "login", "send"];

interface Result {
  measurements: { operation: string; target: string; completed: number; failed: number; packetsPerOperation: object }[];
  ratios: { operation: string; throughputToBare: number; p99ToBare: number }[];
  soak: { lookUps: number; failed: number; rssMiB: number[] };
}

async function bench(...args: string[]): Promise<Result> {
  const short = ["--seconds", "0.3", "--warmup", "0.1", "--users", "60", "--in-flight", "4", "--soak-lookups", "200"];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...short, ...args]);
  return JSON.parse(stdout) as Result;
}

describe("the benchmark", () => {
  it("measures every operation on the directory and on both floors", async () => {
    const { measurements, ratios, soak } = await bench();
    for (const target of ["directory", "bare", "echo"]) {
      const measured = measurements.filter((measurement) => measurement.target === target);
      expect(measured.map(({ operation }) => operation)).toEqual(OPERATIONS);
      for (const { completed, failed } of measured) {
        expect(completed).toBeGreaterThan(0);
        expect(failed).toBe(0);
      }
    }
    expect(ratios.map(({ operation }) => operation)).toEqual(OPERATIONS);
    for (const { throughputToBare, p99ToBare } of ratios) {
      expect(throughputToBare).toBeGreaterThan(0);
      expect(p99ToBare).toBeGreaterThan(0);
    }
    expect(soak).toMatchObject({ lookUps: 200, failed: 0 });
    expect(soak.rssMiB).toHaveLength(5);
  });

  it("counts a look-up as the packets that it costs: three up with ten SURBs, one with two, and one down", async () => {
    for (const [surbs, up] of [
      ["10", 3],
      ["2", 1],
    ] as const) {
      const { measurements } = await bench("--targets", "echo", "--operations", "look-up hit", "--surbs", surbs);
      const [{ packetsPerOperation }] = measurements as [Result["measurements"][number]];
      // Requests still under way at the ends of the window shift the mean by hundredths.
      const packets = packetsPerOperation as { up: number; down: number };
      expect(packets.up).toBeCloseTo(up, 1);
      expect(packets.down).toBeCloseTo(1, 1);
    }
  });
});

it("the benchmark of pools measures each of them", async () => {
  const short = [
    "--clients",
    "1,2",
    "--seconds",
    "0.5",
    "--warmup",
    "0.2",
    "--users",
    "3",
    "--packets-per-second",
    "500",
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [
    BENCH.replace("bench.js", "bench-pool.js"),
    ...short,
  ]);
  const { pools } = JSON.parse(stdout) as { pools: { clients: number; lookUps: number; ratio: number }[] };
  expect(pools.map(({ clients }) => clients)).toEqual([1, 2]);
  expect(pools[0]?.ratio).toBeCloseTo(1, 2);
  for (const { lookUps } of pools) expect(lookUps).toBeGreaterThan(0);
});

/** What a script under scripts/ prints. */
async function printed(name: string, ...args: string[]): Promise<unknown> {
  const path = fileURLToPath(new URL(`../../dist/scripts/${name}.js`, import.meta.url));
  return JSON.parse((await promisify(execFile)(process.execPath, [path, ...args])).stdout) as unknown;
}

const above0: unknown = expect.toSatisfy((value: number) => value > 0);

it("the benchmark of v2 measures sends beside their floor, and both ways of delivery", async () => {
  const short = ["--seconds", "0.5", "--warmup", "0.1", "--rounds", "1", "--in-flight", "1,8"];
  const few = ["--recipients", "8", "--senders", "24", "--acknowledge", "1"];
  const result = await printed("bench-v2", ...short, ...few);
  expect(result).toMatchObject({
    measurements: [
      { target: "directory", inFlight: 1, completed: above0, failed: 0, packetsPerOperation: { up: above0 } },
      { target: "v2", inFlight: 1, completed: above0, failed: 0 },
      { target: "directory", inFlight: 8, completed: above0, failed: 0 },
      { target: "v2", inFlight: 8, completed: above0, failed: 0 },
    ],
    summary: [{ p99ToFloor: above0 }, { p99ToFloor: above0 }],
    fetched: { items: above0, acknowledgements: above0 },
    pushed: { failed: 0, deliveredPerSecond: above0, acknowledgementsPerSecond: above0 },
  });
});

it(
  "the benchmark of scale makes its databases and measures look-ups, starts and a sweep",
  { timeout: 120_000 },
  async () => {
    const small = ["--few-users", "20", "--users", "400", "--messages", "300", "--expired", "700", "--restarts", "1"];
    expect(await printed("bench-scale", ...small)).toMatchObject({
      lookUps: { costs: [{ users: 20 }, { users: 400 }], ratio: above0 },
      restart: { starts: [{ seconds: above0, restedRssMiB: above0 }] },
      sweep: { swept: 700, seconds: above0, ownPauseMs: expect.any(Number) as number, idle: {} },
    });
  },
);

it(
  "the benchmark of equal replies asks for what exists, what does not, and what is gone",
  { timeout: 120_000 },
  async () => {
    const three = { timings: [{ p50: above0 }, { p50: above0 }, { p50: above0 }], ratio: above0 };
    expect(await printed("bench-equal", "--times", "5")).toMatchObject({ questions: [three, three, three, three] });
  },
);

it("the benchmark of groups sends to all, and looks up meanwhile and between", { timeout: 120_000 }, async () => {
  expect(await printed("bench-fan-out", "--members", "20", "--messages", "2")).toMatchObject({
    ...{ members: 19, messages: 2 },
    handedOver: { median: above0, most: above0 },
    quiet: { lookUps: above0, p99: above0 },
    meanwhile: { lookUps: above0, p99: above0 },
    ratio: above0,
  });
});
