import { expect, test } from "vitest";
import { TEST_EPOCH_MS, testSimulator } from "../support/simulator.ts";

const UNTIL_MS = 15 * 60_000;

/** Runs a scenario in steps of `stepMs` virtual time and returns the hash of everything that happened. */
async function run(stepMs: number, options: { seed: number; reads?: boolean; contain?: boolean }) {
  const { world } = await testSimulator({ scenario: "nessie-oom", seed: options.seed });
  for (let offsetMs = 0; offsetMs <= UNTIL_MS; offsetMs += stepMs) {
    world.advanceTo(world.epochMs + offsetMs);
    if (options.contain && offsetMs === 240_000)
      world.external.asSomebodyElse("ana").updateService({ desiredCount: 0 });
    if (options.reads) {
      world.logs.groups.get(world.names.logGroup)?.streams.forEach((stream) => {
        stream.between(TEST_EPOCH_MS, TEST_EPOCH_MS + 60_000);
      });
      world.metrics.list();
    }
  }
  world.advanceTo(world.epochMs + UNTIL_MS);
  return world.journal.hash(UNTIL_MS);
}

test("the same seed gives the same events whatever the steps, and whoever reads", async () => {
  const slow = await run(250, { seed: 7 });
  expect(await run(15_000, { seed: 7 })).toBe(slow);
  expect(await run(60_000, { seed: 7, reads: true })).toBe(slow);
  expect(await run(UNTIL_MS, { seed: 7 })).toBe(slow);
  expect(await run(15_000, { seed: 8 })).not.toBe(slow);
});

test("the same with a mutation at a fixed virtual time", async () => {
  const first = await run(15_000, { seed: 7, contain: true });
  expect(await run(60_000, { seed: 7, contain: true })).toBe(first);
  expect(await run(60_000, { seed: 7 })).not.toBe(first);
});

test("a running clock at speed keeps to virtual time, and its wall origin fits", async () => {
  const simulator = await testSimulator({ scenario: "nessie-oom", manual: false, speed: 600, seed: 7 });
  await expect.poll(() => simulator.world.now() - simulator.epochMs, { timeout: 10_000 }).toBeGreaterThan(UNTIL_MS / 3);
  const expected = simulator.epochMs + (Date.now() - simulator.startedWallMs) * simulator.speed;
  expect(Math.abs(simulator.world.now() - expected)).toBeLessThan(600 * 50);
  const { world } = await testSimulator({ scenario: "nessie-oom", seed: 7 });
  world.advanceTo(world.epochMs + UNTIL_MS / 3);
  expect(simulator.world.journal.hash(UNTIL_MS / 3)).toBe(world.journal.hash(UNTIL_MS / 3));
});
