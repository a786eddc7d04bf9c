/** What the documents point at is there: files, tests, scripts and settings. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { SETTINGS } from "../../../src/config/settings.js";
import { quoted, readDoc, ROOT } from "../../support/docs.js";

const DOCS = ["README.md", ...readdirSync(`${ROOT}docs`).map((file) => `docs/${file}`)];

test.each(DOCS)("every link of %s leads somewhere", (doc) => {
  const links = Array.from(readDoc(doc).matchAll(/\]\(([^)#]+)\)/g), ([, link]) => link ?? "");
  const missing = links
    .filter((link) => !link.startsWith("https://"))
    .filter((link) => !existsSync(join(ROOT, normalize(join(dirname(doc), link)))));
  expect(missing).toEqual([]);
});

test.each(DOCS)("every test that %s names exists", (doc) => {
  const named = quoted(readDoc(doc)).filter((name) =>
    /^(test\/)?(unit|contract|scenario|property|fault|migration)\//.test(name),
  );
  const missing = named.filter((name) => !existsSync(join(ROOT, "test", name.replace(/^test\//, ""))));
  expect(missing).toEqual([]);
});

test.each(DOCS)("every npm script that %s names exists", (doc) => {
  const { scripts } = JSON.parse(readDoc("package.json")) as { scripts: Record<string, string> };
  const named = Array.from(readDoc(doc).matchAll(/npm run ([\w:-]+)/g), ([, script]) => script ?? "");
  expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
});

test.each(DOCS)("every setting that %s names exists", (doc) => {
  const named = quoted(readDoc(doc)).flatMap((text) => text.match(/\b[A-Z]{2,}(_[A-Z0-9]+)+\b(?!\*)/g) ?? []);
  expect(named.filter((name) => !(name in SETTINGS))).toEqual([]);
});
