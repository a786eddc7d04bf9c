/** A Nym client that cannot keep up: lanes hold messages back, and its whole backlog the intake. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { envelope, nonceOf, query, V1User } from "../support/v1-user.js";

const alice = new V1User("alice-of-the-lanes");
const bob = new V1User("bob-of-the-lanes");
const SCALED = { HANDOVER_SECONDS: "5", LANE_POLL_MS: "20", SUMMARY_MINUTES: "0.002" };
const FAILURE = "error: database failure";
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let client: FakeNymClient;
let directory: DirectoryProcess;

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  directory = await startDirectory({
    env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, ...SCALED, ...env },
  });
  await alice.registerAt(client);
  await bob.registerAt(client);
}

/** What the sums in the log say of a counter, so far. */
const sumOf = (name: string): number =>
  [...directory.stderr.matchAll(new RegExp(`${name}=(\\d+)`, "g"))].reduce((sum, [, n]) => sum + Number(n), 0);

beforeEach(async () => {
  client = await FakeNymClient.listen();
});

afterEach(async () => {
  await directory[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
});

const messages = (tag: string): string[] =>
  client
    .repliesOf(tag)
    .map(({ message }) => envelope(message.toString()))
    .filter(({ action }) => action === "incomingMessage")
    .map(({ content }) => (JSON.parse(content) as { body: string }).body);

test("a lane over its limit holds messages in the store, and takes them in order as it drains", async () => {
  await start({ LANE_LIMIT_PACKETS: "5" });
  const laneOfBob = client.repliesOf(bob.tag)[0]?.lane;
  let held = 5;
  client.laneLength = (lane) => (lane === laneOfBob ? held : 0);
  // The reply brings the reading: the lane is full from now on.
  await client.ask(bob.tag, query("x"));
  for (const body of ["one", "two", "three"]) await client.ask(alice.tag, alice.send(bob.name, `"${body}"`));
  await sleep(200);
  expect(messages(bob.tag)).toEqual([]);
  held = 0;
  await client.until(() => messages(bob.tag).length === 3);
  expect(messages(bob.tag)).toEqual(["one", "two", "three"]);
});

test("a lane that stays over its limit keeps its messages for the next request", async () => {
  await start({ LANE_LIMIT_PACKETS: "5", HANDOVER_SECONDS: "0.3" });
  const laneOfBob = client.repliesOf(bob.tag)[0]?.lane;
  let held = 9;
  client.laneLength = (lane) => (lane === laneOfBob ? held : 0);
  await client.ask(bob.tag, query("x"));
  await client.ask(alice.tag, alice.send(bob.name, '"one"'));
  await sleep(1_500);
  held = 0;
  await sleep(200);
  expect(messages(bob.tag)).toEqual([]);
  client.push(bob.tag, query("x"));
  await client.until(() => messages(bob.tag).length === 1);
});

test("a full Nym client refuses what v1 has a word for, drops what it has not, and takes everything again once it drained", async () => {
  await start({ BACKLOG_LIMIT_PACKETS: "40" });
  let length = 30;
  client.laneLength = () => length;
  const loginOf = async (user: V1User): Promise<string> => envelope(await client.ask(user.tag, user.login())).content;
  while ((await loginOf(alice)) !== FAILURE) await loginOf(bob);
  const refused = envelope(await client.ask(alice.tag, alice.send(bob.name, '"one"')));
  expect(refused).toMatchObject({ action: "sendResponse", content: FAILURE });
  const answered = client.replies.length;
  client.push(alice.tag, query("x"));
  await directory.says(/dropped\.backlog=/);
  expect(client.replies.length).toBe(answered);
  length = 0;
  while ((await loginOf(alice)) === FAILURE) await sleep(20);
  expect(envelope(await client.ask(alice.tag, alice.send(bob.name, '"two"'))).content).toBe("success");
  await client.until(() => messages(bob.tag).length === 1);
  expect(messages(bob.tag)).toEqual(["two"]);
});

test("at twice its limit not even refusals are added", async () => {
  await start({ BACKLOG_LIMIT_PACKETS: "40" });
  client.laneLength = () => 90;
  while (sumOf("dropped.backlog") === 0) {
    client.push(alice.tag, alice.login());
    await sleep(20);
  }
  const [dropped, answered] = [sumOf("dropped.backlog"), client.replies.length];
  for (let n = 0; n < 5; n++) client.push(alice.tag, alice.login());
  await client.until(() => sumOf("dropped.backlog") >= dropped + 5);
  expect(client.replies.length).toBe(answered);
});

test(
  "a Nym client that does not read gets no more than a bound; what it brings is dropped and counted, and messages wait",
  { timeout: 120_000 },
  async () => {
    const elsewhere = await FakeNymClient.listen({ identity: 8 });
    try {
      const pool = `${client.url},${elsewhere.url}`;
      directory = await startDirectory({
        env: { NYM_CLIENT: "external", WEBSOCKET_URL: pool, LIMITS: "off", OUTBOX_BYTES: "65536", ...SCALED },
      });
      await elsewhere.until(() => elsewhere.connected);
      await alice.registerAt(elsewhere);
      await bob.registerAt(client);
      client.pause();
      const stranger = "5".repeat(32);
      let asked = 0;
      while (sumOf("dropped.backlog") === 0) {
        for (let n = 0; n < 500; n++) client.push(stranger, query(alice.name));
        asked += 500;
        await sleep(20);
      }
      expect(envelope(await elsewhere.ask(alice.tag, alice.send(bob.name, '"one"'))).content).toBe("success");
      await directory.says(/messages\.stored=1/);
      client.resume();
      const answered = (): number => client.repliesOf(stranger).length;
      await client.until(() => answered() + sumOf("dropped.backlog") + sumOf("replies.lost") === asked);
      // It goes without another word from its recipient.
      await client.until(() => messages(bob.tag).length === 1);
      expect(await directory.stop("SIGTERM")).toBe(0);
    } finally {
      await elsewhere[Symbol.asyncDispose]();
    }
  },
);

test("a message that waits at the Nym client for SURBs is not handed over, although its lane was empty before it", async () => {
  const mixnet: LoopbackMixnet = createLoopbackMixnet({ starvationMs: 300, packetsPerSecond: Infinity });
  try {
    const { services } = await mixnet.listen();
    directory = await startDirectory({
      env: { NYM_CLIENT: "external", WEBSOCKET_URL: services[0] ?? "", ...SCALED, HANDOVER_SECONDS: "0.2" },
    });
    const [service] = mixnet.services;
    if (service === undefined) throw new Error("no service");
    const inboxOf = (name: string) => {
      const replies: string[] = [];
      let attachment = attach();
      function attach() {
        return mixnet.attach(name, {
          onResponse: (response) => {
            if (response.type === "received") replies.push(response.message.toString());
          },
        });
      }
      const say = (text: string): void =>
        attachment.send({
          type: "sendAnonymous",
          recipient: service.address,
          replySurbs: 10,
          lane: undefined,
          message: Buffer.from(text),
        });
      return {
        replies,
        say,
        again: () => (attachment = attach()),
        async ask(text: string): Promise<string> {
          const before = replies.length;
          say(text);
          while (replies.length === before) await sleep(5);
          return replies[before] ?? "";
        },
      };
    };
    const [a, b] = [inboxOf("alice"), inboxOf("bob")];
    for (const [user, at] of [
      [alice, a],
      [bob, b],
    ] as const) {
      const challenge = envelope(await at.ask(user.register()));
      await at.ask(user.registrationResponse(nonceOf(challenge)));
    }
    // Bob's SURBs are gone, and nobody is there to send fresh ones: what is handed over now waits, and is dropped.
    mixnet.stop("bob", "graceful");
    mixnet.exhaust(service.name);
    a.say(alice.send(bob.name, '"one"'));
    while (mixnet.counters(service.name).lost.starved === 0) await sleep(20);
    mixnet.start("bob");
    b.again();
    const seen = (): boolean => b.replies.some((reply) => reply.includes("incomingMessage"));
    expect(seen()).toBe(false);
    const challenge = envelope(await b.ask(bob.login()));
    await b.ask(bob.loginResponse(nonceOf(challenge)));
    while (!seen()) await sleep(20);
  } finally {
    await mixnet.close();
    client.drop();
  }
});
