import { expect, test } from "vitest";
import { createLoader } from "../../../src/pipeline/load.js";
import { type RowKey, userByName } from "../../../src/store/rows.js";
import { foldName } from "../../../src/store/identifiers.js";

test("what is asked for in one turn is loaded together, and each asker gets its own rows by name", async () => {
  const loads: (readonly RowKey[])[] = [];
  const load = createLoader({
    load: (keys) => {
      loads.push(keys);
      return Promise.resolve(keys.map((key) => ("name" in key ? { name: key.name } : undefined)));
    },
  });
  const [first, none, second] = await Promise.all([
    load({ sender: userByName("Alice"), recipient: userByName("bob") }),
    load({}),
    load({ user: userByName("carol") }),
  ]);
  expect(loads).toHaveLength(1);
  expect(first).toEqual({ sender: { name: foldName("alice") }, recipient: { name: "bob" } });
  expect(none).toEqual({});
  expect(second).toEqual({ user: { name: "carol" } });
  await load({ user: userByName("dave") });
  expect(loads).toHaveLength(2);
});

test("a store that cannot be read fails every asker, and not the next", async () => {
  let broken = true;
  const load = createLoader({ load: (keys) => (broken ? Promise.reject(new Error("no")) : Promise.resolve(keys)) });
  const results = await Promise.allSettled([load({ user: userByName("a") }), load({ user: userByName("b") })]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  broken = false;
  await expect(load({ user: userByName("a") })).resolves.toBeDefined();
});
