import { describe, expect, it } from "vitest";
import { createAddresses, somewhere } from "../../../src/client/addresses.js";
import { ClientError } from "../../../src/client/errors.js";
import type { NymAddress } from "../../../src/protocol/nym-client/address.js";

const [A, B, C, D] = ["a", "b", "c", "d"] as NymAddress[] as [NymAddress, NymAddress, NymAddress, NymAddress];

/** The addresses in use. */
const inUse = ({ home, lookups }: { home: NymAddress; lookups: NymAddress }): string => `${home} ${lookups}`;

describe("the addresses of a directory", () => {
  it("are two different ones, if there are several", () => {
    expect(inUse(createAddresses([A, B, C], 2))).toBe("c a");
    expect(inUse(createAddresses([A], 0))).toBe("a a");
    expect(() => createAddresses([], 0)).toThrow(RangeError);
  });

  it("keep look-ups away from every home there has been, as long as there is another", () => {
    const addresses = createAddresses([A, B, C, D], 0);
    expect(addresses.leave("home", A)).toBe(C);
    expect(inUse(addresses)).toBe("c b");
    expect(addresses.leave("lookups", B)).toBe(D);
    expect(addresses.leave("lookups", D)).toBe(B);
    expect(addresses.leave("home", C)).toBe(D);
    expect(inUse(addresses)).toBe("d b");
  });

  it("of which there are two are both used for everything when one falls silent", () => {
    const [homeless, blind] = [createAddresses([A, B], 0), createAddresses([A, B], 0)];
    homeless.leave("home", A);
    expect(inUse(homeless)).toBe("b b");
    blind.leave("lookups", B);
    expect(inUse(blind)).toBe("a a");
    blind.leave("lookups", A);
    expect(inUse(blind)).toBe("a b");
  });

  it("are left once, however many conversations failed there, and the only one never", () => {
    const addresses = createAddresses([A, B, C], 0);
    expect([addresses.leave("home", A), addresses.leave("home", A)]).toEqual([C, undefined]);
    expect(createAddresses([A], 0).leave("home", A)).toBeUndefined();
  });
});

describe("a conversation", () => {
  const silent = new ClientError("timeout");

  it("is held at the next address when nobody answers, and at that one from then on", async () => {
    const addresses = createAddresses([A, B, C], 0);
    const [tried, moves]: string[][] = [[], []];
    const talk = (address: NymAddress): Promise<string> => {
      tried?.push(address);
      return address === A ? Promise.reject(silent) : Promise.resolve(`from ${address}`);
    };
    const moved = (to: NymAddress): void => void moves?.push(to);
    expect(await somewhere(addresses, "home", talk, moved)).toBe("from c");
    expect(await somewhere(addresses, "home", talk, moved)).toBe("from c");
    expect([tried, moves]).toEqual([["a", "c", "c"], ["c"]]);
  });

  it.each([
    [[A, B, C, D], 2],
    [[A], 1],
  ])("that nobody answers at %j fails after %i of them", async (all, tries) => {
    let tried = 0;
    const talk = (): Promise<never> => {
      tried++;
      return Promise.reject(silent);
    };
    await expect(somewhere(createAddresses(all, 0), "lookups", talk, () => undefined)).rejects.toBe(silent);
    expect(tried).toBe(tries);
  });

  it("that is answered badly is not held elsewhere", async () => {
    const refused = new ClientError("nameTaken");
    const addresses = createAddresses([A, B], 0);
    await expect(
      somewhere(
        addresses,
        "home",
        () => Promise.reject(refused),
        () => undefined,
      ),
    ).rejects.toBe(refused);
    expect(inUse(addresses)).toBe("a b");
  });
});
