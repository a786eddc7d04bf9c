/** Who can undo what: a user, a thief of the user's key, and recovery keys over time. */
import { beforeEach, describe, expect, it } from "vitest";
import { settings } from "../../../support/actions.js";
import { openV2Model, STORES, type V2Model } from "../../../support/v2-model.js";
import { type Person, personOf } from "../../../support/v2-person.js";
import { newKey, type TestKey, testKey } from "../../../support/v2-requests.js";

const HOUR = 3_600_000;
const keys = { stolen: testKey("zoe"), own: testKey("zoe's recovery key") };

describe.each(STORES)("over a store in %s", (kind) => {
  let model: V2Model;
  let zoe: Person;

  beforeEach(async () => {
    model = await openV2Model(kind);
    zoe = personOf(model, "zoe");
    await zoe.register();
  });

  /** The result of a rotation from `version`, signed by `key`. */
  async function rotate(key: TestKey, version: number, next: string, recovery?: TestKey): Promise<string> {
    const body = newKey("zoe", testKey(next), version, recovery);
    return (await zoe.ask("rotate", body, { key, keyVersion: version })).result;
  }

  /** The result of a recovery that names `version`, signed by `key`. */
  async function recover(key: TestKey, version: number, next: string, recovery?: TestKey): Promise<string> {
    const body = newKey("zoe", testKey(next), version, recovery);
    return (await zoe.ask("recover", body, { key, keyVersion: version })).result;
  }

  /** Whether this is the user's key now. */
  async function isIn(key: TestKey, version: number): Promise<boolean> {
    return (await zoe.ask("status", {}, { key, keyVersion: version })).result === "ok";
  }

  describe("a recovery key", () => {
    it("replaces a lost key, again and again", async () => {
      expect(await recover(keys.own, 1, "second")).toBe("ok");
      expect(await isIn(testKey("second"), 2)).toBe(true);
      expect(await isIn(keys.stolen, 1)).toBe(false);
      await model.pass(1000 * HOUR);
      expect(await recover(keys.own, 2, "third")).toBe("ok");
      expect(await recover(keys.own, 1, "fourth")).toBe("ok");
      expect(await isIn(testKey("fourth"), 4)).toBe(true);
    });

    it("that a recovery replaces has no right any more, at once", async () => {
      const other = testKey("other recovery key");
      expect(await recover(keys.own, 1, "second", other)).toBe("ok");
      expect(await recover(keys.own, 1, "third")).toBe("recoveryClosed");
      expect(await recover(other, 2, "third")).toBe("ok");
    });

    it("of nobody's making is unauthorized, whichever version it names", async () => {
      for (const version of [0, 1, 2, 99]) expect(await recover(testKey("x"), version, "y")).toBe("unauthorized");
      expect(await recover(keys.own, 2, "y")).toBe("unauthorized");
      expect(await recover(keys.stolen, 1, "y")).toBe("unauthorized");
    });

    it("that was never set is nobody's", async () => {
      const yan = personOf(model, "yan");
      await yan.register({ recovery: false });
      const body = newKey("yan", testKey("y"), 1);
      for (const key of [yan.key, yan.recovery])
        expect(await yan.ask("recover", body, { key })).toMatchObject({ result: "unauthorized" });
    });
  });

  describe("a thief of the user's key", () => {
    const [thief, thief2] = [testKey("thief's recovery key"), testKey("thief's other recovery key")];

    it.each([
      [
        "rotates",
        async () => {
          await rotate(keys.stolen, 1, "t1");
        },
      ],
      [
        "rotates with a recovery key",
        async () => {
          await rotate(keys.stolen, 1, "t1", thief);
        },
      ],
      [
        "rotates twice, to push the owner's recovery key out of reach",
        async () => {
          expect(await rotate(keys.stolen, 1, "t1", thief)).toBe("ok");
          expect(await rotate(testKey("t1"), 2, "t2", thief2)).toBe("ok");
          expect(await rotate(testKey("t2"), 3, "t3")).toBe("ok");
        },
      ],
      [
        "rotates and recovers, to make the rotation final",
        async () => {
          expect(await rotate(keys.stolen, 1, "t1", thief)).toBe("ok");
          expect(await recover(thief, 2, "t2")).toBe("recoveryClosed");
        },
      ],
      [
        "rotates, waits and rotates again, to start the time anew",
        async () => {
          expect(await rotate(keys.stolen, 1, "t1", thief)).toBe("ok");
          await model.pass(settings.recoveryWindow - 2 * HOUR);
          expect(await rotate(testKey("t1"), 2, "t2", thief2)).toBe("ok");
        },
      ],
    ])("who %s loses to the owner's recovery key, for good", async (_, steal) => {
      await steal();
      await model.pass(HOUR);
      expect(await recover(keys.own, 1, "mine")).toBe("ok");
      for (let later = 0; later < 3; later++) {
        for (const [key, version] of [
          [thief, 2],
          [thief, 3],
          [thief2, 3],
          [thief2, 4],
        ] as const)
          expect(["recoveryClosed", "unauthorized"]).toContain(await recover(key, version, "back"));
        for (const [key, version] of [
          [keys.stolen, 1],
          [testKey("t1"), 2],
          [testKey("t2"), 3],
          [testKey("t3"), 4],
        ] as const)
          expect(await rotate(key, version, `back ${later}`)).toBe("unauthorized");
        await model.pass(settings.recoveryWindow);
      }
    });

    it("has the account when the owner has not come back within the window", async () => {
      expect(await rotate(keys.stolen, 1, "t1", thief)).toBe("ok");
      await model.pass(settings.recoveryWindow + HOUR);
      expect(await recover(keys.own, 1, "mine")).toBe("recoveryClosed");
      expect(await recover(thief, 2, "t2")).toBe("ok");
    });

    it("leaves the owner the whole window, and at most an hour more", async () => {
      expect(await rotate(keys.stolen, 1, "t1", thief)).toBe("ok");
      await model.pass(settings.recoveryWindow);
      expect(await recover(thief, 2, "t2")).toBe("recoveryClosed");
      expect(await recover(keys.own, 1, "mine")).toBe("ok");
    });

    it("who did not replace the recovery key can be undone at any time", async () => {
      expect(await rotate(keys.stolen, 1, "t1")).toBe("ok");
      await model.pass(10 * settings.recoveryWindow);
      expect(await recover(keys.own, 1, "mine")).toBe("ok");
    });

    it("cannot undo the recovery with the key that was stolen, by repeating what it signed", async () => {
      const body = newKey("zoe", testKey("t1"), 1, thief);
      const request = zoe.signed("rotate", body, { key: keys.stolen, keyVersion: 1 });
      expect(await model.ask("thief", request)).toMatchObject({ result: "ok" });
      expect(await recover(keys.own, 1, "mine")).toBe("ok");
      // The same answer, and nothing else.
      expect(await model.ask("thief", request)).toMatchObject({ result: "ok", answer: { keyVersion: 2 } });
      expect(await isIn(testKey("mine"), 3)).toBe(true);
    });
  });

  describe("an owner who replaces the recovery key", () => {
    const other = testKey("other recovery key");
    beforeEach(async () => {
      await rotate(keys.stolen, 1, "second", other);
    });

    it("keeps the old one for the window, and then has the new one", async () => {
      expect(await recover(other, 2, "third")).toBe("recoveryClosed");
      await model.pass(settings.recoveryWindow + HOUR);
      expect(await recover(keys.own, 1, "third")).toBe("recoveryClosed");
      expect(await recover(other, 2, "third")).toBe("ok");
    });

    it("undoes it with the old one, once", async () => {
      const last = testKey("last recovery key");
      expect(await recover(keys.own, 1, "third", last)).toBe("ok");
      expect(await recover(keys.own, 1, "fourth")).toBe("recoveryClosed");
      expect(await recover(other, 2, "fourth")).toBe("recoveryClosed");
      expect(await recover(last, 3, "fourth")).toBe("ok");
    });

    it("who is robbed before the window is over has the old one, and after it the new one", async () => {
      await model.pass(settings.recoveryWindow / 2);
      expect(await rotate(testKey("second"), 2, "t", testKey("thief's recovery key"))).toBe("ok");
      expect(await recover(other, 2, "mine")).toBe("recoveryClosed");
      await model.pass(settings.recoveryWindow / 2 + HOUR);
      expect(await recover(keys.own, 1, "mine")).toBe("recoveryClosed");
      expect(await recover(other, 2, "mine")).toBe("ok");
    });
  });

  describe("a user who has set no recovery key so far", () => {
    it("has the first one that is set at once, since it takes no other's place", async () => {
      const yan = personOf(model, "yan");
      const [first, second] = [testKey("first"), testKey("second recovery key")];
      expect(await yan.register({ recovery: false })).toMatchObject({ result: "ok" });
      const change = (next: string, version: number, recovery?: TestKey) =>
        newKey("yan", testKey(next), version, recovery);
      expect(await yan.ask("rotate", change("y2", 1, first))).toMatchObject({ result: "ok" });
      const robbed = { key: testKey("y2"), keyVersion: 2 };
      expect(await yan.ask("rotate", change("y3", 2, second), robbed)).toMatchObject({ result: "ok" });
      const recovering = (key: TestKey, keyVersion: number) =>
        yan.ask("recover", change("y4", keyVersion), { key, keyVersion });
      expect(await recovering(second, 3)).toMatchObject({ result: "recoveryClosed" });
      expect(await recovering(first, 2)).toMatchObject({ result: "ok", answer: { keyVersion: 4 } });
    });
  });
});
