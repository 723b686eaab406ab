import { defineConfig } from "vitest/config";

/** Tests that run the built program: it is built once before them. */
const PROGRAM_TESTS = ["test/e2e/**/*.test.ts"];
/** Tests that need Python: `npm run test:conformance` runs them. */
const CONFORMANCE_TESTS = ["test/conformance/**"];

/** Each takes half a minute or more, and repeats by cases what shorter tests of the same thing show: only `npm run test:thorough` runs them. */
const THOROUGH_TESTS =
  process.env.MAYDAY_TESTS === "thorough"
    ? []
    : [
        "test/evidence/export/disturbed.test.ts",
        "test/incident/contain-compose.test.ts",
        "test/incident/recover-nessie-tables.test.ts",
        "test/incident/upload.test.ts",
        "test/readiness/doctor.test.ts",
        "test/readiness/iam-policy-account.test.ts",
        "test/recovery/scenario.test.ts",
      ];

export default defineConfig({
  test: {
    // Ink and chalk decide on colours when they load: tests see the same output on every machine.
    env: { FORCE_COLOR: "1", TZ: "UTC", CI: "" },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A condition that holds is seen at once; one that does not may wait for a busy machine.
    expect: { poll: { timeout: 10_000 } },
    pool: "forks",
    // Most tests wait for a simulated account or a terminal more than they compute.
    maxWorkers: 5,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: [...PROGRAM_TESTS, ...CONFORMANCE_TESTS, ...THOROUGH_TESTS],
        },
      },
      {
        extends: true,
        test: { name: "program", include: PROGRAM_TESTS, globalSetup: "test/support/global-setup.ts" },
      },
    ],
  },
});
