/** Limits as v2 users meet them: what floods log-ins keeps no owner from getting a stolen name back. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startV2World } from "../support/v2-world.js";

/** Nothing comes back within the time of a test. */
const NEVER_AGAIN = "0.001";

test("a key is recovered while nobody can log in or change a key any more", async () => {
  await using world = await startV2World({ LIMIT_LOGINS_PER_SECOND: NEVER_AGAIN });
  // The proof of a registration is charged to log-ins: it takes all that there is.
  const [alice] = await world.users("alice-who-was-robbed");
  if (alice === undefined) throw new Error("nobody is there");
  // Each is asked once: to somebody who waits, a refusal would be a reason to ask again.
  await expect(alice.ask("login", { name: alice.name }, { attempts: 1 })).rejects.toThrow();
  await expect(alice.ask("logout", {}, { attempts: 1 })).rejects.toThrow();
  expect(await alice.changeKey("recover")).toMatchObject({ result: "ok", answer: { keyVersion: 2 } });
  const { dataDir } = world.process;
  expect(await world.process.stop()).toBe(0);
  expect(await readFile(join(dataDir, "app.log"), "utf8")).toMatch(/ dropped\.limited=[2-9]\b/);
});
