import { expect, test } from "vitest";
import { BoundedMap } from "../../../src/util/bounded-map.js";

test("the entry that was set longest ago goes, and its owner is told", () => {
  const gone: [string, number][] = [];
  const map = new BoundedMap<string, number>(2, (value, key) => gone.push([key, value]));
  map.set("a", 1);
  map.set("b", 2);
  map.set("a", 3);
  map.set("c", 4);
  expect(gone).toEqual([["b", 2]]);
  expect([...map.values()]).toEqual([3, 4]);
});

test("refreshing an entry saves it", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  map.refresh("a");
  map.refresh("unknown");
  map.set("c", 3);
  expect(map.get("a")).toBe(1);
  expect(map.get("b")).toBeUndefined();
  expect(map.size).toBe(2);
});
