import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // Ink and chalk decide on colours when they load: tests see the same output on every machine.
    env: { FORCE_COLOR: "1", TZ: "UTC", CI: "" },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
