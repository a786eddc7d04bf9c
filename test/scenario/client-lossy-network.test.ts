/** Two users of the client library over a network that loses, reorders and repeats: whatever is reported has happened, once. */
import { describe, expect, it, vi } from "vitest";
import { ClientError } from "../../src/client/errors.js";
import type { Faults } from "../../nym-client/loopback/faults.js";
import { createClientNetwork, type TestClient } from "../support/client-network.js";

/** Answers often come after the time-out, when the request has been repeated, or the next one is open. */
const HASTY = { answerTimeout: 60, retries: 15, retryPause: 1, strayLifetime: 400 };
const TEXTS = Array.from({ length: 8 }, (_, index) => `message ${index}`);

interface Outcome {
  /** Texts whose sending was reported as done. */
  readonly done: string[];
  /** What came in for either, once everything that was stored had been offered again. */
  readonly received: string[];
}

async function converse(seed: string, faults: Partial<Faults>): Promise<Outcome> {
  await using network = createClientNetwork({ seed, faults });
  const alice = await network.connect("alice", HASTY);
  const bob = await network.connect("bob", HASTY);
  await Promise.all([alice.client.register("alice", alice.keys), bob.client.register("bob", bob.keys)]);
  expect(network.directory.users.get("alice")?.key).toEqual(alice.keys.publicKey);
  expect(network.directory.users.get("bob")?.key).toEqual(bob.keys.publicKey);
  // A Nym client delivers at most once. Where replies are repeated all the same, a miss can be taken for the next one's.
  if (faults.duplicate === undefined) expect(await alice.client.lookup("nobody")).toBeUndefined();
  expect((await alice.client.lookup("bob"))?.publicKey).toEqual(bob.keys.publicKey);

  const done: string[] = [];
  const sendAll = async (from: TestClient, to: string): Promise<void> => {
    for (const text of TEXTS) {
      try {
        await from.client.send(to, text);
        done.push(`${to}: ${text}`);
      } catch (error) {
        expect(error).toBeInstanceOf(ClientError);
      }
    }
  };
  await Promise.all([sendAll(alice, "bob"), sendAll(bob, "alice")]);
  // The fake directory pushes once, and loses what is lost; offered again, everything that it stored must be there, once.
  network.mixnet.faults({ loss: 0, duplicate: 0, reorder: 0, jitterMs: 0, delayMs: 0 });
  for (const { recipient, content } of network.directory.stored) network.directory.push(recipient, content);
  const texts = ({ inbox }: TestClient, name: string): string[] =>
    inbox.map(({ plaintext }) => `${name}: ${plaintext.kind === "chat" ? plaintext.text : ""}`);
  const received = (): string[] => [...texts(bob, "bob"), ...texts(alice, "alice")].sort();
  await vi.waitFor(() => expect(received()).toHaveLength(network.directory.stored.length), { timeout: 10_000 });
  return { done: done.sort(), received: received() };
}

describe.concurrent("over a network that loses and reorders", () => {
  it.each(["1", "2", "3", "4", "5", "6"])("what is reported as sent has arrived, once (seed %s)", async (seed) => {
    const { done, received } = await converse(seed, { loss: 0.1, jitterMs: 30, delayMs: 30, reorder: 0.2 });
    expect(new Set(received).size).toBe(received.length);
    expect(received).toEqual(expect.arrayContaining(done));
    expect(done.length).toBeGreaterThan(TEXTS.length);
  });
});

describe.concurrent("over a network that also repeats", () => {
  it.each(["1", "2", "3", "4"])("nothing happens twice (seed %s)", async (seed) => {
    const { received } = await converse(seed, { loss: 0.1, duplicate: 0.3, jitterMs: 5, delayMs: 5, reorder: 0.2 });
    expect(new Set(received).size).toBe(received.length);
    expect(received.length).toBeGreaterThan(0);
  });
});

describe.concurrent("over a network that only repeats", () => {
  it("everything arrives, once", async () => {
    const { done, received } = await converse("7", { duplicate: 0.5 });
    expect(done).toHaveLength(2 * TEXTS.length);
    expect(received).toEqual(done);
  });
});
