import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memberSpans, memberTexts } from "../../src/protocol/v1/verbatim.js";
import { anyObject } from "../support/json-text.js";

describe("memberSpans", () => {
  it("finds the source of every member of any object", () => {
    fc.assert(
      fc.property(anyObject, (text) => {
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const names = Object.keys(parsed);
        const spans = memberSpans(text, names);
        expect([...spans.keys()].sort()).toEqual(names.sort());
        for (const [name, { start, end }] of spans) {
          const source = text.slice(start, end);
          expect(source).toBe(source.trim());
          expect(JSON.parse(source)).toEqual(parsed[name]);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("cuts where nothing but the member is replaced", () => {
    fc.assert(
      fc.property(anyObject, (text) => {
        const parsed = JSON.parse(text) as Record<string, unknown>;
        for (const [name, { start, end }] of memberSpans(text, Object.keys(parsed))) {
          const replaced: unknown = JSON.parse(`${text.slice(0, start)}"replaced"${text.slice(end)}`);
          const expected = { ...parsed };
          Object.defineProperty(expected, name, { value: "replaced", enumerable: true, configurable: true });
          expect(replaced).toEqual(expected);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("finds nothing under names that an object lacks", () => {
    fc.assert(
      fc.property(anyObject, (text) => {
        const absent = ["absent", "hasOwnProperty", "valueOf"].filter(
          (name) => !Object.hasOwn(JSON.parse(text) as object, name),
        );
        expect(memberSpans(text, absent).size).toBe(0);
      }),
    );
  });

  it.each([
    [
      "keeps spacing, order and escapes",
      '{"body" : { "z":1,\t"a" : "\\u00e9\\/" } }',
      '{ "z":1,\t"a" : "\\u00e9\\/" }',
    ],
    ["knows a name that is written in escapes", '{"b\\u006fdy": [1 , 2]}', "[1 , 2]"],
    ["takes the last of duplicates", '{"body": 1, "body": 2, "b\\u006Fdy": {"3": 3}, "other": 4}', '{"3": 3}'],
    [
      "is not misled by braces and quotes in strings",
      '{"x": "}\\\\\\", \\"body\\": 1", "body": "{\\"", "y": "{"}',
      '"{\\""',
    ],
    ["does not look into nested objects", '{"x": {"body": 1}, "body": 2}', "2"],
    ["finds no member of an empty object", "{ }", undefined],
  ])("%s", (_, text, body) => {
    expect(memberTexts(text, ["body"]).body).toBe(body);
  });
});
