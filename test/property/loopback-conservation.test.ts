/** Whatever applications, restarts and commands do to the mixnet, every message is somewhere, and no SURB is used twice. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import { anonymousPackets, PACKET_BYTES, SURB_BYTES } from "../../src/protocol/packets.js";
import { settled, TestApp } from "../support/loopback-apps.js";

const NAMES = ["nym-directory", "alice", "bob"] as const;
type Name = (typeof NAMES)[number];

const name = fc.constantFrom(...NAMES);
const how = fc.constantFrom("graceful" as const, "killed" as const);
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("ask" as const), from: name, to: name, surbs: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("send" as const), from: name, to: name }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("reply" as const), from: name, tag: fc.nat(), empty: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stop" as const), client: name, how }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("start" as const), client: name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("exhaust" as const), client: name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rotate" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const), loss: fc.constantFrom(0, 0.5, 1) }) },
);

type Step = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** Three applications that write down every tag they see, and count what they send and receive. */
class World {
  readonly mixnet: LoopbackMixnet;
  /** The tags that each application has seen, after one that nobody has. */
  readonly #tags = new Map<Name, SenderTag[]>(NAMES.map((each) => [each, ["00".repeat(16) as SenderTag]]));
  sent = 0;
  received = 0;
  surbsGranted = 0;
  /** Packets of messages that are not replies. */
  packetsWithoutSurb = 0;
  readonly #apps = new Map<Name, TestApp>();

  constructor(seed: string, reserve: number) {
    this.mixnet = createLoopbackMixnet({ seed, packetsPerSecond: Infinity, reserve, userReserve: reserve });
    for (const each of NAMES) this.app(each);
  }

  /** The application of a client, connected unless the client does not run. */
  app(of: Name): TestApp | undefined {
    const known = this.#apps.get(of);
    if (known?.closed === false) return known;
    if (known !== undefined && !this.mixnet.counters(of).running) return undefined;
    const app = new TestApp(this.mixnet, of);
    this.#apps.set(of, app);
    return app;
  }

  /** Connects whom it can, lets everything happen, and takes what has arrived. */
  async settle(): Promise<void> {
    for (const each of NAMES) this.app(each);
    await settled();
    for (const [each, app] of this.#apps) {
      for (const arrived of app.arrivals.take()) {
        if (arrived.type !== "received") continue;
        this.received += 1;
        if (arrived.senderTag !== undefined) this.#tags.get(each)?.push(arrived.senderTag);
      }
    }
  }

  async perform(step: Step): Promise<void> {
    switch (step.do) {
      case "ask":
      case "send": {
        const app = this.app(step.from);
        if (app === undefined) return;
        this.sent += 1;
        const to = this.mixnet.addressOf(step.to);
        if (step.do === "send") {
          this.packetsWithoutSurb += 1;
          app.send(to, "plain");
          return;
        }
        this.packetsWithoutSurb += anonymousPackets("anonymous".length, step.surbs);
        this.surbsGranted += step.surbs;
        app.ask(to, "anonymous", step.surbs);
        return;
      }
      case "reply": {
        await this.settle();
        const app = this.app(step.from);
        if (app === undefined) return;
        this.sent += 1;
        const tags = this.#tags.get(step.from) ?? [];
        app.reply(tags[step.tag % tags.length] ?? ("" as SenderTag), step.empty ? "" : "reply");
        return;
      }
      case "stop":
        this.mixnet.stop(step.client, step.how);
        await this.settle();
        return;
      case "start":
        this.mixnet.start(step.client);
        return;
      case "exhaust":
        this.mixnet.exhaust(step.client);
        return;
      case "lose":
        this.mixnet.faults({ loss: step.loss });
        return;
      case "rotate":
        this.mixnet.rotateKeys();
    }
  }
}

test("every message is delivered, waiting, or counted as lost; every packet of a reply had its SURB", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 60, size: "max" }),
      fc.nat(4),
      fc.string(),
      async (steps, reserve, seed) => {
        const world = new World(seed, reserve);
        const { mixnet } = world;
        for (const step of steps) await world.perform(step);
        for (const each of NAMES) mixnet.start(each);
        await world.settle();
        await world.settle();

        const books = Object.values(mixnet.counters());
        const sum = (of: (book: (typeof books)[number]) => number): number =>
          books.reduce((all, book) => all + of(book), 0);
        const lost = sum((book) => Object.values<number>({ ...book.lost }).reduce((all, some) => all + some, 0));
        const waiting = sum((book) => book.waiting);
        expect(world.received + lost + waiting).toBe(world.sent);
        expect(sum((book) => book.unread + book.stored + book.queued)).toBe(0);

        const used = sum((book) => book.sent.data + book.sent.surbRequests) - world.packetsWithoutSurb;
        expect(books.every((book) => book.surbs >= 0)).toBe(true);
        const held = sum((book) => book.surbs);
        const fresh = (sum((book) => book.sent.freshSurbs) * PACKET_BYTES) / SURB_BYTES;
        expect(used + held).toBeLessThanOrEqual(world.surbsGranted + fresh);
        await mixnet.close();
      },
    ),
    { numRuns: 100 },
  );
});
