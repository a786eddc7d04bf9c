import { describe, expect, it } from "vitest";
import { columnsOf, pad, painterFor, printable } from "../../../scripts/terminal.js";

describe("the terminal", () => {
  it("is coloured only where colours are seen", () => {
    expect(painterFor({ isTTY: true, hasColors: () => true })("red", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(painterFor({ isTTY: true, hasColors: () => false })("red", "x")).toBe("x");
    expect(painterFor({ hasColors: () => true })("red", "x")).toBe("x");
    expect(painterFor({ isTTY: true })("red", "x")).toBe("x");
  });

  it.each([
    ["abc", 3],
    ["\u001b[1;31mabc\u001b[39m", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["漢字", 4],
    ["👍🏽", 2],
    ["", 0],
  ])("knows the width of %j", (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
    expect(columnsOf(pad(text, 10))).toBe(10);
  });

  it("prints no control characters of others", () => {
    expect(printable("a\u001b[2Jb\u0007\u009b\u202ec\r\nd\re")).toBe("a\ufffd[2Jb\ufffd\ufffd\ufffdc\nd\ne");
  });
});
