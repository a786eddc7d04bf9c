import { describe, expect, it } from "vitest";
import { ChildLog } from "../../../src/telemetry/child-log.js";
import { createEvents } from "../../../src/telemetry/events.js";
import { recordedLogs, secretsIn } from "../../support/recorded-logs.js";

function start() {
  let now = 0;
  const lines: string[] = [];
  const events = createEvents((level, event, fields) => {
    const { at, text, lines: count } = fields ?? {};
    lines.push([level, event, at, text, count].filter((part) => part !== undefined).join("|"));
  });
  const log = new ChildLog({ events, clock: () => now }, "nym-client-0");
  return { lines, log, pass: (ms: number) => void (now += ms) };
}

describe("the log of a child", () => {
  it("passes errors on as warnings and everything else for debugging, with their place", () => {
    const { lines, log } = start();
    log
      .stream()
      .write(
        Buffer.from(
          "2026-11-21T00:40:36.812099Z ERROR clients/native/src/websocket/handler.rs:428: sender was closed!\n" +
            "\u001b[2m2026-11-21T00:40:36.812099Z\u001b[0m \u001b[33m WARN\u001b[0m a/b.rs:1: careful\n" +
            "2026-05-16T04:27:52Z error loopback broke\n" +
            "Starting client svc...\nAn error occurred: no gateway\n",
        ),
      );
    expect(lines).toEqual([
      "warn|nym client warns|clients/native/src/websocket/handler.rs:428|sender was closed!",
      "debug|nym client says|a/b.rs:1|careful",
      "warn|nym client warns|loopback broke",
      "debug|nym client says|Starting client svc...",
      "warn|nym client warns|An error occurred: no gateway",
    ]);
  });

  it("reads a panic, whose lines have no time", () => {
    const { lines, log } = start();
    const recorded = recordedLogs().find(({ name }) => name === "failed-handshake-abort.log");
    log.stream().write(Buffer.from(recorded?.text ?? ""));
    const place = "common/client-core/src/client/received_buffer.rs:216:13";
    const at = lines.indexOf(`warn|nym client warns|${place}|panicked`);
    expect(lines[at + 1]).toBe(`warn|nym client warns|${place}|trying to disconnect non-existent sender!`);
    expect(lines[at + 2]).toBe("debug|nym client says|stack backtrace:");
  });

  it("shows no time, address, tag or key of a recorded log, whatever the chunks", () => {
    for (const { text } of recordedLogs()) {
      const { lines, log } = start();
      const sink = log.stream();
      for (let at = 0; at < text.length; at += 7) sink.write(Buffer.from(text.slice(at, at + 7)));
      sink.end();
      const all = lines.join("\n");
      expect(all).toContain("Client startup finished!");
      for (const secret of secretsIn(text)) expect(all).not.toContain(secret.slice(0, 8));
      expect(all).not.toMatch(/2026-/);
    }
  });

  it("says a thing once a minute, and how much it kept back", () => {
    const { lines, log, pass } = start();
    const sink = log.stream();
    for (let i = 0; i < 20; i++)
      sink.write(Buffer.from("2026-11-21T00:41:31.147714Z ERROR a.rs:1: not authenticated\n"));
    expect(lines).toHaveLength(1);
    pass(60_000);
    sink.write(Buffer.from("2026-11-21T00:42:31.147714Z ERROR a.rs:1: not authenticated\n"));
    expect(lines.slice(1)).toEqual([
      "info|nym client warnings suppressed|19",
      "warn|nym client warns|a.rs:1|not authenticated",
    ]);
  });

  it("is bounded, and what is worth little leaves room for errors", () => {
    const { lines, log } = start();
    const sink = log.stream();
    for (let i = 0; i < 10_000; i++) sink.write(Buffer.from(`line ${i}\n`));
    expect(lines).toHaveLength(30);
    sink.write(Buffer.from("2026-11-21T00:41:31.147714Z ERROR a.rs:1: broken\n"));
    expect(lines).toHaveLength(31);
    log.flush();
    expect(lines.at(-1)).toBe("debug|nym client lines suppressed|9970");
  });

  it("cuts an endless line, and not through a tag", () => {
    const { lines, log } = start();
    const sink = log.stream();
    const tag = "XvScgFSy9pWdrHBfukAg8a";
    sink.write(Buffer.from(`${"word ".repeat(407)}123456 ${tag}`));
    for (let i = 0; i < 100; i++) sink.write(Buffer.alloc(65_536, "x"));
    sink.write(Buffer.from("\nnext\n"));
    expect(lines).toHaveLength(2);
    expect(lines[0]?.length).toBeLessThan(2_200);
    expect(lines[0]).toMatch(/word 123456 \.\.\.$/);
    expect(lines[1]).toBe("debug|nym client says|next");
  });
});
