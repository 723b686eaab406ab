import { expect, test } from "vitest";
import type { World } from "../../src/sim/world/world.ts";
import { testSimulator } from "../support/simulator.ts";

const SCENARIOS = ["nessie-oom", "dynamodb-throttling", "nessie-heap", "leaked-key", "bad-deployment:crash"];
/** Where the comparison ends, virtual ms after the start: at speed 1 the clock has run for the last two seconds by itself. */
const UNTIL_MS = 302_000;
/** From where a running clock runs by itself; until there it is moved. */
const RUNS_FROM_MS: [speed: number, fromMs: number][] = [
  [1, 300_000],
  [60, 210_000],
  [600, 0],
];

/** The hash of what happens until UNTIL_MS under a clock that runs at this speed from `fromMs` on. */
async function running(scenario: string, speed: number, fromMs: number): Promise<string> {
  const { world } = await testSimulator({ scenario, seed: 7, speed, manual: false });
  world.advanceTo(world.epochMs + fromMs);
  // Nobody calls: the simulator's own steps move the world, and this only looks how far it has come.
  await expect.poll(() => world.kernel.nowMs - world.epochMs, { timeout: 20_000 }).toBeGreaterThanOrEqual(UNTIL_MS);
  return world.journal.hash(UNTIL_MS);
}

const notesFrom = ({ journal }: World, fromMs: number) =>
  journal.entries.filter(({ offsetMs }) => offsetMs > fromMs && offsetMs <= UNTIL_MS).length;

test.each(SCENARIOS)("%s: the same events at speed 1, 60 and 600, and by hand", async (scenario) => {
  const byHand = await testSimulator({ scenario, seed: 7 });
  byHand.world.advanceTo(byHand.world.epochMs + UNTIL_MS);
  expect(notesFrom(byHand.world, 0)).toBeGreaterThan(0);
  const expected = byHand.world.journal.hash(UNTIL_MS);
  const hashes = await Promise.all(RUNS_FROM_MS.map(([speed, fromMs]) => running(scenario, speed, fromMs)));
  expect(hashes).toEqual(RUNS_FROM_MS.map(() => expected));
});
