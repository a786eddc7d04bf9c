import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readEnvironment } from "../../../src/config/environment.js";
import { OperatorError } from "../../../src/util/operator-error.js";

function folder(): string {
  return mkdtempSync(join(tmpdir(), "nym-directory-env-"));
}

describe("reading the environment", () => {
  test("without a .env there is the environment alone", () => {
    const environment = readEnvironment(folder(), { LIMITS: "off" });
    expect([...environment]).toEqual([["LIMITS", { text: "off", source: "environment" }]]);
  });

  test("the environment wins over .env, and an empty variable hides nothing", () => {
    const directory = folder();
    writeFileSync(
      join(directory, ".env"),
      '# a comment\nLIMITS=off # why\nDATA_DIR="a b"\nLOG_LEVEL=debug\nNYM_APIS=\n',
    );
    const environment = readEnvironment(directory, { LIMITS: "on", LOG_LEVEL: "  ", EMPTY: "" });
    expect(Object.fromEntries(environment)).toEqual({
      LIMITS: { text: "on", source: "environment" },
      DATA_DIR: { text: "a b", source: ".env" },
      LOG_LEVEL: { text: "debug", source: ".env" },
    });
  });

  test("a .env that cannot be read stops the start", () => {
    const directory = folder();
    mkdirSync(join(directory, ".env"));
    expect(() => readEnvironment(directory, {})).toThrow(OperatorError);
    expect(() => readEnvironment(directory, {})).toThrow(/\.env cannot be read \(EISDIR\)/);
  });
});
