import { describe, expect, it } from "vitest";
import { buildFor, manifestSchema, pageOf, readManifest } from "../../../scripts/nym-client-fetch/manifest.js";
import { ROOT } from "../../support/docs.js";

const manifest = await readManifest(`${ROOT}nym-client/manifest.json`);

describe("nym-client/manifest.json", () => {
  it("names a version, its release and where its build for Linux lies", () => {
    expect(manifest.version).toBe("1.1.76");
    expect(buildFor(manifest, "linux-x64")).toEqual({
      url: `https://github.com/nymtech/nym/releases/download/${manifest.release}/nym-client`,
      sha256: undefined,
    });
    expect(pageOf(manifest)).toBe(`https://github.com/nymtech/nym/releases/tag/${manifest.release}`);
  });

  it("names no build where none is published", () => {
    expect(buildFor(manifest, "linux-arm64")).toBeUndefined();
  });

  it.each([
    ["a digest that is none", { sha256: "abc" }],
    ["no digest at all", { sha256: undefined }],
    ["a URL without TLS", { url: "http://example.org/nym-client" }],
  ])("may not hold %s", (_name, wrong) => {
    const builds = { "linux-x64": { ...manifest.builds["linux-x64"], ...wrong } };
    expect(manifestSchema.safeParse({ ...manifest, builds }).success).toBe(false);
  });
});
