import { describe, expect, it } from "vitest";
import { openBook } from "../../../../src/client/v2/book.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import { FATES, KNOWN, type Told } from "../../../../src/client/v2/tables.js";
import type { RequestId } from "../../../../src/protocol/v2/terms.js";

const told = (number: number): Told => ({
  id: new Uint8Array(16).fill(number) as RequestId,
  recipient: "bob",
  toGroup: false,
  state: "stored",
});

describe("the book of an account", () => {
  it("is read again as it was written, with what was appended in its order", async () => {
    const store = createMemoryRecordStore();
    const book = await openBook(store);
    for (let number = 0; number < 12; number++) await book.change((page) => page.append(FATES, told(number)));
    await book.change((page) => page.put(KNOWN, "alice 00", 7));
    const again = await openBook(store);
    expect(again.entries(FATES).map(([, value]) => value)).toEqual(Array.from({ length: 12 }, (_, at) => told(at)));
    expect(again.get(KNOWN, "alice 00")).toBe(7);
    await again.change((page) => page.append(FATES, told(12)));
    expect(again.entries(FATES).at(-1)?.[1]).toEqual(told(12));
  });

  it("shows on a page what is on it, and in the book what is written", async () => {
    const book = await openBook(createMemoryRecordStore());
    await book.change((page) => {
      page.put(KNOWN, "a", 1);
      expect([page.get(KNOWN, "a"), book.get(KNOWN, "a")]).toEqual([1, undefined]);
      page.erase(KNOWN, "a");
      expect(page.get(KNOWN, "a")).toBeUndefined();
      page.put(KNOWN, "a", 2);
    });
    expect(book.get(KNOWN, "a")).toBe(2);
  });

  it("runs one change after the other, so that each reads what is true", async () => {
    const book = await openBook(createMemoryRecordStore());
    const increase = (): Promise<void> => book.change((page) => page.put(KNOWN, "a", 1 + (book.get(KNOWN, "a") ?? 0)));
    await Promise.all(Array.from({ length: 20 }, increase));
    expect(book.get(KNOWN, "a")).toBe(20);
  });

  it("has nothing of a change that the store did not take", async () => {
    const store = createMemoryRecordStore();
    const book = await openBook({ ...store, write: () => Promise.reject(new Error("the disk is full")) });
    await expect(book.change((page) => page.put(KNOWN, "a", 1))).rejects.toMatchObject({ code: "storeFailed" });
    expect(book.get(KNOWN, "a")).toBeUndefined();
  });

  it("says that a store is damaged", async () => {
    const store = createMemoryRecordStore();
    await store.write(new Map([["known/a", Uint8Array.of(0xff)]]));
    const book = await openBook(store);
    expect(() => book.get(KNOWN, "a")).toThrow("the account's store is damaged");
  });
});
