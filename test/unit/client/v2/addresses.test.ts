import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choosePlaces, moveHome, type Places } from "../../../../src/client/v2/addresses.js";
import type { NymAddress } from "../../../../src/protocol/nym-client/address.js";

const ALL = ["a", "b", "c", "d", "e"] as NymAddress[];
const [A, B, C] = ALL as [NymAddress, NymAddress, NymAddress];
const first = (): number => 0;

const pools = fc.subarray(ALL, { minLength: 1 });
const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

describe("the places of an account", () => {
  it("are two different ones, if there are several", () => {
    expect(choosePlaces([A, B, C], undefined, first)).toEqual({ home: A, lookups: B, knownAt: [A] });
    expect(choosePlaces([A], undefined, first)).toEqual({ home: A, lookups: A, knownAt: [A] });
  });

  it("stay what they are while the pool has them", () => {
    const before: Places = { home: B, lookups: C, knownAt: [B] };
    expect(choosePlaces([C, A, B], before, first)).toEqual(before);
    expect(choosePlaces([A, B], before, first)).toEqual({ home: B, lookups: A, knownAt: [B] });
    expect(choosePlaces([A, C], before, first)).toEqual({ home: A, lookups: C, knownAt: [B, A] });
  });

  it("never have names looked up where the own one is known, as long as there is another", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pools, fc.boolean()), { maxLength: 12 }), chance, (steps, draw) => {
        let places: Places | undefined;
        for (const [pool, gone] of steps) {
          const moved: Places | undefined =
            gone && places !== undefined ? moveHome(pool, places, () => draw) : undefined;
          const next: Places = moved ?? choosePlaces(pool, places, () => draw);
          expect(pool).toContain(next.lookups);
          expect(next.knownAt).toContain(next.home);
          expect(next.knownAt).toEqual(expect.arrayContaining([...(places?.knownAt ?? [])]));
          if (pool.some((address) => !next.knownAt.includes(address))) expect(next.knownAt).not.toContain(next.lookups);
          places = next;
        }
      }),
    );
  });

  it("has nowhere to move when only the place for look-ups is left", () => {
    expect(moveHome([A, B], { home: A, lookups: B, knownAt: [A] }, first)).toBeUndefined();
    expect(moveHome([A, B, C], { home: A, lookups: B, knownAt: [A] }, first)).toEqual({
      home: C,
      lookups: B,
      knownAt: [A, C],
    });
  });
});
