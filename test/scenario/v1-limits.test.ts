/** Limits as users meet them: nobody's limit is spent by somebody else, and a total that is used up closes no other door. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { envelope, query, V1User } from "../support/v1-user.js";

/** Nothing comes back within the time of a test. */
const NEVER_AGAIN = "0.001";

test("only who holds a user's key spends that user's limit", async () => {
  await using client = await FakeNymClient.listen();
  await using directory = await startDirectory({
    env: {
      NYM_CLIENT: "external",
      WEBSOCKET_URL: client.url,
      LIMIT_USER_PER_SECOND: NEVER_AGAIN,
      LIMIT_USER_BURST: "2",
    },
  });
  const [alice, bob] = [new V1User("alice-with-limits"), new V1User("bob-with-limits")];
  const forger = new V1User("alice-with-limits");
  expect(await alice.registerAt(client)).toBe("success");
  expect(await bob.registerAt(client)).toBe("success");
  const result = async (user: V1User, message: string): Promise<string> =>
    envelope(await client.ask(user.tag, message)).content;

  for (let number = 0; number < 5; number++) {
    expect(await result(forger, forger.send(bob.name, `"forged ${number}"`))).toBe("error: invalid signature");
  }
  expect(await result(alice, alice.send(bob.name, '"first"'))).toBe("success");
  expect(await result(alice, alice.send(bob.name, '"second"'))).toBe("success");
  expect(await result(alice, alice.send(bob.name, '"third"'))).toBe("error: database failure");
  expect(await result(bob, bob.send("nobody-with-limits", '"first"'))).toBe("error: recipient not found");

  expect(await directory.stop()).toBe(0);
  expect(await readFile(join(directory.dataDir, "app.log"), "utf8")).toMatch(/ dropped\.limited=1\b/);
});

test("look-ups over their total are met with silence, and registrations and messages go on", async () => {
  await using client = await FakeNymClient.listen();
  await using _directory = await startDirectory({
    env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, LIMIT_LOOKUPS_PER_SECOND: NEVER_AGAIN },
  });
  const curious = new V1User("curious-user");
  expect(envelope(await client.ask(curious.tag, query("nobody"))).content).toBe("No user found");
  for (let number = 0; number < 5; number++) client.push(new V1User("anybody").tag, query("nobody"));

  expect(await curious.registerAt(client)).toBe("success");
  expect(envelope(await client.ask(curious.tag, curious.send(curious.name, '"a note"'))).content).toBe("success");
  const lookUps = client.replies.filter(({ message }) => envelope(message.toString()).action === "queryResponse");
  expect(lookUps).toHaveLength(1);
});
