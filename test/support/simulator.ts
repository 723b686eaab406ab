import { afterEach } from "vitest";
import { type RunningSimulator, type SimulatorOptions, startSimulator } from "../../src/sim/index.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import type { World } from "../../src/sim/world/world.ts";

/** What every SDK client of a test is made with. */
export interface TestClientConfiguration {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  disableHostPrefix: true;
  maxAttempts: number;
  /** The SDK retries any error while its clock is minutes from the Date header, as it is at a test's fixed epoch. */
  disableClockSkewCorrection: true;
}

export interface TestSimulator extends RunningSimulator {
  world: World;
  /** Configuration for the responder's clients; two attempts, so that throttling tests stay quick. */
  clients: TestClientConfiguration;
  /** The same for another caller. */
  clientsOf(caller: keyof typeof ACCESS_KEYS): TestClientConfiguration;
}

/** 2026-11-23T03:00:00Z: on a minute boundary, in the middle of a night. */
export const TEST_EPOCH_MS = Date.UTC(2026, 10, 23, 3, 0, 0);

const running: RunningSimulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

/**
 * Starts a simulator that is closed after the test. Unless told otherwise: scenario quiet, seed 1, epoch TEST_EPOCH_MS, and
 * a clock that moves only by `world.advanceTo` / `world.advanceBy` (pass `manual: false` and a speed for a running one).
 */
export async function testSimulator(options: Partial<SimulatorOptions> = {}): Promise<TestSimulator> {
  const simulator = await startSimulator({ scenario: "quiet", epochMs: TEST_EPOCH_MS, manual: true, ...options });
  running.push(simulator);
  const clientsOf = (caller: keyof typeof ACCESS_KEYS): TestClientConfiguration => ({
    endpoint: simulator.endpoint,
    region: simulator.region,
    credentials: { accessKeyId: ACCESS_KEYS[caller], secretAccessKey: "simulated" },
    disableHostPrefix: true,
    maxAttempts: 2,
    disableClockSkewCorrection: true,
  });
  return {
    ...simulator,
    clients: clientsOf("responder"),
    clientsOf,
  };
}
