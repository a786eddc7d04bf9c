/** An account at a directory with several addresses: where it goes, and what it does when one of them is gone. */
import { expect, it } from "vitest";
import { type AccountPerson, openPerson } from "../support/account-person.js";
import { startLoopbackDirectory } from "../support/loopback-directory.js";
import { until } from "../support/until.js";

/** Gives up soon on an address where nobody answers. */
const HASTY = { answerTimeout: 500, retries: 1, retryPause: 10, interval: 200 };

function addressesOf({ events }: AccountPerson, action: string): string[] {
  return [...new Set(events.flatMap((event) => (event.type === "sent" && event.action === action ? [event.to] : [])))];
}

it(
  "looks names up where nobody knows its own, and is reached elsewhere when its home is gone",
  { timeout: 120_000 },
  async () => {
    await using directory = await startLoopbackDirectory({ LIMITS: "off", NYM_CLIENTS: "3" });
    expect(directory.addresses).toHaveLength(3);
    await using alice = await openPerson(directory, "alice-of-three-places", HASTY);
    await using bob = await openPerson(directory, "bob-of-three-places", HASTY);
    for (const person of [alice, bob]) await person.account.register(person.name);
    await alice.account.send(bob.name, "before");
    await until(() => bob.texts().length === 1);
    const [home = "", ...others] = addressesOf(bob, "register");
    expect(others).toEqual([]);
    expect(addressesOf(bob, "lookup")).toHaveLength(1);
    expect(addressesOf(bob, "lookup")).not.toContain(home);

    const index = directory.addresses.indexOf(home);
    const client = index === 0 ? "nym-directory" : `nym-directory-${index}`;
    await directory.command({ command: "stop", client, how: "killed" });
    await until(() => addressesOf(bob, "login").some((address) => address !== home));
    const id = await alice.account.send(bob.name, "after");
    await until(() => bob.texts().length === 2);
    expect(bob.texts()).toEqual([`${alice.name}: before`, `${alice.name}: after`]);
    await until(() => alice.fates(id).includes("delivered"));
    // At no time was a name looked up where the looker's own was known.
    for (const person of [alice, bob]) {
      const homes = addressesOf(person, "prove");
      const asked = person.events.flatMap((event, at) =>
        event.type === "sent" && event.action === "lookup" ? [{ to: event.to, at }] : [],
      );
      const known = asked.filter(({ to, at }) =>
        person.events
          .slice(0, at)
          .some((event) => event.type === "sent" && event.action === "prove" && event.to === to),
      );
      expect(homes.length).toBeLessThan(3);
      expect(known).toEqual([]);
    }
  },
);
