/** The whole conversation on the example page, with what stands in for the SDK, and the real directory behind. */
import { mkdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { linkTo } from "../../scripts/page/link.js";
import type { ServedPage } from "../../scripts/page/serve.js";
import { findLocalDirectory } from "../../scripts/local-directory.js";
import { type Browser, startBrowser, type Tab } from "../support/chromium.js";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { readDatabases, startExamplePage, visitor } from "../support/example-page.js";

const PICTURES = process.env["PICTURES"];

let served: ServedPage;
let directory: DirectoryProcess;
let link: string;

beforeAll(async () => {
  served = await startExamplePage();
  const ports = { WEBSOCKET_URL: "ws://127.0.0.1:0", LOOPBACK_USERS_PORT: "0", LOOPBACK_CONTROL_PORT: "0" };
  directory = await startDirectory({ env: { NYM_CLIENT: "loopback", ...ports } });
  const local = await findLocalDirectory({ dataDir: directory.dataDir });
  if (local === undefined) throw new Error("the directory does not say where it is");
  link = linkTo(served.url, local);
});

afterAll(async () => {
  await directory[Symbol.asyncDispose]();
  await served[Symbol.asyncDispose]();
});

async function browse(viewport?: { width: number; height: number }): Promise<Browser> {
  const browser = await startBrowser(viewport);
  onTestFinished(() => browser[Symbol.asyncDispose]());
  return browser;
}

async function picture({ page }: Tab, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png` });
}

test("two visitors register, find each other, and chat; who reloads is who they were", async () => {
  const [here, there] = [await browse(), await browse({ width: 390, height: 780 })];
  const [alice, bob] = [await here.open(link), await there.open(link)];
  await picture(alice, "welcome");
  await visitor.becomes(alice.page, "alice");
  await visitor.becomes(bob.page, "Bob_2");
  for (const [{ page }, name] of [
    [alice, "alice"],
    [bob, "Bob_2"],
  ] as const)
    await visitor.status(page).getByText(`Connected as ${name}`).waitFor();
  expect(await alice.page.locator("#warning").textContent()).toContain("no anonymity");

  await visitor.finds(alice.page, "bob_2");
  await alice.page.getByText("Bob_2 is registered").waitFor();
  await picture(alice, "found");
  await alice.page.getByRole("button", { name: "Write to Bob_2" }).click();
  await visitor.says(alice.page, "Hello Bob, <b>how are you</b>?");
  await alice.page.getByText("Kept for them").waitFor();
  await bob.page.getByRole("button", { name: /alice/ }).click();
  await bob.page.getByRole("log").getByText("Hello Bob, <b>how are you</b>?").waitFor();
  await visitor.says(bob.page, "Very well, thank you.");
  await alice.page.getByRole("log").getByText("Very well, thank you.").waitFor();
  const keyOf = (tab: Tab): Promise<string | null> => tab.page.locator(".peer .fingerprint").textContent();
  await expect.poll(() => keyOf(alice)).toMatch(/^Key ([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
  await picture(alice, "chat");
  await picture(bob, "chat-phone");

  await alice.page.reload();
  await visitor.status(alice.page).getByText("Connected as alice").waitFor();
  await alice.page.getByRole("button", { name: /Bob_2/ }).click();
  await alice.page.getByRole("log").getByText("Very well, thank you.").waitFor();
  await visitor.says(bob.page, "Are you still there?");
  await alice.page.getByRole("log").getByText("Are you still there?").waitFor();
  await visitor.says(alice.page, "I am.");
  await bob.page.getByRole("log").getByText("I am.").waitFor();
  expect(await alice.page.getByRole("log").getByText("Hello Bob").count()).toBe(1);
  expect([...alice.faults, ...bob.faults]).toEqual([]);
});

test("what goes wrong is said where it goes wrong", async () => {
  const [here, there] = [await browse(), await browse()];
  const [carol, mallory] = [await here.open(link), await there.open(link)];
  await visitor.becomes(carol.page, "no spaces");
  await carol.page.getByText("1 to 64 letters").waitFor();
  await visitor.becomes(carol.page, "carol");
  await visitor.status(carol.page).getByText("Connected as carol").waitFor();
  await visitor.becomes(mallory.page, "CAROL");
  await mallory.page.getByText("This name belongs to somebody else").waitFor();
  await picture(mallory, "taken");
  await visitor.finds(carol.page, "nobody-at-all");
  await carol.page.getByText("There is nobody named “nobody-at-all”").waitFor();

  const second = await here.open(link);
  await second.page.getByText("Already open in another tab").waitFor();
  expect(await visitor.status(carol.page).textContent()).toContain("Connected as carol");
});

test("a message that could not be sent is sent again by its button, and arrives once", async () => {
  const browser = await browse();
  const { page } = await browser.open(link);
  await visitor.becomes(page, "dora");
  await visitor.status(page).getByText("Connected as dora").waitFor();
  await visitor.finds(page, "dora");
  await page.getByRole("button", { name: "Write to dora" }).click();
  directory.child.kill("SIGSTOP");
  await visitor.says(page, "to myself");
  await page.getByText("The directory did not answer").waitFor();
  directory.child.kill("SIGCONT");
  await page.getByRole("button", { name: "Send again" }).click();
  await page.getByText("Kept for them").waitFor();
  await expect.poll(() => page.getByRole("log").getByText("to myself").count()).toBe(2);
});

test("who wants to be forgotten is", async () => {
  const browser = await browse();
  const { page } = await browser.open(link);
  await visitor.becomes(page, "erin");
  await visitor.status(page).getByText("Connected as erin").waitFor();
  page.on("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Forget me" }).click();
  await page.getByText("Choose a name").waitFor();
  expect((await readDatabases(page)).text).not.toContain("erin");
});

test("the key in the browser can be used and cannot be read", async () => {
  const browser = await browse();
  const { page } = await browser.open(link);
  await visitor.becomes(page, "frank");
  await visitor.status(page).getByText("Connected as frank").waitFor();
  await visitor.finds(page, "frank");
  await page.getByRole("button", { name: "Write to frank" }).click();
  await visitor.says(page, "a secret of mine");
  await expect.poll(() => page.getByRole("log").getByText("a secret of mine").count()).toBe(2);
  const kept = await readDatabases(page);
  expect(kept.keys.sort()).toEqual(["AES-GCM", "ECDH", "ECDSA"].map((name) => `${name} not extractable`));
  expect(kept.text).toContain("frank");
  expect(kept.text).not.toContain("a secret of mine");
});

test("without a loopback mixnet the page says so", async () => {
  const browser = await browse();
  const url = new URL(link);
  url.searchParams.set("loopback", "ws://127.0.0.1:1");
  const tab = await browser.open(url.href);
  await tab.page.getByText("The loopback mixnet on this machine does not answer").waitFor();
  await picture(tab, "unreachable");
});

test("without a directory the page asks for one, and keeps what it was told", async () => {
  const browser = await browse();
  const tab = await browser.open(served.url);
  await tab.page.getByText("Which directory?").waitFor();
  await picture(tab, "directory");
  await tab.page.getByLabel("Nym address of the directory").fill("not.an@address");
  await tab.page.getByRole("button", { name: "Connect" }).click();
  await tab.page.getByText("That is no Nym address").waitFor();
  await tab.page.goto(link);
  await visitor.status(tab.page).getByText("Connected").waitFor();
  await tab.page.goto(served.url);
  await tab.page.getByText("Choose a name").waitFor();
  expect(tab.page.url()).toBe(link);
});
