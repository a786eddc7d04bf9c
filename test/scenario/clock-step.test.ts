/** Somebody sets the machine's clock while the directory runs: what is a duration goes on as if nothing had happened. */
import { expect, test } from "vitest";
import { startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { envelope, nonceOf, V1User } from "../support/v1-user.js";

const CLOCK = new URL("../fixtures/directory/clock-on-signal.js", import.meta.url).href;
const SCALED = { LANE_POLL_MS: "20", SUMMARY_MINUTES: "0.002" };

test("challenges, routes and hand-overs outlive a clock that is set forward, and back", async () => {
  const alice = new V1User("alice-through-time");
  const bob = new V1User("bob-through-time");
  await using client = await FakeNymClient.listen();
  await using directory = await startDirectory({
    env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, ...SCALED, NODE_OPTIONS: `--import ${CLOCK}` },
  });
  let steps = 0;
  const step = async (): Promise<void> => {
    directory.child.kill("SIGUSR2");
    await directory.says(`clock set ${++steps}\n`);
  };
  const challenge = envelope(await client.ask(bob.tag, bob.register()));
  await step();
  const registered = await client.ask(bob.tag, bob.registrationResponse(nonceOf(challenge)));
  expect(envelope(registered).content).toBe("success");
  await alice.registerAt(client);

  const messages = (): string[] =>
    client
      .repliesOf(bob.tag)
      .map(({ message }) => message.toString())
      .filter((text) => text.includes("incomingMessage"));
  const handedOver = (): number =>
    [...directory.stderr.matchAll(/messages\.handedOver=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  for (let sent = 1; sent <= 3; sent++) {
    // It is leased to a lane that says nothing of its length while the clock is set.
    let drained = false;
    client.laneLength = () => (drained ? 0 : undefined);
    expect(envelope(await client.ask(alice.tag, alice.send(bob.name, `"${sent}"`))).content).toBe("success");
    await client.until(() => messages().length === sent);
    await step();
    drained = true;
    await client.until(() => handedOver() === sent);
  }
  expect(messages()).toHaveLength(3);
});
