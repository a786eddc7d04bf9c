import { describe, expect, it } from "vitest";
import { groupOf, idOf, peerOf, titleOf } from "../../../../scripts/chat/group-names.js";

const ID = "0a".repeat(16);
const OTHER = `0a0b${"0c".repeat(14)}`;
const profile = { name: "a\u001b\ncircle", listed: false, join: "open", maxMembers: 9, announcements: false } as const;

describe("a group", () => {
  it("is called by its name, which steers no terminal, and by the beginning of its id", () => {
    expect(titleOf({ id: ID, profile })).toBe("“a\ufffd circle” (0a0a0a0a)");
    expect(titleOf({ id: ID })).toBe("group 0a0a0a0a");
  });

  it("is meant by as much of its id as no other has", () => {
    expect(idOf("0A0B", [ID, OTHER])).toBe(OTHER);
    expect(idOf("0a0a", [ID, OTHER, ID])).toBe(ID);
    expect(idOf("ff", [ID, OTHER])).toBe("ff");
    expect(() => idOf("0a", [ID, OTHER])).toThrow("more than one group begins so");
  });

  it("has a conversation apart from people's", () => {
    expect(groupOf(peerOf(ID))).toBe(ID);
    expect(groupOf("bob")).toBeUndefined();
  });
});
