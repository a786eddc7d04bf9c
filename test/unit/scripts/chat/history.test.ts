import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHistory } from "../../../../scripts/chat/history.js";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "history-"));
  file = join(folder, "history.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const said = (peer: string, text: string, own = false, at = 0) => ({ at, peer, own, text });

describe("a history", () => {
  it("knows who said what, and what has not been read", async () => {
    const history = await openHistory(undefined);
    history.add(said("bob", "one"));
    history.add(said("carol", "two"));
    history.add(said("bob", "three", true));
    history.add(said("BOB", "four"));
    expect(history.last("bob", 2).map(({ text }) => text)).toEqual(["three", "four"]);
    expect(history.peers()).toEqual(["carol", "BOB"]);
    expect([history.unread("bob"), history.unread("carol"), history.unread("dave")]).toEqual([2, 1, 0]);
    history.markRead("Bob");
    expect([history.unread("bob"), history.unread("carol")]).toEqual([0, 1]);
    expect(history.ownTexts(5)).toEqual(["three"]);
  });

  it("is the same when it is opened again, for its owner's eyes only", async () => {
    const first = await openHistory(file);
    first.add(said("bob", "one\ntwo"));
    first.markRead("bob");
    first.add(said("bob", "three"));
    await first.flush();
    const second = await openHistory(file);
    expect(second.last("bob", 5)).toEqual([said("bob", "one\ntwo"), said("bob", "three")]);
    expect(second.unread("bob")).toBe(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("knows messages by their ids, and what became of them, also when it is opened again", async () => {
    const first = await openHistory(file);
    first.add({ ...said("bob", "mine", true), id: "01" });
    first.add({ ...said("bob", "theirs"), id: "02" });
    first.settle("01", "stored");
    first.settle("01", "delivered");
    await first.flush();
    for (const history of [first, await openHistory(file)]) {
      expect(["01", "02", "03"].map((id) => history.has(id))).toEqual([true, true, false]);
      expect(["01", "02"].map((id) => history.fateOf(id))).toEqual(["delivered", undefined]);
      expect(history.last("bob", 5)).toHaveLength(2);
      expect(history.unread("bob")).toBe(1);
    }
  });

  it("knows who has said what in a group, beside what was written before there were any", async () => {
    const before = { at: 0, peer: "bob", own: false, text: "in private" };
    await writeFile(file, `${JSON.stringify(before)}\n`);
    const first = await openHistory(file);
    const inGroup = [{ ...said("#a1", "hello"), author: "bob" }, said("#a1", "hello bob", true)];
    for (const each of inGroup) first.add(each);
    await first.flush();
    const second = await openHistory(file);
    expect(second.last("#a1", 5)).toEqual(inGroup);
    expect(second.last("bob", 5)).toEqual([before]);
    expect(second.peers()).toEqual(["bob", "#a1"]);
    expect([second.unread("#a1"), second.unread("bob")]).toEqual([1, 1]);
    second.markRead("#a1");
    expect([second.unread("#a1"), second.unread("bob")]).toEqual([0, 1]);
  });

  it("passes over what it cannot read", async () => {
    await writeFile(file, '{"at":0,"peer":"bob","own":false,"text":"whole"}\nnonsense\n{"at":1,"peer":"bo');
    expect((await openHistory(file)).last("bob", 5)).toEqual([said("bob", "whole")]);
  });

  it("is shortened when it has grown long", async () => {
    const line = (index: number): string => `${JSON.stringify(said("bob", String(index)))}\n`;
    await writeFile(file, Array.from({ length: 10_001 }, (_, index) => line(index)).join(""));
    expect((await openHistory(file)).last("bob", 1)).toEqual([said("bob", "10000")]);
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(5_001);
  });

  it("says when it could not be written", async () => {
    const history = await openHistory(join(folder, "missing", "history.jsonl"));
    history.add(said("bob", "one"));
    await expect(history.flush()).rejects.toThrow();
    expect(history.last("bob", 1)).toHaveLength(1);
  });
});
