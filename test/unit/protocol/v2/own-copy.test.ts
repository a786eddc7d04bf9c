/** What a user keeps of their own words: read by themselves only, and good for one message. */
import { createDecipheriv, hkdfSync } from "node:crypto";
import { utils } from "@noble/ed25519";
import { bytesToHex, hexToBytes } from "@noble/curves/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anonymousPackets } from "../../../../src/protocol/packets.js";
import { encodeCbor } from "../../../../src/protocol/v2/cbor.js";
import { BODY_BYTES } from "../../../../src/protocol/v2/end-to-end.js";
import type { GroupId } from "../../../../src/protocol/v2/groups.js";
import {
  COPY_BYTES,
  type CopyContext,
  openCopy,
  type OwnWords,
  sealCopy,
} from "../../../../src/protocol/v2/own-copy.js";
import { named, requestId } from "../../../support/v2-requests.js";
import { requestBytes } from "../../../support/v2-sizes.js";

const seed = new Uint8Array(32).fill(5);
const nonce = Uint8Array.from({ length: 12 }, (_, index) => index);
const group = new Uint8Array(16).fill(9) as Uint8Array as GroupId;
const said: OwnWords = { conversation: "Bob", time: 1_800_000_000, text: "über alles 👋" };
const context: CopyContext = {
  directory: new Uint8Array(32).fill(7),
  owner: "Alice",
  id: new Uint8Array(16).fill(3) as Uint8Array as CopyContext["id"],
};

describe("a copy", () => {
  it("is read by its owner, whichever way the name is written, with whom it was or in which group", async () => {
    const copy = await sealCopy(said, context, seed);
    expect(await openCopy(copy, { ...context, owner: "aLICE" }, seed)).toEqual(said);
    const toAll = { ...said, conversation: group };
    expect(await openCopy(await sealCopy(toAll, context, seed), context, seed)).toEqual(toAll);
  });

  // As `node:crypto` has it, over CBOR that was written by hand.
  it.each<[string, OwnWords, string]>([
    ["to somebody", said, "45fa6db3281d42679b13b9498e4ea4f7b7db993ec167c36348f4185e6c72b799ba91bf303d901fb9e7a882"],
    [
      "to a group",
      { ...said, conversation: group },
      "45c926d5430e2027401ac0833b25c88c9eb3ef39edc6e3e314d9f1abd9709dc1125857b8ae5416f870863a67ae02de326e489eede1be62f3",
    ],
  ])("of words %s is known to the byte", async (_, words, sealed) => {
    const hex = `01${bytesToHex(nonce)}${sealed}`;
    expect(bytesToHex(await sealCopy(words, context, seed, nonce))).toBe(hex);
    expect(await openCopy(hexToBytes(hex), context, seed)).toEqual(words);
  });

  it("is what the protocol says it is: HKDF-SHA256 and AES-256-GCM, over CBOR", async () => {
    const copy = await sealCopy(said, context, seed);
    const info = encodeCbor(["NymDirectory copy", 2, context.directory, "alice", context.id]);
    const key = new Uint8Array(hkdfSync("sha256", seed, new Uint8Array(), info, 32));
    const decipher = createDecipheriv("aes-256-gcm", key, copy.subarray(1, 13));
    decipher.setAuthTag(copy.subarray(-16));
    const plaintext = Buffer.concat([decipher.update(copy.subarray(13, -16)), decipher.final()]);
    expect(Uint8Array.from(plaintext)).toEqual(encodeCbor([said.conversation, said.time, said.text]));
  });

  it("is another one each time", async () => {
    expect(await sealCopy(said, context, seed)).not.toEqual(await sealCopy(said, context, seed));
  });

  it.each<[string, Partial<CopyContext>]>([
    ["somebody else's", { owner: "mallory" }],
    ["of another message", { id: requestId("another message") }],
    ["at another directory", { directory: new Uint8Array(32) }],
  ])("cannot be read as %s", async (_, other) => {
    const copy = await sealCopy(said, context, seed);
    expect(await openCopy(copy, { ...context, ...other }, seed)).toEqual({ failure: "unreadable" });
  });

  it("can be read, and made, with its owner's seed alone", async () => {
    const other = utils.randomSecretKey();
    expect(await openCopy(await sealCopy(said, context, seed), context, other)).toEqual({ failure: "unreadable" });
    expect(await openCopy(await sealCopy(said, context, other), context, seed)).toEqual({ failure: "unreadable" });
  });

  it("that says what no copy says is not read", async () => {
    const nowhere = { ...said, conversation: "nobody's name" };
    expect(await openCopy(await sealCopy(nowhere, context, seed), context, seed)).toEqual({ failure: "unreadable" });
  });

  it("is no longer than it says, and no longer than a body: a short message with its copy takes one packet", async () => {
    const name = named("a".repeat(64));
    const longest = { ...said, conversation: name, text: "x".repeat(100_000) };
    const copy = await sealCopy(longest, context, seed);
    expect(copy.length).toBeLessThanOrEqual(longest.text.length + COPY_BYTES);
    expect(COPY_BYTES).toBeLessThanOrEqual(BODY_BYTES);
    const text = "x".repeat(130);
    const [body, short] = [new Uint8Array(BODY_BYTES + 130), await sealCopy({ ...said, text }, context, seed)];
    const twenty = named("a-name-of-20-letters");
    const send = { recipient: twenty, body, hours: 720, receipt: true, copy: short };
    expect(anonymousPackets(requestBytes("send", twenty, send, 2), 2)).toBe(1);
  });

  it("may be any bytes, and nothing is thrown", async () => {
    const copy = await sealCopy(said, context, seed);
    const damaged = fc.nat(copy.length - 1).map((at) => copy.map((byte, index) => (index === at ? byte ^ 1 : byte)));
    const cut = fc.nat(copy.length - 1).map((at) => copy.slice(0, at));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged, cut), async (bytes) => {
        expect(await openCopy(bytes, context, seed)).toHaveProperty("failure");
      }),
      { numRuns: 100 },
    );
  });
});
