/** What every store of the client library promises. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClientStore } from "../../src/client/client-store.js";
import { keyPairOfPem } from "../../src/client/keys.js";
import { nymchat } from "../support/v1-vectors.js";

/** A store, and how to leave it. */
export interface OpenedStore {
  readonly store: ClientStore;
  close(): Promise<void>;
}

export function clientStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} as a client's store`, () => {
    let opened: OpenedStore;
    beforeEach(async () => void (opened = await open()));
    afterEach(() => opened.close());

    it("knows nobody and nothing at first", async () => {
      expect(await opened.store.contact("alice")).toBeUndefined();
      expect(await opened.store.contacts()).toEqual([]);
      expect(await opened.store.knows("00".repeat(32))).toBe(false);
    });

    it("finds a contact whatever the case, as it was saved last", async () => {
      const { publicKey } = await keyPairOfPem(nymchat.alicePrivPem);
      await opened.store.saveContact({ name: "Alice", publicKey, introduced: false });
      await opened.store.saveContact({ name: "Alice", publicKey, introduced: true });
      expect(await opened.store.contact("aLICE")).toEqual({ name: "Alice", publicKey, introduced: true });
      expect(await opened.store.contacts()).toHaveLength(1);
    });

    it("remembers digests", async () => {
      await opened.store.remember("ab".repeat(32));
      expect(await opened.store.knows("ab".repeat(32))).toBe(true);
      expect(await opened.store.knows("cd".repeat(32))).toBe(false);
    });
  });
}
