import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// What a test process loads is compiled once, not once for each file: a sixth of the whole run.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL(".cache/compile", import.meta.url));

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

/**
 * Tests of code without a screen and without an environment: those of one worker load the SDK once, which takes a quarter of their time
 * otherwise. The exceptions look at what a process shares.
 */
const SHARED_TESTS = [
  ...["sim", "diagnosis", "recovery", "policy", "findings", "actions", "postmortem", "iceberg"],
  ...["incident", "watch", "evidence", "panes", "discovery", "config", "transports", "cockpit", "readiness"],
].map((folder) => `test/${folder}/**/*.test.{ts,tsx}`);
const SHARED_EXCEPT = [
  ...["bundle", "identity", "loopback", "golden"].map((name) => `test/sim/${name}.test.ts`),
  "test/incident/break-glass.test.ts",
  "test/cockpit/dispatcher.test.tsx",
];

export default defineConfig({
  test: {
    // Ink and chalk decide on colours when they load: tests see the same output on every machine.
    env: { FORCE_COLOR: "1", TZ: "UTC", CI: "" },
    // For what hangs. A machine that is busy with other things may be several times slower than usual.
    testTimeout: 90_000,
    hookTimeout: 180_000,
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
          exclude: [...PROGRAM_TESTS, ...CONFORMANCE_TESTS, ...THOROUGH_TESTS, ...SHARED_TESTS],
        },
      },
      {
        extends: true,
        test: { name: "alone", include: SHARED_EXCEPT },
      },
      {
        extends: true,
        test: {
          name: "shared",
          include: SHARED_TESTS,
          exclude: [...THOROUGH_TESTS, ...SHARED_EXCEPT],
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: "program", include: PROGRAM_TESTS, globalSetup: "test/support/global-setup.ts" },
      },
    ],
  },
});
