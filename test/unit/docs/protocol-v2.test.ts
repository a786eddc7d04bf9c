/** docs/protocol.md says of v2 what the code does: codes, sizes in packets, and worked examples to the byte. */
import { describe, expect, test } from "vitest";
import { anonymousPackets, replyPackets } from "../../../src/protocol/packets.js";
import { RESULTS } from "../../../src/protocol/v2/codes.js";
import { decodeReply } from "../../../src/protocol/v2/reply-codec.js";
import { decodeRequest } from "../../../src/protocol/v2/request-codec.js";
import { ACTIONS } from "../../../src/protocol/v2/request.js";
import { quoted, readDoc, ROOT, tableRows } from "../../support/docs.js";
import { exampleText } from "../../support/v2-example-texts.js";
import { examples } from "../../support/v2-examples.js";
import { REPLY_SIZES, REQUEST_SIZES } from "../../support/v2-sizes.js";

const protocol = readDoc("docs/protocol.md");
const EXAMPLES = /^(## \d+\. Worked examples of v2\n[^]*?\n)(?=### )[^]*?(?=^## |(?![^]))/m;
const WORDS: Readonly<Partial<Record<string, string>>> = { "give-up": "give up" };

test("it numbers the actions as they are numbered", () => {
  const rows = tableRows(protocol, "How v2 travels").filter(([, number]) => Number(number) > 0);
  const documented = new Map(rows.map(([action = "", number]) => [quoted(action)[0], Number(number)]));
  expect(documented).toEqual(new Map(Object.entries(ACTIONS)));
});

test("it names every result, its number and what to do about it, and no other", () => {
  const documented = tableRows(protocol, "Results of v2").slice(1);
  const known = Object.entries(RESULTS).map(([name, { code, advice }]) => [
    String(code),
    `\`${name}\``,
    WORDS[advice] ?? advice,
  ]);
  expect(documented.map((cells) => cells.slice(0, 3))).toEqual(known);
  expect(documented.filter(([, , , meaning = ""]) => meaning.length < 10)).toEqual([]);
});

describe("its table of sizes", () => {
  const rows = tableRows(protocol, "Packets of v2").map(([message = "", ...cells]) => [
    message,
    ...cells.map((cell) => cell.replaceAll(",", "")),
  ]);

  test("has the bytes of each request with names of 5 and of 64 letters, and its packets with 2 and with 3 SURBs", () => {
    const measured = REQUEST_SIZES.map(({ message, short, long }) => [
      message,
      ...[short, long].flatMap((bytes) => [bytes, anonymousPackets(bytes, 2), anonymousPackets(bytes, 3)].map(String)),
    ]);
    expect(rows.filter((cells) => cells.length === 7).slice(1)).toEqual(measured);
  });

  test("has the bytes of each reply and push with names of 5 and of 64 letters, and its packets", () => {
    const measured = REPLY_SIZES.map(({ message, short, long }) => [
      message,
      ...[short, long].flatMap((bytes) => [bytes, replyPackets(bytes)].map(String)),
    ]);
    expect(rows.filter((cells) => cells.length === 5).slice(1)).toEqual(measured);
  });
});

describe("its worked examples", () => {
  const all = examples();
  const pieces = all.flatMap((example) => example.pieces);

  test("are what the code makes of the same keys (`npx vitest run test/unit/docs/protocol-v2.test.ts -u` writes them anew)", async () => {
    expect(EXAMPLES.test(protocol)).toBe(true);
    const made = protocol.replace(
      EXAMPLES,
      (found: string, head: string, start: number) =>
        `${head}${all.map(exampleText).join("\n\n")}\n${start + found.length < protocol.length ? "\n" : ""}`,
    );
    await expect(made).toMatchFileSnapshot(`${ROOT}docs/protocol.md`);
  });

  test("are read as what they are", () => {
    for (const { kind, bytes } of pieces) {
      if (kind === "request") expect(decodeRequest(bytes, { maxBytes: 10_000 })).toHaveProperty("ok");
      if (kind === "reply" || kind === "push") expect(decodeReply(bytes)).toBeDefined();
    }
  });

  test("show every action and its answer, and a push", () => {
    const requests = pieces.flatMap(({ kind, bytes }) =>
      kind === "request" ? decodeRequest(bytes, { maxBytes: 10_000 }).ok?.action : [],
    );
    const replies = pieces.flatMap(({ kind, bytes }) => (kind === "reply" ? (decodeReply(bytes) ?? []) : []));
    const answers = replies.flatMap((reply) => (reply.action !== "push" && reply.result === "ok" ? reply.action : []));
    expect(new Set(requests)).toEqual(new Set(Object.keys(ACTIONS)));
    expect(new Set(answers)).toEqual(new Set(Object.keys(ACTIONS)));
    expect(pieces.some(({ kind }) => kind === "push")).toBe(true);
  });
});
