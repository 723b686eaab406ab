import { defineConfig } from "vitest/config";

/** The simulator against implementations of AWS that we did not write: needs Python, unlike `npm test`. */
export default defineConfig({
  test: {
    name: "conformance",
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/conformance/**/*.test.ts"],
    globalSetup: "test/conformance/global-setup.ts",
    env: { FORCE_COLOR: "1", TZ: "UTC" },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
