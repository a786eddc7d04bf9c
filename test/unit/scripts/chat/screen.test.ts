import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createScreen, type Screen } from "../../../../scripts/chat/screen.js";
import { VirtualTerminal } from "../../../support/virtual-terminal.js";

const ENTER = "\r";
const LEFT = "\u001b[D";
const UP = "\u001b[A";
const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

function open(columns = 40): { terminal: VirtualTerminal; screen: Screen; lines: AsyncIterator<string> } {
  const terminal = new VirtualTerminal(columns);
  const screen = createScreen({
    input: terminal.keyboard,
    output: terminal,
    interactive: true,
    complete: (line) => ["/to alice", "/to bob"].filter((each) => each.startsWith(line)),
    keepTyped: (line) => line.startsWith("/"),
    history: ["said last", "said first"],
  });
  screen.setPrompt("me > ");
  return { terminal, screen, lines: screen.lines[Symbol.asyncIterator]() };
}

describe("a screen on a terminal", () => {
  it("prints above the line being typed, which goes on where it was", async () => {
    const { terminal, screen, lines } = open();
    await terminal.type("hello wrld");
    await terminal.type(LEFT.repeat(3));
    screen.print("12:00 bob  hi");
    expect(terminal.text).toBe("12:00 bob  hi\nme > hello wrld");
    await terminal.type("o");
    expect(terminal.text).toBe("12:00 bob  hi\nme > hello world");
    await terminal.type(ENTER);
    expect(await lines.next()).toEqual({ value: "hello world", done: false });
  });

  it.each([39, 40, 41, 75, 80, 120])("does so too when the line has several rows (%s columns)", async (length) => {
    const { terminal, screen, lines } = open(40);
    const line = "abcdefghij".repeat(12).slice(0, length - "me > ".length);
    await terminal.type(line);
    screen.print("one");
    screen.print("two, which is so long that it takes more than a row");
    const above = "one\ntwo, which is so long that it takes more\n than a row";
    const rows = `me > ${line}`.match(/.{1,40}/g) ?? [];
    expect(terminal.text).toBe([above, ...rows].join("\n"));
    await terminal.type(LEFT.repeat(10));
    screen.print("three");
    await terminal.type("X");
    await terminal.type(ENTER);
    expect(await lines.next()).toEqual({ value: `${line.slice(0, -10)}X${line.slice(-10)}`, done: false });
    expect(terminal.text).toBe(`${above}\nthree\nme >`);
  });

  it("does so too when the line was pasted", async () => {
    const { terminal, screen } = open(40);
    const line = "abcdefghij".repeat(9);
    await terminal.paste(line);
    screen.print("one");
    screen.setPrompt("> ");
    screen.print("two");
    expect(terminal.text).toBe(["one", "two", ...(`> ${line}`.match(/.{1,40}/g) ?? [])].join("\n"));
  });

  it("takes a message that was typed away, and leaves a command", async () => {
    const { terminal, screen, lines } = open();
    await terminal.type(`hello${ENTER}`);
    await lines.next();
    screen.print("12:00 me  hello");
    await terminal.type(`/help${ENTER}`);
    await lines.next();
    screen.print("no help");
    expect(terminal.text).toBe("12:00 me  hello\nme > /help\nno help\nme >");
  });

  it("settles what it printed last in its place, while a line is being typed", async () => {
    const { terminal, screen } = open(20);
    screen.print("before");
    const pending = screen.printPending("a text of more than twenty columns …");
    await terminal.type("the next message is long");
    pending.settle("a text of more than twenty columns ✓");
    expect(terminal.text).toBe("before\na text of more than\ntwenty columns ✓\nme > the next messag\ne is long");
  });

  it("leaves what it printed before as it is", () => {
    const { terminal, screen } = open();
    const pending = screen.printPending("hello …");
    screen.print("12:00 bob  hi");
    pending.settle("hello ✓");
    expect(terminal.text).toBe("hello …\n12:00 bob  hi\nme >");
  });

  it("changes the prompt under the line being typed", async () => {
    const { terminal, screen } = open();
    await terminal.type("hel");
    screen.setPrompt("me > bob > ");
    await terminal.type("lo");
    expect(terminal.text).toBe("me > bob > hello");
  });

  it("brings back what was said before, and completes", async () => {
    const { terminal } = open();
    await terminal.type(UP);
    expect(terminal.text).toBe("me > said last");
    await terminal.type(UP);
    expect(terminal.text).toBe("me > said first");
    await terminal.type("\u0015/to a\t");
    expect(terminal.text).toBe("me > /to alice");
  });

  it.each([
    ["Ctrl-D", CTRL_D],
    ["Ctrl-C", CTRL_C],
  ])("ends its lines with %s, and prints on", async (_, key) => {
    const { terminal, screen, lines } = open();
    await terminal.type(key);
    expect((await lines.next()).done).toBe(true);
    screen.print("bye");
    expect(terminal.text).toBe("bye");
    expect(terminal.cursor).toEqual([1, 0]);
  });
});

describe("a screen into a pipe", () => {
  it("is lines: no prompt, nothing twice, no control sequences", async () => {
    const input = new PassThrough();
    const output = new PassThrough({ encoding: "utf8" });
    const screen = createScreen({
      input,
      output,
      interactive: false,
      complete: () => [],
      keepTyped: () => false,
      history: [],
    });
    screen.setPrompt("me > ");
    const pending = screen.printPending("hello …");
    screen.print("12:00 bob  hi");
    pending.settle("hello ✓");
    pending.settle("hello ✓✓");
    input.end("one\ntwo\n");
    const lines: string[] = [];
    for await (const line of screen.lines) lines.push(line);
    expect(lines).toEqual(["one", "two"]);
    expect(output.read()).toBe("12:00 bob  hi\nhello ✓\n");
  });
});
