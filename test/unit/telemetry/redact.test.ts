import { readFileSync } from "node:fs";
import { base58 } from "@scure/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact, REDACTED } from "../../../src/telemetry/redact.js";
import { recordedLogs, secretsIn } from "../../support/recorded-logs.js";

const logs = recordedLogs();
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const tag = bytes(16).map((raw) => base58.encode(raw));
const key = bytes(32).map((raw) => base58.encode(raw));
const hex = fc.uint8Array({ minLength: 16, maxLength: 40 }).map((raw) => Buffer.from(raw).toString("hex"));
const base64 = fc.uint8Array({ minLength: 32, maxLength: 100 }).map((raw) => Buffer.from(raw).toString("base64"));
const list = bytes(16).map((raw) => [...raw].join(", "));
const address = fc
  .tuple(key, key, key)
  .map(([identity, encryption, gateway]) => `${identity}.${encryption}@${gateway}`);

/** Every run of `length` characters of `secret` is a part that must not be found. */
function parts(secret: string, length: number): string[] {
  return Array.from({ length: secret.length - length + 1 }, (_, at) => secret.slice(at, at + length));
}

describe("redact", () => {
  it("takes every address, tag and key out of the recorded logs", () => {
    const secrets = logs.flatMap(({ text }) => secretsIn(text));
    expect(new Set(secrets).size).toBeGreaterThan(3);
    for (const { text } of logs) {
      const clean = text.split("\n").map(redact).join("\n");
      for (const secret of secrets) for (const part of parts(secret, 8)) expect(clean).not.toContain(part);
    }
  });

  it("leaves what an operator needs to read", () => {
    const clean = logs.flatMap(({ text }) => text.split("\n").map(redact)).join("\n");
    for (const useful of [
      "Client startup finished!",
      'Running websocket on "127.0.0.1:1977"',
      "clients/native/src/websocket/handler.rs:209",
      `The address of this client is: ${REDACTED}`,
      "while attaching 15 replySURBs.",
      "failed to reconnect after 10 attempts",
      "PersistentReplyStorage is flushing all reply-related data to underlying storage",
      "connection failed: ws://127.0.0.1:9000/: IO error: Connection refused (os error 111)",
      "trying to disconnect non-existent sender!",
      "error while performing the websocket handshake - WebSocket protocol error: HTTP version must be 1.1 or higher",
    ]) {
      expect(clean).toContain(useful);
    }
  });

  it("takes out hosts, addresses of machines and folders, times and lists of bytes", () => {
    expect(redact("connecting to wss://gateway.example.org:9001/v1 (203.0.113.7:9000)")).toBe(
      `connecting to ${REDACTED} (${REDACTED})`,
    );
    expect(redact("peer gateway.example.org, 2001:db8::17")).toBe(`peer ${REDACTED}, ${REDACTED}`);
    expect(redact("cannot open /home/someone/.nym/data/keys.sqlite")).toBe("cannot open .../keys.sqlite");
    expect(redact("at 2026-05-16T04:27:52.123456Z")).toBe(`at ${REDACTED}`);
    expect(redact("tag AnonymousSenderTag([17, 53, 71, 22, 47, 213, 34, 64, 181])")).toContain(`([${REDACTED}])`);
    expect(redact(String.raw`bytes b"\x11\x35G\x16/\xd5"`)).toBe(`bytes b"${REDACTED}"`);
  });

  it("takes out colours and control characters", () => {
    expect(redact("\u001b[31mERROR\u001b[0m bad\r\u0007thing\n")).toBe("ERROR bad thing");
  });

  it("property: a secret at any place of any line is gone", () => {
    const secret = fc.oneof(tag, key, hex, base64, list, address);
    const glue = fc.constantFrom("", " ", "/", "~/", "-", "_", ".", ":", "=", "tag=", "Some(", '"', "@", "é", "a");
    const text = fc.oneof(fc.string({ unit: "grapheme-ascii" }), glue);
    fc.assert(
      fc.property(text, secret, text, (before, hidden, after) => {
        const clean = redact(before + hidden + after);
        const surviving = parts(hidden, 8).filter(
          (part) => clean.includes(part) && !`${before} ${after}`.includes(part),
        );
        expect(surviving).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
  });

  it("property: a line that is clean stays as it is", () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        expect(redact(redact(line))).toBe(redact(line));
      }),
    );
  });

  it("is tried on a printed identity as well", () => {
    const printed = readFileSync(new URL("../../vectors/nym-client-logs/init-stdout.json", import.meta.url), "utf8");
    const clean = redact(printed);
    for (const secret of secretsIn(printed)) expect(clean).not.toContain(secret);
    expect(clean).not.toContain("17,53,71,22");
  });
});
