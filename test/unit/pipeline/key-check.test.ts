/** Keys are checked on a thread of their own, and as the function on this one has it. */
import { expect, test } from "vitest";
import { areAcceptable } from "../../../src/pipeline/key-check.js";
import { readDoc } from "../../support/docs.js";
import vectors from "../../vectors/ed25519.json" with { type: "json" };

test("the thread has the verdicts of the vectors", async () => {
  const verdicts = await Promise.all(vectors.keys.map(({ key }) => areAcceptable([Buffer.from(key, "hex")])));
  expect(verdicts).toEqual(vectors.keys.map(({ acceptable }) => acceptable));
});

test("all keys of a question must be acceptable, and none always are", async () => {
  const [good, bad] = [true, false].map((wanted) => {
    const found = vectors.keys.find(({ acceptable }) => acceptable === wanted);
    return Buffer.from(found?.key ?? "", "hex");
  }) as [Buffer, Buffer];
  expect(await Promise.all([[], [good], [good, good], [good, bad], [bad]].map(areAcceptable))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test("a thread that dies takes its questions with it, and no others", async () => {
  const key = Buffer.from(vectors.keys.find(({ acceptable }) => acceptable)?.key ?? "", "hex");
  // No list at all: the thread throws, and ends.
  const none = { length: 1 } as unknown as readonly Uint8Array[];
  await expect(areAcceptable(none)).rejects.toThrow("has ended");
  expect(await areAcceptable([key])).toBe(true);
});

test("no stage checks keys on the thread that serves everybody", () => {
  expect(readDoc("src/pipeline/key-check-worker.ts")).toContain("isAcceptableKey(");
  for (const file of ["src/pipeline/verify.ts", "src/pipeline/key-check.ts", "src/actions/v2/register.ts"])
    expect(readDoc(file)).not.toContain("isAcceptableKey(");
});
