/** A mixnet that is as slow as the real one: a v2 user's lane holds messages back, and takes them as it drains. */
import { expect, test } from "vitest";
import { startV2World } from "../support/v2-world.js";

const PACKETS_PER_SECOND = 50;
const LANE = 5;
const MESSAGES = 25;

test("what a full lane holds up is pushed as it drains, in order and once, without another word from its recipient", async () => {
  await using world = await startV2World(
    { LANE_LIMIT_PACKETS: String(LANE), ACK_SECONDS: "600", ACK_MAX_SECONDS: "600" },
    { packetsPerSecond: PACKETS_PER_SECOND },
  );
  const [alice, bob] = await world.users("alice-of-the-lanes", "bob-of-the-lanes");
  if (alice === undefined || bob === undefined) throw new Error("somebody is missing");
  await bob.ask("logout", {});
  for (let number = 0; number < MESSAGES; number++) {
    const { result } = await alice.send(bob.name, Buffer.alloc(1_300, number));
    expect(result).toBe("ok");
  }
  // All of it waits when the log-in is answered, and there are SURBs for all of it.
  await bob.refresh(2 * MESSAGES);
  expect((await bob.login({ surbs: 2 })).result).toBe("ok");
  const sequences = (await bob.got(MESSAGES)).map(({ sequence }) => sequence);
  expect(sequences).toEqual(Array.from({ length: MESSAGES }, (_, index) => index + 1));
});
