/** Nym's own SDK in a real browser, with no network behind it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createLoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { ServedPage } from "../../scripts/page/serve.js";
import { type Browser, startBrowser, type Tab } from "../support/chromium.js";
import { startNymApi } from "../support/nym-api.js";
import { readDatabases, startExamplePage } from "../support/example-page.js";

const mixnet = createLoopbackMixnet();
const DIRECTORY = mixnet.addressOf("nym-directory");
let served: ServedPage;
let browser: Browser;

beforeAll(async () => {
  served = await startExamplePage();
  browser = await startBrowser();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await served[Symbol.asyncDispose]();
  await mixnet.close();
});

async function openWith(nymApi: string): Promise<Tab> {
  const tab = await browser.open(`${served.url}?directory=${DIRECTORY}&nymApi=${encodeURIComponent(nymApi)}`);
  onTestFinished(() => tab.page.close());
  return tab;
}

/** A server at which every request ends with this status; with what was asked of it. */
async function listen(status: number, body = ""): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? "/", "http://localhost").pathname);
    response.writeHead(status, { "access-control-allow-origin": "*", "access-control-allow-headers": "*" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`, asked };
}

/** A port at which nothing listens. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/api`;
}

test("the SDK loads and starts, and the page says that the nym-api does not answer, and what to do", async () => {
  const { page, console, faults, requests } = await openWith(await closedPort());
  await page.getByRole("alert").getByText("The network is unreachable").waitFor();
  expect(await page.getByRole("alert").textContent()).toMatch(/nym-api.*does not answer.*Check that you are online/);
  expect(await page.getByText("Code: nymApiUnreachable").isVisible()).toBe(true);
  expect(await page.locator("#status").textContent()).toContain("Not connected");
  expect(requests).toContainEqual(expect.stringMatching(/web-worker-0\.js$/));
  expect(console.join("\n")).toMatch(/rust module loaded[^]*Starting\.\.\.[^]*Failed to start/);
  expect(faults).toEqual([]);
});

test("the SDK asks the nym-api of the settings, and the page tells a wrong one from none", async () => {
  const { url, asked } = await listen(404);
  const { page } = await openWith(url);
  await page.getByText("Code: nymApiWrong").waitFor();
  expect(asked).toContain("/api/v2/unstable/nym-nodes/skimmed/entry-gateways");
  expect(asked).toContain("/api/v1/epoch/key-rotation-info");
});

test("a nym-api that answers and a gateway that does not are told from no nym-api", async () => {
  let visitors = 0;
  const gateway = createServer((request) => request.socket.destroy()).on("upgrade", (_request, socket) => {
    visitors++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void gateway.close());
  const api = await startNymApi({ gateways: [{ wsPort: (gateway.address() as AddressInfo).port }] });
  onTestFinished(() => api[Symbol.asyncDispose]());
  const { page } = await browser.open("about:blank");
  onTestFinished(() => page.close());
  await page.clock.install();
  await page.goto(`${served.url}?directory=${DIRECTORY}&forceTls=false&nymApi=${encodeURIComponent(api.url)}`);
  await expect.poll(() => visitors, { timeout: 30_000 }).toBeGreaterThan(0);
  await expect.poll(() => api.requests).toContain("/v1/epoch/key-rotation-info");
  expect(await page.locator("#status").textContent()).toContain("Connecting…");
  await page.clock.runFor(60_000);
  await page.getByText("Code: noGateway").waitFor();
  expect(await page.getByRole("alert").textContent()).toContain("no gateway let us in");
});

test("the worker is gone after a failure, and trying again starts another", async () => {
  const { page, requests } = await openWith(await closedPort());
  await page.getByText("Code: nymApiUnreachable").waitFor();
  await expect.poll(() => page.workers().length).toBe(0);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => requests.filter((url) => url.endsWith("web-worker-0.js")).length).toBe(2);
  await page.getByText("Code: nymApiUnreachable").waitFor();
});

test("who wants to be forgotten is, the keys of the Nym client as well", async () => {
  const { page } = await openWith(await closedPort());
  await page.getByText("Code: nymApiUnreachable").waitFor();
  const kept = (await readDatabases(page)).names;
  const nymKeys = kept.filter((name) => name.startsWith("wasm-client-storage-"));
  expect([kept.length, nymKeys.length]).toEqual([2, 1]);
  page.on("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Forget me" }).click();
  await page.getByText("Choose a name").waitFor();
  expect((await readDatabases(page)).names).not.toContain(nymKeys[0]);
});

test("settings can be put right on the page", async () => {
  const { url, asked } = await listen(500);
  const { page } = await openWith(await closedPort());
  await page.getByText("Code: nymApiUnreachable").waitFor();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByLabel("nym-api").fill("nonsense");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("That is no URL of a nym-api").waitFor();
  await page.getByLabel("nym-api").fill(url);
  await page.getByLabel("Only gateways with TLS").uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Code: nymApiWrong").waitFor();
  const query = new URL(page.url()).searchParams;
  expect([query.get("nymApi"), query.get("forceTls"), query.get("directory")]).toEqual([url, "false", DIRECTORY]);
  expect(asked.length).toBeGreaterThan(0);
});
