/** `npm run demo`, as a program whose output goes into a pipe. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const DEMO = fileURLToPath(new URL("../../dist/scripts/demo.js", import.meta.url));

it("shows two users who register, find each other and write both ways, and leaves nothing behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "demo-test-"));
  const [code, stdout, stderr] = await new Promise<[number, string, string]>((resolve) => {
    const child = execFile(process.execPath, [DEMO], { env: { TMPDIR: folder } }, (_, out, err) =>
      resolve([child.exitCode ?? -1, out, err]),
    );
  });
  expect([code, stderr]).toEqual([0, ""]);
  for (const line of [
    /✓ alice is registered with the key /,
    /✓ bob is registered with the key /,
    /alice ──▶ query +38 bytes {2}1 packet +with 2 SURBs\n +alice ◀── queryResponse +\d+ bytes {2}1 packet\n/,
    /✓ bob has decrypted it and checked that alice signed it/,
    /✓ alice has decrypted it and checked that bob signed it/,
    /✓ neither text is anywhere on its disk/,
    /✓ no name is in its log of \d+ lines/,
    /alice +5 packets up, 5 down/,
    /bob +5 packets up, 5 down/,
  ])
    expect(stdout).toMatch(line);
  expect(stdout).not.toContain("\u001b");
  for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
