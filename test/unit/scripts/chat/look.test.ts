import { describe, expect, it } from "vitest";
import { createLook } from "../../../../scripts/chat/look.js";

const NOW = new Date(2026, 4, 17, 12, 0).getTime();
const look = createLook(
  (_, text) => text,
  () => NOW,
);

describe("a message", () => {
  const said = { at: NOW - 3_540_000, peer: "bob", own: false, text: "hello\nagain" };

  it("has a time, a name, and its lines one under the other", () => {
    expect(look.message(said, "bob")).toBe("11:01 bob      hello\n               again");
  });

  it("has a date when it is not of today", () => {
    expect(look.message({ ...said, at: NOW - 86_400_000, text: "x" }, "bob")).toBe("2026-05-16 12:00 bob      x");
  });

  it.each([
    ["underWay", " …"],
    ["stored", " ✓"],
    ["delivered", " ✓✓"],
    ["handedOver", " ✓"],
    ["expired", " ✗"],
    ["failed", " ✗"],
  ] as const)("of our own shows that it is %s", (fate, sign) => {
    expect(look.message({ ...said, own: true, text: "x" }, "alice", fate)).toBe(`11:01 alice    x${sign}`);
  });
});

it("the prompt shows whom one talks with, and who waits", () => {
  expect(look.prompt("alice", undefined, [])).toBe("alice › ");
  expect(look.prompt("alice", "bob", [{ peer: "carol", count: 2 }])).toBe("alice → bob [carol 2] › ");
});

it("a name has the same colour everywhere", () => {
  const coloured = createLook(
    (format, text) => `<${String(format)}>${text}`,
    () => NOW,
  );
  expect(coloured.name("alice")).toBe(coloured.name("alice"));
  expect(coloured.name("alice").slice(0, -5)).toBe(coloured.name("ALICE").slice(0, -5));
  expect(
    new Set(["alice", "bob", "carol", "dave", "erin"].map((name) => coloured.name(name).replace(/>.*/, ""))),
  ).not.toHaveLength(1);
});
