/** What every transport of the client library promises. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLoopbackMixnet, type Attachment, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import { createInbox } from "../../src/client/inbox.js";
import { NotConnectedError, type Transport } from "../../src/client/transport.js";
import type { ConnectionTiming } from "../../src/client/nym-client-transport.js";
import type { ClientResponse } from "../../src/protocol/nym-client/frames.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";

/** Makes a transport to the client `name` of a mixnet; called once for each. */
export type MakeTransport = (
  mixnet: LoopbackMixnet,
  name: string,
  timing: ConnectionTiming,
) => Promise<Transport> | Transport;

const TIMING = { startTimeout: 5_000, reconnect: [5, 20] } as const;

/** The listener's side of a transport, as something to wait for. */
interface Heard {
  readonly log: string[];
  /** The next events are these, in any order. */
  next(...wanted: string[]): Promise<void>;
}

export function transportContract(name: string, make: MakeTransport): void {
  describe(`${name} as a transport`, () => {
    let mixnet: LoopbackMixnet;
    let service: Attachment;
    let requests: AsyncIterator<{ readonly tag: SenderTag; readonly text: string }>;
    let transport: Transport;

    beforeEach(async () => {
      mixnet = createLoopbackMixnet({ packetsPerSecond: Infinity, restartMs: 20 });
      const received = createInbox<{ readonly tag: SenderTag; readonly text: string }>();
      requests = received[Symbol.asyncIterator]();
      service = mixnet.attach("nym-directory", {
        onResponse(response: ClientResponse) {
          if (response.type !== "received" || response.senderTag === undefined) return;
          received.put({ tag: response.senderTag, text: response.message.toString() });
        },
      });
      transport = await make(mixnet, "alice", TIMING);
    });

    afterEach(async () => {
      await transport.close();
      await mixnet.close();
    });

    const start = async (): Promise<Heard> => {
      const events = createInbox<string>();
      const iterator = events[Symbol.asyncIterator]();
      const log: string[] = [];
      await transport.start({
        message: (message) => events.put(`message ${Buffer.from(message).toString()}`),
        connected: (address) => events.put(`connected ${address}`),
        disconnected: () => events.put("disconnected"),
      });
      return {
        log,
        async next(...wanted) {
          const seen: string[] = [];
          while (seen.length < wanted.length) seen.push(((await iterator.next()) as { value: string }).value);
          log.push(...seen);
          expect(seen.sort()).toEqual(wanted.sort());
        },
      };
    };

    const say = (text: string, surbs = 2): void => transport.send(service.address, Buffer.from(text), surbs);
    const answer = (tag: SenderTag, text: string): void =>
      service.send({ type: "reply", senderTag: tag, lane: undefined, message: Buffer.from(text) });
    const request = async (): Promise<{ readonly tag: SenderTag; readonly text: string }> => {
      const { value } = (await requests.next()) as { value: { readonly tag: SenderTag; readonly text: string } };
      return value;
    };

    it("starts with its own address, and is connected from then until it is closed", async () => {
      expect(transport.connected).toBe(false);
      const heard = await start();
      await heard.next(`connected ${mixnet.addressOf("alice")}`);
      expect(transport.connected).toBe(true);
      await transport.close();
      expect(transport.connected).toBe(false);
    });

    it("sends anonymously with SURBs by which the answer comes back", async () => {
      const heard = await start();
      await heard.next(`connected ${mixnet.addressOf("alice")}`);
      say("question");
      const { tag, text } = await request();
      expect(text).toBe("question");
      answer(tag, "answer");
      await heard.next("message answer");
      expect(mixnet.counters("alice").sent.data).toBe(1);
      expect(mixnet.counters("nym-directory").sent.data).toBe(1);
    });

    it("hears what is sent straight to its address", async () => {
      const heard = await start();
      await heard.next(`connected ${mixnet.addressOf("alice")}`);
      const message = Buffer.from("plainly");
      service.send({ type: "send", recipient: mixnet.addressOf("alice"), lane: undefined, message });
      await heard.next("message plainly");
    });

    it("attaches its listener before anything that waited for it can be pushed", async () => {
      const first = mixnet.attach("bob", { onResponse: () => undefined });
      first.close();
      for (const text of ["one", "two"])
        service.send({
          type: "send",
          recipient: mixnet.addressOf("bob"),
          lane: undefined,
          message: Buffer.from(text),
        });
      await expect.poll(() => mixnet.counters("bob").unread).toBe(2);
      const late = await make(mixnet, "bob", TIMING);
      const heard = createInbox<string>();
      await late.start({
        message: (message) => heard.put(Buffer.from(message).toString()),
        connected: () => undefined,
        disconnected: () => undefined,
      });
      const iterator = heard[Symbol.asyncIterator]();
      expect([(await iterator.next()).value, (await iterator.next()).value]).toEqual(["one", "two"]);
      await late.close();
    });

    it("refuses to send while it is not connected", async () => {
      expect(() => say("too early")).toThrow(NotConnectedError);
      await start();
      await transport.close();
      expect(() => say("too late")).toThrow(NotConnectedError);
    });

    it.each(["graceful", "killed"] as const)("is connected again after a %s restart of its client", async (how) => {
      const heard = await start();
      await heard.next(`connected ${mixnet.addressOf("alice")}`);
      say("before");
      const before = await request();
      await mixnet.restart("alice", how);
      await heard.next("disconnected");
      await heard.next(`connected ${mixnet.addressOf("alice")}`);
      say("after");
      const after = await request();
      expect(after.text).toBe("after");
      expect(after.tag).not.toBe(before.tag);
    });

    it("is connected again after its socket was dropped, and has what came meanwhile", async () => {
      const heard = await start();
      await heard.next(`connected ${mixnet.addressOf("alice")}`);
      say("question");
      const { tag } = await request();
      mixnet.faults({ reconnectRefusedMs: 100 }, "alice");
      mixnet.dropSocket("alice");
      answer(tag, "meanwhile");
      await heard.next("disconnected");
      await heard.next(`connected ${mixnet.addressOf("alice")}`, "message meanwhile");
    });

    it("knows how many packets wait in its client, and when they are gone", async () => {
      await transport.close();
      await mixnet.close();
      mixnet = createLoopbackMixnet({ userPacketsPerSecond: 100 });
      transport = await make(mixnet, "carol", TIMING);
      await start();
      for (let index = 0; index < 40; index++) say(`message ${index}`);
      await expect.poll(() => transport.backlog, { interval: 5 }).toBeGreaterThan(10);
      await expect.poll(() => transport.backlog, { timeout: 10_000 }).toBe(0);
    });

    it("says so when there is no client to be had, without its name", async () => {
      const holder = mixnet.attach("dave", { onResponse: () => undefined });
      const second = await make(mixnet, "dave", { startTimeout: 100, reconnect: [5, 20] });
      const refused = second.start({
        message: () => undefined,
        connected: () => undefined,
        disconnected: () => undefined,
      });
      await expect(refused).rejects.toThrow(NotConnectedError);
      await expect(refused).rejects.not.toThrow(/dave/);
      holder.close();
    });

    it("tells nothing any more once it is closed", async () => {
      const heard = await start();
      await heard.next(`connected ${mixnet.addressOf("alice")}`);
      say("question");
      const { tag } = await request();
      await transport.close();
      answer(tag, "answer");
      await expect.poll(() => mixnet.counters("alice").unread).toBe(1);
      expect(heard.log).toEqual([`connected ${mixnet.addressOf("alice")}`]);
    });
  });
}
