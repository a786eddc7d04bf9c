/** The examples in docs/client.md that are complete run as they stand. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { startLoopbackDirectory } from "../support/loopback-directory.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What the complete example with this name in it prints. */
async function run(name: string, ...args: readonly string[]): Promise<unknown> {
  const blocks = (await readFile(`${ROOT}/docs/client.md`, "utf8")).matchAll(/```js\n([^]+?)```/g);
  const code = [...blocks].map(([, text = ""]) => text).find((text) => text.includes(name));
  expect(code).toBeDefined();
  const all = ["--input-type=module", "-e", code ?? "", "--", ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { cwd: ROOT }, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
  });
}

it("the example of an account runs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "client-example-"));
  await using directory = await startLoopbackDirectory();
  const [address = ""] = directory.addresses;
  expect(await run("openAccount(", `${directory.users}/alice`, address, join(folder, "alice"))).toEqual({
    error: null,
    stdout: expect.toSatisfy(
      (told: string) =>
        told.split("\n").sort().join() === ["", "alice: a note to myself", "delivered", "stored"].join(),
    ) as string,
    stderr: "",
  });
  await rm(folder, { recursive: true });
});

it("the example of people who become contacts runs", async () => {
  await using directory = await startLoopbackDirectory();
  const [address = ""] = directory.addresses;
  const urls = ["alice", "bob"].map((name) => `${directory.users}/${name}`);
  expect(await run("alice.people.request(", ...urls, address)).toEqual({
    error: null,
    stdout: "alice asks: we met at the fair\nbob has accepted: gladly\nalice contact\n",
    stderr: "",
  });
});

it("the example of a group runs", async () => {
  await using directory = await startLoopbackDirectory();
  const [address = ""] = directory.addresses;
  const urls = ["alice", "bob"].map((name) => `${directory.users}/${name}`);
  expect(await run("alice.groups.found(", ...urls, address)).toEqual({
    error: null,
    stdout: "alice: invite bob\nalice owner\nbob admin\n",
    stderr: "",
  });
});

it("the example of prekeys runs", async () => {
  await using directory = await startLoopbackDirectory();
  const [address = ""] = directory.addresses;
  const urls = ["alice", "bob"].map((name) => `${directory.users}/${name}`);
  expect(await run("alice.prekeys.publish(", ...urls, address)).toEqual({
    error: null,
    stdout: "alice: 1, and one for Bob alone\nleft: 1\nleft: 3, as published: true\n",
    stderr: "",
  });
});

it("the example of a history runs", async () => {
  await using directory = await startLoopbackDirectory();
  const [address = ""] = directory.addresses;
  const urls = ["alice", "bob", "alice-elsewhere"].map((name) => `${directory.users}/${name}`);
  expect(await run("device.history.with(", ...urls, address)).toEqual({
    error: null,
    stdout: "3 of alice\nto bob: are you there?\nto bob: well then\n2\n",
    stderr: "",
  });
});

it("the example of a client of v1 runs", async () => {
  await using directory = await startLoopbackDirectory();
  const [address = ""] = directory.addresses;
  expect(await run("newKeyPair()", `${directory.users}/alice`, address)).toEqual({
    error: null,
    stdout: "alice: a note to myself\n",
    stderr: "",
  });
});
