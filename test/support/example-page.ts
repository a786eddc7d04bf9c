/** The example page, built and served as `npm run page` does, and a visitor's ways on it. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { buildPage } from "../../scripts/page/build.js";
import { servePage, type ServedPage } from "../../scripts/page/serve.js";

/** Builds and serves the page on a free port. */
export async function startExamplePage(): Promise<ServedPage> {
  const folder = await mkdtemp(join(tmpdir(), "example-page-"));
  await buildPage(folder);
  const served = await servePage(folder, 0);
  await rm(folder, { recursive: true, force: true });
  return served;
}

const READ_DATABASES = readFileSync(new URL("../fixtures/page/read-databases.js", import.meta.url), "utf8");

/** Everything that a page keeps in IndexedDB: names of databases, kinds of keys, and all texts and bytes. */
export function readDatabases(page: Page): Promise<{ names: string[]; keys: string[]; text: string }> {
  return page.evaluate(READ_DATABASES);
}

/** What a visitor does, by what they see and nothing else. */
export const visitor = {
  async becomes(page: Page, name: string): Promise<void> {
    await page.getByLabel("Your name").fill(name);
    await page.getByRole("button", { name: "Take this name" }).click();
  },
  async finds(page: Page, name: string): Promise<void> {
    await page.getByRole("searchbox", { name: "Find somebody by name" }).fill(name);
    await page.getByRole("button", { name: "Find", exact: true }).click();
  },
  async says(page: Page, text: string): Promise<void> {
    await page.getByRole("textbox", { name: "Message" }).fill(text);
    await page.keyboard.press("Enter");
  },
  status: (page: Page): Locator => page.locator("#status"),
};
