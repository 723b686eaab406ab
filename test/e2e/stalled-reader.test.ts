import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import { SIMULATED_CREDENTIALS, simulatedConnection, TerminalProgram } from "../support/terminal-program.ts";

const LOG_GROUP = "/ecs/lakehouse-prod-nessie";
const folder = mkdtempSync(join(tmpdir(), "mayday-stalled-"));
let simulator: RunningSimulator | undefined;
let program: TerminalProgram | undefined;

afterEach(async () => {
  program?.kill("SIGKILL");
  await program?.exited;
  await simulator?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("while nobody reads the terminal the log is taken in; then the next frame is the newest", async () => {
  simulator = await startSimulator({ scenario: "quiet" });
  const { world, calls } = simulator;
  const reads = () => calls.filter((call) => call.operation === "FilterLogEvents").length;
  program = new TerminalProgram(["start", ...simulatedConnection(simulator.endpoint, folder)], {
    columns: 200,
    rows: 60,
    env: SIMULATED_CREDENTIALS,
  });
  await program.waitFor(/nessie +2\/2/);
  await program.waitFor(/access-log/);

  program.stall();
  const before = reads();
  // Every read brings a screenful of other lines: far more than a terminal takes in without being read.
  for (let round = 0; round < 4; round++) {
    const atMs = world.now();
    world.logs.inject(
      LOG_GROUP,
      Array.from({ length: 500 }, (_, index) => ({ atMs, delayMs: 0, message: `stalled ${round} line ${index}` })),
    );
    const wanted = before + 1 + round;
    await expect.poll(reads, { timeout: 15_000, interval: 50 }).toBeGreaterThan(wanted);
  }
  world.logs.inject(LOG_GROUP, [{ atMs: world.now() + 500, delayMs: 0, message: "the newest line of all" }]);
  const written = reads();
  await expect.poll(reads, { timeout: 15_000, interval: 50 }).toBeGreaterThan(written + 1);

  program.resume();
  await program.waitFor(/the newest line of all/);
  program.press("5G/stalled 0 line 499\r");
  await program.waitFor(/stalled 0 line 499/);
  expect(program.screen()).not.toMatch(/gaps/);
}, 60_000);
