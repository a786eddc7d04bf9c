import { describe, expect, it } from "vitest";
import { COMMANDS, completions, readTyped } from "../../../../scripts/chat/commands.js";

describe("a typed line", () => {
  it.each([
    ["", { kind: "nothing" }],
    ["   ", { kind: "nothing" }],
    ["hello", { kind: "text", text: "hello" }],
    [" hello /quit ", { kind: "text", text: "hello /quit" }],
    ["//quit", { kind: "text", text: "/quit" }],
    ["/quit", { kind: "command", argument: "" }],
    ["/QUIT", { kind: "command", argument: "" }],
    ["/to bob", { kind: "command", argument: "bob" }],
    ["/to   bob  ", { kind: "command", argument: "bob" }],
    ["/recover 0123 4567", { kind: "command", argument: "0123 4567" }],
    ["/recover", { kind: "mistake" }],
    ["/to", { kind: "mistake" }],
    ["/to bob carol", { kind: "mistake" }],
    ["/request bob", { kind: "command", argument: "bob" }],
    ["/request  bob  we met ", { kind: "command", argument: "bob we met" }],
    ["/request", { kind: "mistake", text: "/request takes a name, and a note if you like: /request NAME [NOTE]" }],
    ["/policy contacts", { kind: "command", argument: "contacts" }],
    ["/policy", { kind: "mistake", text: "/policy takes everyone, contacts or nobody: /policy WHO" }],
    ["/contacts bob", { kind: "mistake" }],
    ["/history bob", { kind: "command", argument: "bob" }],
    ["/history", { kind: "mistake" }],
    ["/unread bob", { kind: "mistake" }],
    ["/help me", { kind: "mistake" }],
    ["/", { kind: "mistake" }],
    ["/to_bob", { kind: "mistake" }],
  ])("%j", (line, typed) => {
    expect(readTyped(line)).toMatchObject(typed);
  });
});

describe("completion", () => {
  it.each([
    ["/t", ["/to ", "/trust "]],
    ["/q", ["/quit"]],
    ["/to ", ["/to alice", "/to Bob"]],
    ["/to b", ["/to Bob"]],
    ["/who A", ["/who alice"]],
    ["/history b", ["/history Bob"]],
    ["/accept b", ["/accept Bob"]],
    ["/policy b", []],
    ["/quit ", []],
    ["/frob ", []],
    ["hello", []],
  ])("of %j", (line, expected) => {
    expect(completions(line, ["alice", "Bob"])).toEqual(expected);
  });

  it("offers every command", () => {
    expect(completions("/", [])).toHaveLength(COMMANDS.length);
  });
});
