import { describe, expect, it } from "vitest";
import { pythonJson } from "../../../../src/protocol/v1/python-json.js";
import type { PythonJson } from "../../../../src/protocol/v1/python-json.js";
import { pythonTexts } from "../../../support/v1-vectors.js";

describe("pythonJson", () => {
  it("writes every recorded value as Python did", () => {
    expect(pythonTexts.texts.length).toBeGreaterThan(50);
    for (const [value, text] of pythonTexts.texts) expect(pythonJson(value as PythonJson)).toBe(text);
  });

  it("escapes all but printable ASCII, in lowercase hex", () => {
    expect(pythonJson("~\u007f\u00ff\u2028\ud83d\ude00\udead")).toBe('"~\\u007f\\u00ff\\u2028\\ud83d\\ude00\\udead"');
  });
});
