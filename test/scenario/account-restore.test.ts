/** Accounts and a directory that was put back to a backup: what it has forgotten since is sent again, and told once. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { startAccountWorld } from "../support/account-world.js";
import { command, newFolder } from "../support/command.js";
import { until } from "../support/until.js";

it(
  "what was stored after the backup is stored again, and what was read is not told again",
  { timeout: 120_000 },
  async () => {
    const folder = newFolder();
    const copy = join(folder, "copy.db");
    await using world = await startAccountWorld();
    const alice = await world.open("alice-of-the-backup");
    const bob = await world.open("bob-of-the-backup");
    for (const person of [alice, bob]) await person.account.register(person.name);
    const first = await alice.account.send(bob.name, "one");
    await until(() => alice.fates(first).includes("delivered"));

    const act = async (action: "backup" | "restore"): Promise<void> => {
      const { process } = world.world;
      await process.stop("SIGINT");
      expect(await command(folder, [action, copy], { DATA_DIR: process.dataDir })).toMatchObject({ code: 0 });
      await world.world.again("SIGINT");
    };
    await act("backup");
    const second = await alice.account.send(bob.name, "two");
    await until(() => alice.fates(second).includes("delivered"));
    await bob.account.logout();
    const third = await alice.account.send(bob.name, "three");
    await until(() => alice.fates(third).includes("stored"));
    await act("restore");

    await bob.account.login();
    await until(() => alice.fates(third).includes("delivered"));
    const fourth = await alice.account.send(bob.name, "four");
    await until(() => alice.fates(fourth).includes("delivered") && bob.texts().length >= 4);
    expect(bob.texts()).toEqual(["one", "two", "three", "four"].map((text) => `${alice.name}: ${text}`));
    expect(alice.account.pending()).toEqual([]);
  },
);
