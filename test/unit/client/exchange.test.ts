import { describe, expect, it } from "vitest";
import { ClientError } from "../../../src/client/errors.js";
import { Exchange, type Question, type SentRequest } from "../../../src/client/exchange.js";
import type { NymAddress } from "../../../src/protocol/nym-client/address.js";
import type { Reply } from "../../../src/protocol/v1/reply.js";

const TIMING = { answerTimeout: 60, retries: 2, retryPause: 1, strayLifetime: 10_000 };
const DIRECTORY = "address" as NymAddress;
const MISS: Reply = { dialect: "long", kind: "queryResponse", found: "No user found" };

function hit(name: string): Reply {
  return { dialect: "long", kind: "queryResponse", found: { name, key: new Uint8Array() } };
}

function question(name: string): Question<string> {
  return {
    action: "query",
    to: DIRECTORY,
    subject: name,
    message: Buffer.from(name),
    need: "answer",
    judge(reply) {
      if (reply.kind !== "queryResponse") return undefined;
      if (typeof reply.found === "string") return { answer: reply.found, claim: reply.found };
      return reply.found.name === name ? { answer: name } : undefined;
    },
  };
}

/** An exchange whose Nym client does what `onSend` says, with the number of the request. */
function exchangeWith(onSend: (exchange: Exchange, count: number, name: string) => void, timing = TIMING) {
  const closing = new AbortController();
  const sent: SentRequest[] = [];
  const transport = {
    connected: true,
    backlog: 0,
    send: (_: NymAddress, message: Uint8Array) => {
      queueMicrotask(() => onSend(exchange, sent.length, Buffer.from(message).toString()));
    },
  };
  const exchange = new Exchange(
    { transport, now: Date.now, closing: closing.signal, requestSent: (request) => void sent.push(request) },
    timing,
  );
  const ask = (name: string) => exchange.exclusively(() => exchange.ask(question(name)));
  return { exchange, closing, sent, transport, ask };
}

describe("an exchange", () => {
  it("takes the answer to its question and passes over those to others", async () => {
    const { ask, sent } = exchangeWith((exchange) => {
      exchange.take(hit("bob"), "query");
      exchange.take(hit("alice"), "query");
    });
    expect(await ask("alice")).toBe("alice");
    expect(sent).toEqual([{ action: "query", to: DIRECTORY, bytes: 5, surbs: 2 }]);
  });

  it("has one question open at a time", async () => {
    const order: string[] = [];
    const { ask } = exchangeWith((exchange, _, name) => {
      order.push(`asked ${name}`);
      setTimeout(() => {
        order.push(`answered ${name}`);
        exchange.take(hit(name), "query");
      }, 5);
    });
    await Promise.all([ask("alice"), ask("bob"), ask("carol")]);
    expect(order).toEqual(["alice", "bob", "carol"].flatMap((name) => [`asked ${name}`, `answered ${name}`]));
  });

  it("asks again until it is answered", async () => {
    const { ask, sent } = exchangeWith((exchange, count) => {
      if (count === 3) exchange.take(hit("alice"), "query");
    });
    expect(await ask("alice")).toBe("alice");
    expect(sent).toHaveLength(3);
  });

  it("takes an answer that comes while it pauses before the next attempt", async () => {
    const { ask, sent, exchange } = exchangeWith(() => undefined, { ...TIMING, answerTimeout: 5, retryPause: 10_000 });
    const answer = ask("alice");
    setTimeout(() => exchange.take(hit("alice"), "query"), 50);
    expect(await answer).toBe("alice");
    expect(sent).toHaveLength(1);
  });

  it("gives up with a time-out, and goes on with the next question", async () => {
    const { ask } = exchangeWith((exchange, _, name) => {
      if (name === "bob") exchange.take(hit("bob"), "query");
    });
    const [alice, bob] = await Promise.allSettled([ask("alice"), ask("bob")]);
    expect(alice).toMatchObject({ reason: { code: "timeout", retryable: true } });
    expect(bob).toMatchObject({ value: "bob" });
  });

  it("says that nothing is connected, when nothing is", async () => {
    const { ask, transport, sent } = exchangeWith(() => undefined);
    transport.connected = false;
    await expect(ask("alice")).rejects.toMatchObject({ code: "notConnected" });
    expect(sent).toHaveLength(0);
  });

  it("waits for the connection to come back", async () => {
    const { ask, transport } = exchangeWith((exchange) => exchange.take(hit("alice"), "query"));
    transport.connected = false;
    setTimeout(() => (transport.connected = true), 20);
    expect(await ask("alice")).toBe("alice");
  });

  it("rejects with the reason for closing, at once", async () => {
    const { ask, closing } = exchangeWith(() => undefined, { ...TIMING, answerTimeout: 100_000 });
    const answer = ask("alice");
    closing.abort(new ClientError("closed"));
    await expect(answer).rejects.toMatchObject({ code: "closed" });
    await expect(ask("bob")).rejects.toMatchObject({ code: "closed" });
  });

  it("gives large requests and long queues more time", async () => {
    const { ask, transport, sent, exchange } = exchangeWith(() => undefined, { ...TIMING, answerTimeout: 1 });
    transport.backlog = 4; // 100 ms
    const answer = ask("alice");
    setTimeout(() => exchange.take(hit("alice"), "query"), 50);
    await answer;
    expect(sent).toHaveLength(1);
  });

  describe("when a reply names nothing", () => {
    it("believes it at once if nothing else can be owed", async () => {
      const { ask, sent } = exchangeWith((exchange) => exchange.take(MISS, "query"));
      expect(await ask("alice")).toBe("No user found");
      expect(await ask("bob")).toBe("No user found");
      expect(sent).toHaveLength(2);
    });

    it("does not take the late answer to an earlier question for its own", async () => {
      const late: (() => void)[] = [];
      const { ask, sent } = exchangeWith((exchange, _, name) => {
        if (name === "nobody") late.push(() => exchange.take(MISS, "query"));
        else if (late.length > 0) for (const reply of late.splice(0)) reply();
        else exchange.take(hit("bob"), "query");
      });
      await expect(ask("nobody")).rejects.toMatchObject({ code: "timeout" });
      // All three answers about nobody come before the first about bob.
      expect(await ask("bob")).toBe("bob");
      expect(sent.length).toBeLessThanOrEqual(3 + 4);
    });

    it("believes it once more have come than are owed", async () => {
      const { ask, sent } = exchangeWith((exchange, _, name) => {
        if (name === "ghost") exchange.take(MISS, "query");
      });
      await expect(ask("nobody")).rejects.toMatchObject({ code: "timeout" });
      expect(await ask("ghost")).toBe("No user found");
      expect(sent).toHaveLength(3 + 4); // three are owed, so the fourth is proof
    });

    it("doubts nothing about the same subject", async () => {
      const { ask, sent } = exchangeWith((exchange, count) => {
        if (count > 3) exchange.take(MISS, "query");
      });
      await expect(ask("ghost")).rejects.toMatchObject({ code: "timeout" });
      expect(await ask("ghost")).toBe("No user found");
      expect(sent).toHaveLength(4);
    });

    it("counts answers that come while nobody asks", async () => {
      const { ask, sent, exchange } = exchangeWith((_, __, name) => {
        if (name === "ghost") exchange.take(MISS, "query");
      });
      await expect(ask("nobody")).rejects.toMatchObject({ code: "timeout" });
      for (let late = 0; late < 3; late++) exchange.take(MISS, "query");
      await ask("ghost");
      expect(sent).toHaveLength(3 + 1);
    });
  });
});
