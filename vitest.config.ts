import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));

/**
 * Tests import `../src/..` as a reader would, and run what ships: the compiled files under dist/, with their real worker
 * threads and child processes. `npm test` builds first.
 */
const runCompiled = {
  name: "run-compiled",
  enforce: "pre" as const,
  resolveId(source: string, importer: string | undefined) {
    if (importer === undefined || !source.startsWith(".")) return null;
    const path = fileURLToPath(new URL(source, `file://${importer}`));
    const shipped = /^(src|nym-client|scripts)\//.test(path.slice(root.length));
    if (!path.startsWith(root) || !shipped || !path.endsWith(".js")) return null;
    return { id: `file://${root}dist/${path.slice(root.length)}`, external: true };
  },
};

export default defineConfig({
  plugins: [runCompiled],
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: "forks",
    maxWorkers: 3,
  },
});
