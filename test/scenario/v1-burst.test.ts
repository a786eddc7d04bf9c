/** More at once than is worked on at a time: requests wait at the Nym client, in order, and none goes without its reply. */
import { expect, test } from "vitest";
import { startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { envelope, query, V1User } from "../support/v1-user.js";

const REQUESTS = 1500;

const contents = (client: FakeNymClient, tag: string): string[] =>
  client.repliesOf(tag).map(({ message }) => envelope(message.toString()).content);

test("a burst of one sender that its limit allows is answered to the last request, in order", async () => {
  await using client = await FakeNymClient.listen();
  await using _directory = await startDirectory({ env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url } });
  const user = new V1User("user-in-a-hurry");
  for (let number = 0; number < REQUESTS; number++) {
    client.push(user.tag, number % 3 === 0 ? JSON.stringify({ action: "login", usernym: "nobody" }) : query("nobody"));
  }
  await client.seen(REQUESTS);
  expect(contents(client, user.tag)).toEqual(
    Array.from({ length: REQUESTS }, (_, number) => (number % 3 === 0 ? "error: user not found" : "No user found")),
  );
});

test("what does not fit into the inbox is read when there is room again", async () => {
  await using client = await FakeNymClient.listen();
  await using _directory = await startDirectory({
    env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, LIMITS: "off", INBOX_MAX: "10" },
  });
  const users = Array.from({ length: 20 }, (_, number) => new V1User(`user-of-many-${number}`));
  for (let number = 0; number < REQUESTS; number++) client.push(users[number % users.length]?.tag, query("nobody"));
  await client.seen(REQUESTS);
  for (const { tag } of users) expect(contents(client, tag)).toHaveLength(REQUESTS / users.length);
});

test("a Nym client that never tells what is queued is served for as long as it asks", async () => {
  await using client = await FakeNymClient.listen();
  client.laneLength = () => undefined;
  await using _directory = await startDirectory({
    env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, BACKLOG_LIMIT_PACKETS: "20", LANE_LIMIT_PACKETS: "5" },
  });
  const [alice, bob] = [new V1User("alice-in-the-dark"), new V1User("bob-in-the-dark")];
  expect(await alice.registerAt(client)).toBe("success");
  expect(await bob.registerAt(client)).toBe("success");
  for (let number = 0; number < 100; number++) await client.ask(bob.tag, query(alice.name));
  expect(envelope(await client.ask(alice.tag, alice.send(bob.name, '"hello"'))).content).toBe("success");
  await client.until(() => contents(client, bob.tag).some((content) => content.includes("hello")));
});

test("replies to many senders, one to each, are no backlog while their lanes are read as empty", async () => {
  await using client = await FakeNymClient.listen();
  await using _directory = await startDirectory({
    env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, BACKLOG_LIMIT_PACKETS: "20" },
  });
  const users = Array.from({ length: 500 }, (_, number) => new V1User(`user-of-a-crowd-${number}`));
  for (const { tag } of users) client.push(tag, query("nobody"));
  await client.seen(users.length);
});
