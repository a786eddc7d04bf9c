import { format, inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "../../../src/config/secret.js";

test("a secret shows itself to nobody who does not ask for it", () => {
  const secret = new Secret("correct horse");
  const holder = { secret, list: [secret] };
  const shown = [
    String(secret),
    secret.toString(),
    JSON.stringify(holder),
    inspect(holder, { depth: 9, showHidden: true }),
    format("%s %o %j", secret, secret, secret),
    JSON.stringify(Object.entries(secret)),
  ];
  for (const text of shown) expect(text).not.toContain("correct");
  expect(secret.reveal()).toBe("correct horse");
});
