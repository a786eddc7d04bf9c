/** A real Chromium, which makes no connection of its own, and pages of it that tell what went wrong in them. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

const QUIETLY = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Somebody's browser, with a profile of its own that is gone afterwards. */
export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
  /** A new tab. */
  open(url: string): Promise<Tab>;
}

/** A tab, what its console said, and what it asked for. */
export interface Tab {
  readonly page: Page;
  readonly console: string[];
  /** Exceptions that nobody caught, and what the page's policy refused. */
  readonly faults: string[];
  readonly requests: string[];
}

/** Starts a browser with a fresh profile. */
export async function startBrowser(viewport = { width: 1100, height: 760 }): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) throw new Error("there is no Chromium: install it, or name it in CHROMIUM");
  const profile = await mkdtemp(join(tmpdir(), "chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: EXECUTABLE,
    headless: true,
    args: QUIETLY,
    viewport,
    colorScheme: "light",
  });
  return {
    context,
    open: (url) => openTab(context, url),
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function openTab(context: BrowserContext, url: string): Promise<Tab> {
  const page = await context.newPage();
  const tab: Tab = { page, console: [], faults: [], requests: [] };
  page.on("console", (message) => {
    tab.console.push(message.text());
    if (message.text().includes("Content Security Policy")) tab.faults.push(message.text());
  });
  page.on("pageerror", (error) => tab.faults.push(error.message));
  page.on("request", (request) => tab.requests.push(request.url()));
  await page.goto(url);
  return tab;
}
