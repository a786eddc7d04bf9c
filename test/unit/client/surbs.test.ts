import { describe, expect, it } from "vitest";
import { surbsFor } from "../../../src/client/surbs.js";
import { anonymousPackets } from "../../../src/protocol/packets.js";
import { nymchat } from "../../support/v1-vectors.js";

describe("the SURBs of a request", () => {
  it.each([
    ["query", nymchat.query],
    ["login", nymchat.login],
    ["register", nymchat.register],
  ])("%s: two, in one packet", (_, message) => {
    expect(surbsFor("answer", message.length)).toBe(2);
    expect(anonymousPackets(message.length, 2)).toBe(1);
  });

  it("registrationResponse: two, in one packet", () => {
    const { length } = nymchat.registrationResponse;
    expect([surbsFor("answerAndPushes", length), anonymousPackets(length, 2)]).toEqual([2, 1]);
  });

  it("a send of a short text: four, in two packets", () => {
    for (const { length } of [nymchat.sendFirst, nymchat.sendSecond])
      expect([surbsFor("answerAndPushes", length), anonymousPackets(length, 4)]).toEqual([4, 2]);
  });

  it("loginResponse: nine, in three packets, where the ten of shipped clients take four", () => {
    const { length } = nymchat.loginResponse;
    expect([surbsFor("mailbox", length), anonymousPackets(length, 9), anonymousPackets(length, 10)]).toEqual([9, 3, 4]);
  });

  it("never cost a packet more than needed, and use the last one up", () => {
    for (const need of ["answerAndPushes", "mailbox"] as const)
      for (let bytes = 1; bytes < 5_000; bytes += 7) {
        const surbs = surbsFor(need, bytes);
        const packets = anonymousPackets(bytes, need === "mailbox" ? 9 : 2);
        expect(anonymousPackets(bytes, surbs)).toBe(packets);
        expect(anonymousPackets(bytes, surbs + 1)).toBe(packets + 1);
      }
  });
});
