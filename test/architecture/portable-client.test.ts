import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const DIST = fileURLToPath(new URL("../../dist/src/", import.meta.url));

/** Everything that a compiled module imports, directly or through others: files below dist/src, and packages by name. */
function importsOf(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, from = ""] of readFileSync(file, "utf8").matchAll(/^(?:import|export) .*?["'](.+?)["'];$/gm))
      if (from.startsWith(".")) visit(join(dirname(file), from));
      else packages.add(from);
  };
  visit(join(DIST, entry));
  return { files, packages };
}

function codeOf(file: string): string {
  return readFileSync(file, "utf8").replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
}

describe("the core of the client library runs in a browser:", () => {
  it.each([
    "client/browser.js",
    "client/directory-client.js",
    "client/nym-client-transport.js",
    "client/loopback-transport.js",
    "client/keys.js",
    "client/client-store.js",
    "protocol/v2/ed25519.js",
    "protocol/v2/reply-codec.js",
    "protocol/v2/request-codec.js",
    "protocol/v2/signed-texts.js",
  ])("%s needs nothing of Node", (entry) => {
    const { files, packages } = importsOf(entry);
    const needed = [...packages].filter((name) => !/^(@noble\/|@scure\/|cborg(\/length)?$|p-retry$)/.test(name));
    expect(needed).toEqual([]);
    expect([...files].filter((file) => /\b(Buffer|process)[.(]/.test(codeOf(file)))).toEqual([]);
  });

  it("and this test sees what the rest needs", () => {
    const { packages } = importsOf("client/client.js");
    expect([...packages]).toEqual(expect.arrayContaining(["ws", "node:fs/promises", "node:crypto"]));
  });
});
