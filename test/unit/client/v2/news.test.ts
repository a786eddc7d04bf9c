import { describe, expect, it } from "vitest";
import { AccountError, type AccountErrorCode } from "../../../../src/client/v2/account-error.js";
import { type Book, openBook } from "../../../../src/client/v2/book.js";
import { newRequestId } from "../../../../src/client/v2/inquiry.js";
import { createNewsDesk, type NewsDesk } from "../../../../src/client/v2/news.js";
import { createMemoryRecordStore, type RecordStore } from "../../../../src/client/v2/record-store.js";
import type { Read, Told } from "../../../../src/client/v2/reading.js";
import { FATES, INCOMING, incomingKey, INTAKE } from "../../../../src/client/v2/tables.js";
import type { UserName } from "../../../../src/protocol/v2/names.js";
import { until } from "../../../support/until.js";

/** A store that can be closed, and then takes nothing. */
function closingStore(): RecordStore & { close(): void } {
  const store = createMemoryRecordStore();
  let closed = false;
  return {
    load: () => store.load(),
    write: (changes) => (closed ? Promise.reject(new Error("closed")) : store.write(changes)),
    close: () => void (closed = true),
  };
}

/** A desk at which the fate of one message is told. */
async function deskOf(book: Book): Promise<NewsDesk> {
  const unused = (): never => {
    throw new Error("nothing came");
  };
  const desk = createNewsDesk({ book, read: unused, observe: unused });
  await desk.check();
  return desk;
}

async function bookWithNews(store: RecordStore): Promise<Book> {
  const book = await openBook(store);
  const fate = { id: newRequestId(), recipient: "bob", toGroup: false, state: "stored" } as const;
  await book.change((page) => page.append(FATES, fate));
  return book;
}

const newsOf = (sequence: number): Read => ({ news: { kind: "prekeysLow", id: `${sequence}`, left: 9 } });

/** A desk that reads what comes so, and as news what it is not told of. */
async function deskReading(reading: Readonly<Record<number, () => Promise<Read>>>) {
  const book = await openBook(createMemoryRecordStore());
  const read = ({ sequence }: Told): Promise<Read> => reading[sequence]?.() ?? Promise.resolve(newsOf(sequence));
  const desk = createNewsDesk({ book, read, observe: () => undefined });
  const arrive = (...sequences: number[]): Promise<void> =>
    book.change((page) => {
      page.put(INTAKE, "", { epoch: 0, seen: [{ first: 1, last: Math.max(...sequences) }], owed: [] });
      for (const sequence of sequences)
        page.put(INCOMING, incomingKey(0, sequence), { kind: "prekeys", sequence, count: 9 });
    });
  return { book, desk, arrive };
}

/** What a desk tells, until it is closed. */
async function readAll(desk: NewsDesk): Promise<string[]> {
  const told: string[] = [];
  for await (const { id } of desk.news) told.push(id);
  return told;
}

