/** docs/protocol.md says of v1 what the code does: all results, and the packets of each message. */
import { describe, expect, test } from "vitest";
import { anonymousPackets, replyPackets } from "../../../src/protocol/packets.js";
import { LOGIN_RESULTS, QUERY_RESULTS, REGISTRATION_RESULTS, SEND_RESULTS } from "../../../src/protocol/v1/reply.js";
import { quoted, readDoc, tableRows } from "../../support/docs.js";

const protocol = readDoc("docs/protocol.md");

describe("the protocol's document", () => {
  test("names every result of v1, with the requests that can have it, and no other", () => {
    const of = { registration: REGISTRATION_RESULTS, login: LOGIN_RESULTS, query: QUERY_RESULTS, send: SEND_RESULTS };
    const documented = tableRows(protocol, "Replies, long form").flatMap(([result = "", requests = ""]) => {
      const names = requests === "all but query" ? ["registration", "login", "send"] : requests.split(", ");
      const [text = ""] = quoted(result);
      return names.filter((name) => name in of).map((name) => `${name}: ${text}`);
    });
    const served = Object.entries(of).flatMap(([name, results]) => results.map((result) => `${name}: ${result}`));
    expect(documented.toSorted()).toEqual(served.toSorted());
  });

  test("counts the packets of requests and replies as they are counted", () => {
    const rows = tableRows(protocol, "Sizes").map((cells) => cells.map((cell) => Number(cell.replace(",", ""))));
    const measured = rows.filter(([, bytes = NaN]) => bytes > 0);
    expect(measured.length).toBeGreaterThan(8);
    for (const [, bytes = 0, first, second] of measured) {
      if (second === undefined) expect([bytes, first]).toEqual([bytes, replyPackets(bytes)]);
      else expect([bytes, first, second]).toEqual([bytes, anonymousPackets(bytes, 10), anonymousPackets(bytes, 2)]);
    }
  });
});
