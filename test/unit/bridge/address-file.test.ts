import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeAddressFile } from "../../../src/bridge/address-file.js";
import { addressFromBytes, parseAddress } from "../../../src/protocol/nym-client/address.js";

test("the address file has one address a line, in pool order, for everybody to read", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "nym-directory-addresses-")), "new", "addresses");
  const addresses = [3, 1, 2].map((fill) => addressFromBytes(new Uint8Array(96).fill(fill)));
  await writeAddressFile(file, addresses.slice(1));
  await writeAddressFile(file, addresses);
  const lines = readFileSync(file, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  expect(lines).toEqual(addresses);
  expect(lines.map(parseAddress)).toEqual(addresses);
  expect(statSync(file).mode & 0o777).toBe(0o644);
});
