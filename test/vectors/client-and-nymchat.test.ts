/** The client library and the shipped NymCHAT client: each other's messages, to the byte where v1 fixes the bytes. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyPairOfPem } from "../../src/client/keys.js";
import { decodeV1Request } from "../../src/protocol/v1/decode.js";
import { incomingContent } from "../../src/protocol/v1/incoming.js";
import { type ClientNetwork, createClientNetwork, type TestClient } from "../support/client-network.js";
import { fieldsOf, nymchat } from "../support/v1-vectors.js";

const alice = await keyPairOfPem(nymchat.alicePrivPem);
const bob = await keyPairOfPem(nymchat.bobPrivPem);

let network: ClientNetwork;

beforeEach(() => {
  network = createClientNetwork();
});
afterEach(() => network[Symbol.asyncDispose]());

/** What a directory passes on of a recorded `send`. */
function passedOn(send: string): string {
  const request = decodeV1Request(Buffer.from(send), { maxBytes: 65_536, maxDepth: 16 }).ok;
  if (request?.action !== "send") throw new Error("not a send");
  return incomingContent(request.body.message, { name: "alice", key: alice.publicKey });
}

describe("from the shipped client, ours", () => {
  let ours: TestClient;

  beforeEach(async () => {
    network.directory.users.set("alice", { name: "alice", key: alice.publicKey, route: "" as never });
    network.directory.users.set("bob", { name: "bob", key: bob.publicKey, route: "" as never });
    ours = await network.connect("bob");
    await ours.client.login("bob", bob);
  });

  it.each([
    ["a first message", nymchat.sendFirst, nymchat.sendFirst_plain],
    ["a later message", nymchat.sendSecond, nymchat.sendSecond_plain],
  ])("reads %s", async (_, send, text) => {
    network.directory.push("bob", passedOn(send));
    expect(await ours.next()).toMatchObject({ sender: "alice", plaintext: { kind: "chat", text } });
  });

  it("tells a handshake from a text", async () => {
    network.directory.push("bob", passedOn(nymchat.handshake));
    const plaintext = { kind: "handshake", address: nymchat.handshake_address };
    expect(await ours.next()).toMatchObject({ sender: "alice", plaintext });
  });

  it("reads what comes straight to its address", async () => {
    const stranger = network.mixnet.attach("stranger", { onResponse: () => undefined });
    const message = Buffer.from(nymchat.directIncomingMessage);
    stranger.send({ type: "send", recipient: network.mixnet.addressOf("bob"), lane: undefined, message });
    expect(await ours.next()).toMatchObject({ sender: "alice", plaintext: { text: nymchat.direct_plain } });
  });
});

describe("our requests are the shipped client's:", () => {
  /** What left our Nym client for the directory, as text. */
  async function said(act: (client: TestClient) => Promise<unknown>): Promise<string[]> {
    const texts: string[] = [];
    const client = await network.connect("alice", { directory: network.mixnet.addressOf("listener"), retries: 0, answerTimeout: 100 });
    const listener = network.mixnet.attach("listener", {
      onResponse(response) {
        if (response.type === "received") texts.push(response.message.toString());
      },
    });
    await act(client).catch(() => undefined);
    listener.close();
    return texts;
  }

  it("register", async () => {
    expect(await said(({ client }) => client.register("alice", alice))).toEqual([nymchat.register]);
  });

  it("login", async () => {
    expect(await said(({ client }) => client.login("alice", alice))).toEqual([nymchat.login]);
  });

  it("query", async () => {
    expect(await said(({ client }) => client.lookup("bob"))).toEqual([nymchat.query]);
  });

  it("send: the same members in the same order, and only the first brings the key", async () => {
    network.directory.users.set("bob", { name: "bob", key: bob.publicKey, route: "" as never });
    const client = await network.connect("alice");
    await client.client.register("alice", alice);
    const shape = (send: string): unknown => shapeOf(JSON.parse(fieldsOf(send)["content"] ?? ""));
    for (const recorded of [nymchat.sendFirst, nymchat.sendSecond]) {
      const sealed = await client.client.seal("bob", "text");
      const ours = new TextDecoder().decode(sealed.request);
      expect(Object.keys(fieldsOf(ours))).toEqual(Object.keys(fieldsOf(recorded)));
      expect(JSON.stringify(shape(ours))).toBe(JSON.stringify(shape(recorded)));
      await client.client.submit(sealed);
    }
  });
});

/** The names of all members, in order. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.entries(value).map(([name, member]) => [name, shapeOf(member)]);
}
