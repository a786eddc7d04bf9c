/** Acknowledgements are for the messages that came: never for those that have their sequences after a restore. */
import { expect, it } from "vitest";
import { createArrivals } from "../../../../src/client/v2/arrivals.js";
import { openBook } from "../../../../src/client/v2/book.js";
import type { AskHome, Sign } from "../../../../src/client/v2/inquiry.js";
import { createMemoryRecordStore } from "../../../../src/client/v2/record-store.js";
import { DIRECTORY, INTAKE, type KnownDirectory } from "../../../../src/client/v2/tables.js";
import type { Auth } from "../../../../src/protocol/v2/request.js";

const known = (epoch: number): KnownDirectory => {
  return { identity: new Uint8Array(32).fill(7), epoch, addresses: [], maxBody: 9_000, maxHours: 720 };
};

it("what came in one epoch is not acknowledged in the name of the next", async () => {
  const book = await openBook(createMemoryRecordStore());
  await book.change((page) => {
    page.put(DIRECTORY, "", known(1));
    page.put(INTAKE, "", { epoch: 1, seen: [{ first: 1, last: 7 }], owed: [{ first: 5, last: 7 }] });
  });
  const sign: Sign = () => Promise.resolve({} as Auth);
  let posted = 0;
  const askHome = (async (action: "ack", body: object, more: { sign: Sign }) => {
    const post = async (): Promise<void> => {
      await more.sign({ action, id: new Uint8Array(16), body } as unknown as Parameters<Sign>[0]);
      posted++;
    };
    await post();
    // It was restored, and refuses what was signed before.
    await book.change((page) => page.put(DIRECTORY, "", known(2)));
    await post();
    return {};
  }) as unknown as AskHome;
  const worker = (): { wake: () => void } => ({ wake: () => undefined });
  const arrivals = createArrivals(
    {
      ...{ book, askHome, sign, now: () => 0, surbsLeft: () => 9, acknowledger: worker, fetcher: worker },
      ...{ arrived: () => undefined, observe: () => undefined },
    },
    { ackDelay: 1, gapDelay: 1 },
  );
  await expect(arrivals.acknowledge()).rejects.toMatchObject({ code: "unauthorized" });
  expect(posted).toBe(1);
});
