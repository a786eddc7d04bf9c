/** `npm run page` as a visitor starts it: one URL, which leads to whatever directory runs on this machine. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readReplyKey } from "../../scripts/local-directory.js";
import { startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { loopbackUrls } from "../support/loopback-control.js";
import { until } from "../support/until.js";

const PAGE = fileURLToPath(new URL("../../dist/scripts/page.js", import.meta.url));
const NYM_API = "http://127.0.0.1:1/api";

let dataDir: string;
let url: string;
let said = "";
const dispose: (() => unknown)[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "nym-directory-page-"));
  const env = { PATH: process.env["PATH"], DATA_DIR: dataDir, NYM_APIS: NYM_API };
  const child = spawn(process.execPath, [PAGE, "--port", "0"], { cwd: dataDir, env });
  dispose.push(() => child.kill());
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await until(() => /example page: (\S+) (.|\n)*\.\n$/.test(said));
  url = /example page: (\S+)/.exec(said)?.[1] ?? "";
});

afterAll(() => {
  for (const end of dispose) end();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

/** Where somebody who asks for nothing in particular is led; `undefined` when the page comes at once. */
async function led(): Promise<Record<string, string> | undefined> {
  const { status, headers } = await fetch(url, { redirect: "manual" });
  if (status === 200) return undefined;
  expect(status).toBe(302);
  return Object.fromEntries(new URL(headers.get("location") ?? "").searchParams);
}

const keyIn = (pem: string): string => pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");

test("without a directory it says how to start one, and the page asks for an address", async () => {
  expect(said).toContain("npm start starts one");
  expect(await led()).toBeUndefined();
});

test("it leads to the directory that was started meanwhile: on a loopback mixnet by that one's way", async () => {
  const ports = { WEBSOCKET_URL: "ws://127.0.0.1:0", LOOPBACK_USERS_PORT: "0", LOOPBACK_CONTROL_PORT: "0" };
  const directory = await startDirectory({ dataDir, env: { NYM_CLIENT: "loopback", ...ports } });
  dispose.push(() => directory.stop("SIGKILL"));
  const { users } = await loopbackUrls(directory);
  const replyKey = keyIn(await readReplyKey(join(dataDir, "keys")));
  expect(await led()).toEqual({ directory: (await directory.addresses()).join(), loopback: users, replyKey });
  await directory.stop();
});

test("and to one on the real mixnet by its nym-api, as long as it runs", async () => {
  const nymClient = await FakeNymClient.listen();
  const directory = await startDirectory({ dataDir, env: { NYM_CLIENT: "external", WEBSOCKET_URL: nymClient.url } });
  dispose.push(() => directory.stop("SIGKILL"));
  const replyKey = keyIn(await readReplyKey(join(dataDir, "keys")));
  const addresses = await directory.addresses();
  expect(await led()).toEqual({ directory: addresses.join(), nymApi: NYM_API, forceTls: "false", replyKey });
  await directory.stop();
  expect(await led()).toBeUndefined();
  await nymClient[Symbol.asyncDispose]();
});
