import { describe, expect, it } from "vitest";
import { createLedger } from "../../../src/client/ledger.js";

describe("the ledger of what is owed", () => {
  it("owes nothing at first, and what was asked about others until it is answered", () => {
    const ledger = createLedger(() => 0, 1_000);
    expect(ledger.owedToOthers("a")).toBe(0);
    ledger.sent("a");
    ledger.sent("a");
    expect(ledger.owedToOthers("a")).toBe(0);
    expect(ledger.owedToOthers("b")).toBe(2);
    ledger.answered();
    expect(ledger.owedToOthers("b")).toBe(1);
  });

  it("takes for lost what has not come some time after a later reply", () => {
    let now = 0;
    const ledger = createLedger(() => now, 1_000);
    ledger.sent("a");
    ledger.sent("b");
    ledger.answered();
    now = 999;
    expect(ledger.owedToOthers("c")).toBe(1);
    now = 1_000;
    expect(ledger.owedToOthers("c")).toBe(0);
  });

  it("takes nothing for lost while nothing comes at all", () => {
    let now = 0;
    const ledger = createLedger(() => now, 1_000);
    ledger.sent("a");
    ledger.sent("a");
    now = 3_600_000;
    expect(ledger.owedToOthers("b")).toBe(2);
    ledger.answered();
    expect(ledger.owedToOthers("b")).toBe(1);
  });

  it("does not grow for ever", () => {
    const ledger = createLedger(() => 0, 1_000);
    for (let index = 0; index < 1_000; index++) ledger.sent("a");
    expect(ledger.owedToOthers("b")).toBe(8);
  });

  it("is not driven below nothing by answers that come twice", () => {
    const ledger = createLedger(() => 0, 1_000);
    ledger.answered();
    ledger.sent("a");
    expect(ledger.owedToOthers("b")).toBe(1);
  });
});
