import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deriveAddress } from "../../nym-client/loopback/identity.js";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import { createPublisher } from "../../src/publish-addresses.js";
import { recordEvents } from "../support/supervised.js";
import { until } from "../support/until.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nym-directory-publish-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const [A, B, C] = ["a", "b", "c"].map((name) => deriveAddress("test", name)) as [NymAddress, NymAddress, NymAddress];

/** A directory with two Nym clients that has just started. */
function start(ids = ["dir", "dir-1"]) {
  const { events, lines } = recordEvents();
  const announced: NymAddress[] = [];
  const failures: unknown[] = [];
  const addressFile = join(folder, "addresses");
  const knownFile = join(folder, "state", "known.json");
  const publish = createPublisher(
    { events, announce: (address) => void announced.push(address), failed: (error) => void failures.push(error) },
    { ids, addressFile, knownFile },
  );
  return { failures, publish, lines, announced, knownFile, file: () => readFileSync(addressFile, "utf8") };
}

const changed = (lines: readonly string[]) => lines.filter((line) => line.startsWith("warn NYM ADDRESS CHANGED"));

describe("the addresses of a directory", () => {
  it("are announced once each, listed in pool order, and it has started when all are there", async () => {
    const it = start();
    it.publish(1, B);
    it.publish(0, A);
    it.publish(1, B);
    await until(() => it.announced.length === 2);
    expect(it.announced).toEqual([B, A]);
    expect(it.file()).toBe(`${A}\n${B}\n`);
    expect(it.lines).toEqual([
      'info addresses written {"clients":1}',
      'info addresses written {"clients":2}',
      'info directory started {"clients":2}',
    ]);
  });

  it("are told apart from those of the last run by the id of their Nym client", async () => {
    const first = start();
    first.publish(0, A);
    first.publish(1, B);
    await until(() => first.announced.length === 2);
    expect(statSync(first.knownFile).mode & 0o777).toBe(0o600);

    const same = start(["dir-1", "dir"]);
    same.publish(0, B);
    same.publish(1, A);
    await until(() => same.announced.length === 2);
    expect(changed(same.lines)).toEqual([]);

    const other = start();
    other.publish(0, A);
    other.publish(1, C);
    await until(() => other.announced.length === 2);
    expect(changed(other.lines)).toEqual([expect.stringContaining('{"client":1}')]);
    const again = start();
    again.publish(1, C);
    await until(() => again.announced.length === 1);
    expect(changed(again.lines)).toEqual([]);
  });

  it("that change while it runs are reported too", async () => {
    const it = start(["dir"]);
    it.publish(0, A);
    it.publish(0, B);
    await until(() => it.announced.length === 2);
    expect(changed(it.lines)).toHaveLength(1);
    expect(it.file()).toBe(`${B}\n`);
  });

  it("are published even if what was known is damaged", async () => {
    const it = start(["dir"]);
    it.publish(0, A);
    await until(() => it.announced.length === 1);
    writeFileSync(it.knownFile, "{");
    const next = start(["dir"]);
    next.publish(0, B);
    await until(() => next.announced.length === 1);
    expect(changed(next.lines)).toEqual([]);
  });

  it("that cannot be written are told of, and tried again with the next", async () => {
    const it = start();
    mkdirSync(join(folder, "addresses"));
    it.publish(0, A);
    await until(() => it.failures.length === 1);
    expect(it.announced).toEqual([]);
    rmSync(join(folder, "addresses"), { recursive: true });
    it.publish(1, B);
    await until(() => it.announced.length === 1);
    expect(it.file()).toBe(`${A}\n${B}\n`);
  });
});
