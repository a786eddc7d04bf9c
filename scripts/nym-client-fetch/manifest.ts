/** `nym-client/manifest.json`: the version of nym-client that this directory is tested with, and where its builds are published. */
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { sha256Schema } from "../../src/supervisor/kinds/accepted-binary.js";

/** Of texts with `{release}` and `{version}` in them. */
const template = z.string().startsWith("https://");

export const manifestSchema = z.strictObject({
  /** What `nym-client --version` says. */
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  /** The tag under which it was released. */
  release: z.string().regex(/^[\w.-]+$/),
  /** Where a person finds that release. */
  page: template,
  /** By Node's names of platform and architecture. */
  builds: z.record(
    z.string().regex(/^[a-z0-9]+-[a-z0-9]+$/),
    z.strictObject({
      url: template,
      /** As published by those who made it; `null` where they published none. */
      sha256: sha256Schema.nullable(),
    }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** A build for one platform. */
export interface Build {
  readonly url: string;
  readonly sha256: string | undefined;
}

/** Reads a manifest. Throws the system's error, a SyntaxError or a ZodError. */
export async function readManifest(path: string | URL): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(path, "utf8")));
}

/** The build for a platform such as `linux-x64`, if one is published. */
export function buildFor(manifest: Manifest, platform: string): Build | undefined {
  const build = manifest.builds[platform];
  return build && { url: fillIn(manifest, build.url), sha256: build.sha256 ?? undefined };
}

/** Where a person finds the release. */
export function pageOf(manifest: Manifest): string {
  return fillIn(manifest, manifest.page);
}

function fillIn({ release, version }: Manifest, text: string): string {
  return text.replaceAll("{release}", release).replaceAll("{version}", version);
}
