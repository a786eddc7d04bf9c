import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { format } from "prettier";
import { describe, expect, test } from "vitest";
import { effectiveLines, envExample, settingsPage } from "../../../src/config/describe.js";
import type { Environment } from "../../../src/config/environment.js";
import { loadConfig } from "../../../src/config/load.js";
import type { Setting } from "../../../src/config/setting.js";
import { SETTING_GROUPS, SETTINGS } from "../../../src/config/settings.js";

const ROOT = new URL("../../../", import.meta.url);
const settings = Object.entries<Setting<unknown>>(SETTINGS);

function environmentOf(given: NodeJS.Dict<string>): Environment {
  return new Map(Object.entries(given).map(([name, text = ""]) => [name, { text, source: ".env" as const }]));
}

describe("the table of settings", () => {
  test("is what .env.example documents, to the letter", () => {
    expect(readFileSync(new URL(".env.example", ROOT), "utf8")).toBe(envExample());
  });

  test("is what docs/settings.md documents, to the letter", async () => {
    const page = await format(settingsPage(), { parser: "markdown" });
    expect(readFileSync(new URL("docs/settings.md", ROOT), "utf8")).toBe(page);
  });

  test("is whole in .env.example: each setting once, with its default", () => {
    const documented = [...envExample().matchAll(/^#([A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    const expected = settings.map(([name, { default: value, defaultText }]) => [
      name,
      value === undefined ? "" : defaultText,
    ]);
    expect(documented).toEqual(expected);
    expect(SETTING_GROUPS.flatMap((group) => Object.keys(group.settings))).toEqual(Object.keys(SETTINGS));
  });

  test("has defaults that are allowed, so .env.example uncommented changes nothing", () => {
    const uncommented = parseEnv(envExample().replace(/^#([A-Z0-9_]+=.+)$/gm, "$1"));
    expect(loadConfig(environmentOf(uncommented), "/x")).toEqual(loadConfig(new Map(), "/x"));
  });

  test("ends the name of each number that has a unit with that unit", () => {
    const suffixes = {
      days: /_DAYS$/,
      hours: /_HOURS$/,
      minutes: /_MINUTES$/,
      seconds: /(?<!PER)_SECONDS$/,
      milliseconds: /_MS$/,
      bytes: /_BYTES$/,
      "per second": /_PER_SECOND$/,
    };
    for (const [name, { kind }] of settings) {
      const unit = Object.entries(suffixes).find(([, suffix]) => suffix.test(name))?.[0];
      expect(kind.unit, name).toBe(unit);
    }
  });

  test("says of each setting what it is for", () => {
    for (const [name, { help, kind, defaultText }] of settings) {
      expect(help, name).toMatch(/^[A-Za-z0-9].{10,}\.$/);
      expect(kind.allowed, name).not.toBe("");
      expect(defaultText, name).not.toBe("");
    }
  });
});

describe("the effective configuration as text", () => {
  const given = environmentOf({
    DATA_DIR: "/with space/and #",
    NYM_CLIENTS: "2",
    CHALLENGE_SECONDS: "0.25",
    LIMITS: "off",
  });

  test("names every setting, its value and where it comes from", () => {
    const { settings: effective } = loadConfig(given, "/x");
    const lines = effectiveLines(effective, given);
    expect(lines).toContain("NYM_CLIENTS=2  # .env");
    expect(lines).toContain("NYM_CLIENT=loopback  # default");
    expect(lines).toContain("DATABASE_PATH='/with space/and #/directory.db'  # default");
    expect(lines).toContain("#NYM_GATEWAY=  # the Nym client's own choice");
    for (const [name] of settings)
      expect(lines.filter((line) => line.replace("#", "").startsWith(`${name}=`))).toHaveLength(1);
  });

  test("is itself a .env that gives the same configuration", () => {
    const { settings: effective } = loadConfig(given, "/x");
    const again = environmentOf(parseEnv(effectiveLines(effective, given).join("\n")));
    expect(loadConfig(again, "/elsewhere").settings).toEqual(effective);
  });
});
