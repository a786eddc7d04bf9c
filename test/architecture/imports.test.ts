import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CONFIG = join(ROOT, ".dependency-cruiser.cjs");
/** Three of these tests start another program, which reads the whole tree: how long that takes says nothing. */
const PATIENCE = 300_000;
const CRUISER = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** What the rules object to in the tree at `cwd`, as `rule: from -> to`. */
function violations(cwd: string): Promise<{ found: string[]; files: number }> {
  const folders = ["src", "nym-client", "scripts"];
  const args = [CRUISER, "--config", CONFIG, "--output-type", "json", ...folders];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 28 }, (error, stdout) => {
      if (stdout === "") {
        reject(error ?? new Error("no output"));
        return;
      }
      const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[]; totalCruised: number } };
      const found = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
      resolve({ found, files: summary.totalCruised });
    });
  });
}

/** What the rules object to in a tree of these files; each has the lines given, and something to import from it. */
async function violationsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), "nym-directory-imports-"));
  try {
    for (const name of ["node_modules", "tsconfig.json", "package.json"])
      symlinkSync(join(ROOT, name), join(root, name));
    const always = Object.fromEntries(
      ["src/main.ts", "nym-client/b.ts", "scripts/b.ts", "test/b.ts"].map((name) => [name, ""]),
    );
    for (const [path, lines] of Object.entries({ ...always, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), `${lines}\nexport const here = 1;\nexport interface There {}\n`);
    }
    return (await violations(root)).found;
  } finally {
    rmSync(root, { recursive: true });
  }
}

const { forbidden } = createRequire(import.meta.url)(CONFIG) as {
  forbidden: { name: string; from: { path?: string } }[];
};
const boundaries = forbidden.filter(({ name }) => name.endsWith("-keeps-to-itself"));
const folderOf = ({ from }: { from: { path?: string } }) => (from.path ?? "").slice(1, -1);

const use = (path: string) => `import { here as h } from "${path}"; export const used = h;`;
const useType = (path: string) => `import type { There as T } from "${path}"; export type Used = T;`;

/** For each rule an import that breaks it: the file, and its line. */
const BREACHES: Readonly<Record<string, readonly [file: string, line: string]>> = {
  "no-cycles": ["src/util/cycle.ts", 'import "./cycle.js";'],
  "nothing-unresolved": ["src/util/unresolved.ts", 'import "./gone.js";'],
  "the-product-stands-alone": ["src/alone.ts", use("../scripts/b.js")],
  "what-is-built-needs-no-tests": ["scripts/tests.ts", use("../test/b.js")],
  "production-dependencies-only": ["src/dependencies.ts", 'import "fast-check";'],
  "one-place-for-winston": ["src/winston.ts", 'import "winston";'],
  "one-place-for-websockets": ["src/pipeline/websockets.ts", 'import "ws";'],
  "one-place-for-sqlite": ["src/store/sqlite.ts", 'import "better-sqlite3";'],
  ...Object.fromEntries(
    boundaries.map((rule) => {
      const folder = folderOf(rule);
      return [rule.name, [`${folder}/boundary.ts`, use(folder === "nym-client" ? "../src/main.js" : "../main.js")]];
    }),
  ),
};

describe("the imports of this tree", { timeout: PATIENCE }, () => {
  it("keep to the rules", async () => {
    const { found, files } = await violations(ROOT);
    expect(found).toEqual([]);
    expect(files).toBeGreaterThan(100);
  });

  it("are covered: every folder of src has its boundary, but the command line, which may wire everything", () => {
    const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const bounded = boundaries.map(folderOf);
    const unbounded = folders.map(({ name }) => `src/${name}`).filter((folder) => !bounded.includes(folder));
    expect(unbounded.filter((folder) => folder !== "src/cli")).toEqual([]);
  });
});

describe("a breach", () => {
  it("of each rule is found", async () => {
    const found = await violationsOf(Object.fromEntries(Object.values(BREACHES)));
    for (const { name } of forbidden) {
      expect(found.filter((line) => line.startsWith(`${name}: ${BREACHES[name]?.[0]} -> `))).toHaveLength(1);
    }
  });

  it("is the use of an implementation by a stage, and of a type by a pure folder", async () => {
    const theirs = ["src/store/sqlite/b.ts", "src/bridge/socket.ts", "src/bridge/bridge.ts", "src/store/rows.ts"];
    const found = await violationsOf({
      ...Object.fromEntries(theirs.map((path) => [path, ""])),
      "src/pipeline/sqlite.ts": use("../store/sqlite/b.js"),
      "src/pipeline/socket.ts": use("../bridge/socket.js"),
      "src/pipeline/interface.ts": use("../bridge/bridge.js"),
      "src/pipeline/rows.ts": use("../store/rows.js"),
      "src/pipeline/type.ts": useType("../store/sqlite/b.js"),
      "src/protocol/type.ts": useType("../store/rows.js"),
      "src/service.ts": use("./bridge/socket.js"),
    });
    expect(found.sort()).toEqual([
      "pipeline-keeps-to-itself: src/pipeline/socket.ts -> src/bridge/socket.ts",
      "pipeline-keeps-to-itself: src/pipeline/sqlite.ts -> src/store/sqlite/b.ts",
      "protocol-keeps-to-itself: src/protocol/type.ts -> src/store/rows.ts",
    ]);
  });
});
