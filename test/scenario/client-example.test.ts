/** The example in docs/client.md is complete and runs as it stands. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { startLoopbackDirectory } from "../support/loopback-directory.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

it("the example of the client library runs", async () => {
  const [, code = ""] = /```js\n([^]+?)```/.exec(await readFile(`${ROOT}/docs/client.md`, "utf8")) ?? [];
  await using directory = await startLoopbackDirectory();
  const args = ["--input-type=module", "-e", code, "--", `${directory.users}/alice`, directory.addresses[0] ?? ""];
  const output = await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT }, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
  });
  expect(output).toEqual({ error: null, stdout: "alice: a note to myself\n", stderr: "" });
});
