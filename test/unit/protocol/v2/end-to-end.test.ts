/** What one v2 user says to another: read by that one only, as that sender's and in that message only. */
import { getPublicKeyAsync, utils } from "@noble/ed25519";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anonymousPackets, replyPackets } from "../../../../src/protocol/packets.js";
import {
  BODY_BYTES,
  type MessageContext,
  isSignedBy,
  sealBody,
  unsealBody,
  type V2Plaintext,
} from "../../../../src/protocol/v2/end-to-end.js";
import { requestId } from "../../../support/v2-requests.js";
import { messages, pushBytes, requestBytes } from "../../../support/v2-sizes.js";
import { named } from "../../../support/v2-requests.js";

const plaintext: V2Plaintext = { kind: "text", time: 1_800_000_000, text: "über alles 👋" };
const person = async () => {
  const seed = utils.randomSecretKey();
  return { seed, key: await getPublicKeyAsync(seed) };
};
const [alice, bob, mallory] = await Promise.all([person(), person(), person()]);
const context: MessageContext = {
  directory: new Uint8Array(32).fill(7),
  sender: "Alice",
  recipient: "bob",
  id: requestId("a message"),
  recipientKey: bob.key,
};

/** What a recipient makes of a body. */
async function read(body: Uint8Array, of = context, seed = bob.seed): Promise<object> {
  const unsealed = await unsealBody(body, of, seed);
  if ("failure" in unsealed) return unsealed;
  return (await isSignedBy(alice.key, unsealed)) ? { plaintext: unsealed.plaintext } : { failure: "unsigned" };
}

describe("a body", () => {
  it("is read by its recipient, whichever way the names are written", async () => {
    const body = await sealBody(plaintext, context, alice.seed);
    expect(await read(body, { ...context, sender: "aLICE", recipient: "Bob" })).toEqual({ plaintext });
  });

  it("is no longer than it says, and a short text takes one packet each way", async () => {
    const text = "x".repeat(400 - BODY_BYTES);
    const body = await sealBody({ ...plaintext, text }, context, alice.seed);
    expect(body.length).toBeLessThanOrEqual(400);
    const name = named("a-name-of-20-letters");
    const request = requestBytes("send", name, { recipient: name, body, hours: 720, receipt: true }, 2);
    expect(anonymousPackets(request, 2)).toBe(1);
    expect(replyPackets(pushBytes(messages(1, name, body.length)))).toBe(1);
  });

  it.each<[string, Partial<MessageContext>]>([
    ["of another sender", { sender: "mallory" }],
    ["to another recipient", { recipient: "carol" }],
    ["with another id", { id: requestId("another message") }],
    ["at another directory", { directory: new Uint8Array(32) }],
  ])("cannot be read in a message %s", async (_, other) => {
    const body = await sealBody(plaintext, context, alice.seed);
    expect(await read(body, { ...context, ...other })).toEqual({ failure: "unreadable" });
  });

  it("says whether it is a message or a note, which is signed with the rest", async () => {
    const body = await sealBody({ ...plaintext, kind: "note" }, context, alice.seed);
    expect(await read(body)).toEqual({ plaintext: { ...plaintext, kind: "note" } });
  });

  it("cannot be read by anybody else", async () => {
    const body = await sealBody(plaintext, context, alice.seed);
    expect(await read(body, context, mallory.seed)).toEqual({ failure: "unreadable" });
  });

  it("is not taken for somebody else's, nor for one that was written to somebody else", async () => {
    const forged = await sealBody(plaintext, context, mallory.seed);
    expect(await read(forged)).toEqual({ failure: "unsigned" });
    // Sealed anew by a recipient who goes by the same name elsewhere, with the signature that came.
    const passedOn = { ...context, recipientKey: mallory.key };
    const body = await sealBody(plaintext, passedOn, alice.seed);
    expect(await read(body, passedOn, mallory.seed)).toEqual({ plaintext });
    expect(await read(body, { ...passedOn, recipientKey: bob.key }, mallory.seed)).toEqual({ failure: "unsigned" });
  });

  it("may be any bytes, and nothing is thrown", async () => {
    const body = await sealBody(plaintext, context, alice.seed);
    const damaged = fc.nat(body.length - 1).map((at) => body.map((byte, index) => (index === at ? byte ^ 1 : byte)));
    const cut = fc.nat(body.length - 1).map((at) => body.slice(0, at));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged, cut), async (bytes) => {
        expect(await read(bytes)).toHaveProperty("failure");
      }),
      { numRuns: 60 },
    );
  });
});
