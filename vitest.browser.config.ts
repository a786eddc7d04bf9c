import { defineConfig } from "vitest/config";
import shared from "./vitest.config.js";

/** Tests that need a real Chromium: `npm run test:browser`. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ["test/browser/**/*.test.ts"],
    exclude: [],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
});