describe("news", () => {
  it("are forgotten when the next are asked for, also by who has closed the account meanwhile", async () => {
    const book = await bookWithNews(createMemoryRecordStore());
    const desk = await deskOf(book);
    for await (const { kind } of desk.news) {
      expect(kind).toBe("fate");
      expect(book.count(FATES)).toBe(1);
      desk.close();
    }
    expect(book.count(FATES)).toBe(0);
  });

  it("end quietly when the store was closed with the account, and are told again", async () => {
    const store = closingStore();
    const desk = await deskOf(await bookWithNews(store));
    for await (const { kind } of desk.news) {
      expect(kind).toBe("fate");
      desk.close();
      store.close();
    }
    const again = await deskOf(await openBook(store));
    const reader = again.news[Symbol.asyncIterator]();
    expect(await reader.next()).toMatchObject({ done: false, value: { kind: "fate" } });
  });

  it("are told once each, also when the reader is quicker than what goes before is released", async () => {
    let first: () => Promise<Read> = () => Promise.resolve({ held: "alice" });
    const { book, desk, arrive } = await deskReading({ 1: () => first() });
    await arrive(1, 2);
    await desk.check();

    desk.trusted();
    let release: (read: Read) => void = () => undefined;
    first = () => new Promise((resolve) => (release = resolve));
    const checked = desk.check();
    const told = readAll(desk);
    await until(() => book.count(INCOMING) === 1);
    release(newsOf(1));
    await checked;
    await arrive(3);
    await desk.check();
    await until(() => book.count(INCOMING) === 0);
    desk.close();
    expect(await told).toEqual(["2", "1", "3"]);
  });

  it("keep their order when one that was held is released, and nothing else is read again for that", async () => {
    let hasKey = false;
    let others = 0;
    const { book, desk, arrive } = await deskReading({
      1: () => Promise.resolve(hasKey ? newsOf(1) : { held: "alice", forKey: true }),
      2: () => Promise.resolve({ held: ++others === 1 ? "bob" : "nobody" }),
      3: () => Promise.resolve({ held: ++others === 2 ? "carol" : "nobody", forKey: true }),
      4: () => Promise.resolve({ keyOf: "dave" }),
      5: () => {
        hasKey = true;
        return Promise.resolve({ keyOf: "Alice" });
      },
    });
    await arrive(1, 2, 3, 4, 5, 6);
    await desk.check();
    const told = readAll(desk);
    await until(() => book.count(INCOMING) === 2);
    desk.close();
    expect(await told).toEqual(["1", "6"]);
    expect(others).toBe(2);
  });

  it("are told when a key is trusted while they are read", async () => {
    let [trusted, reading] = [false, (): void => undefined];
    const { book, desk, arrive } = await deskReading({
      1: () => (trusted ? Promise.resolve(newsOf(1)) : new Promise((hold) => (reading = () => hold({ held: "bob" })))),
    });
    await arrive(1);
    const checked = desk.check();
    trusted = true;
    desk.trusted();
    reading();
    await checked;
    await desk.check();
    const told = readAll(desk);
    await until(() => book.count(INCOMING) === 0);
    desk.close();
    expect(await told).toEqual(["1"]);
  });

  it("of another name that was taken meanwhile are told, whatever was held, offered or read under their sequence before", async () => {
    const held = (): Promise<Read> => Promise.resolve({ held: "bob" });
    const reading: Record<number, () => Promise<Read>> = { 1: held };
    const { book, desk, arrive } = await deskReading(reading);
    await arrive(1, 2);
    await desk.check();
    const reader = desk.news[Symbol.asyncIterator]();
    expect(await reader.next()).toMatchObject({ value: { id: "2" } });
    await book.change((page) => {
      for (const [key] of book.entries(INCOMING)) page.erase(INCOMING, key);
    });
    delete reading[1];
    await arrive(1, 2);
    await desk.check();
    expect(await reader.next()).toMatchObject({ value: { id: "1" } });
    expect(await reader.next()).toMatchObject({ value: { id: "2" } });
    desk.close();
    await reader.next();
    expect(book.count(INCOMING)).toBe(0);
  });

  it("are looked for again when that of one sender may pass, whatever that of another needs", async () => {
    const failing: AccountErrorCode[] = ["unverified", "timeout"];
    const { book, desk, arrive } = await deskReading({
      1: () => Promise.reject(new AccountError(failing[0] ?? "closed")),
      2: () => Promise.reject(new AccountError(failing[1] ?? "closed")),
    });
    await arrive(1, 2);
    await book.change((page) => {
      for (const sequence of [1, 2]) {
        const name = `sender${sequence}` as UserName;
        const from = { verb: "accept", name, id: newRequestId(), keyVersion: 1, note: new Uint8Array() } as const;
        page.put(INCOMING, incomingKey(0, sequence), { kind: "contact", sequence, ...from });
      }
    });
    await expect(desk.check()).rejects.toMatchObject({ code: "timeout" });
    failing[1] = "closed";
    await expect(desk.check()).rejects.toMatchObject({ code: "unverified" });
  });

  it("fail when they cannot be forgotten", async () => {
    const store = closingStore();
    const desk = await deskOf(await bookWithNews(store));
    const reader = desk.news[Symbol.asyncIterator]();
    await reader.next();
    store.close();
    await expect(reader.next()).rejects.toMatchObject({ code: "storeFailed" });
  });
});
