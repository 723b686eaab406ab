import { systemClock } from "../base/clock.ts";
import { httpEndpoints } from "./endpoints/index.ts";
import { type Fault, Faults } from "./faults.ts";
import { SimulatorHost } from "./host.ts";
import type { Scenario } from "./scenario.ts";
import { catalogOf, scenarioById } from "./scenarios/index.ts";
import { allServices } from "./services/index.ts";
import { type CallLogEntry, WireServer } from "./wire/server.ts";
import type { DagsterPlace } from "./world/dagster/dagster.ts";
import type { CatalogType, OwnNames } from "./world/names.ts";
import { RateLimits } from "./world/rate-limits.ts";
import { VirtualClock } from "./world/virtual-clock.ts";
import { World } from "./world/world.ts";

export { parseFault } from "./fault-text.ts";
export type { Fault } from "./faults.ts";
export { listScenarios } from "./scenarios/index.ts";

export interface SimulatorOptions {
  /** One of listScenarios(), or a scenario of one's own: benches take one at another size. */
  scenario: string | Scenario;
  /** 0 or undefined: any free port. Always on 127.0.0.1. */
  port?: number;
  /** Virtual ms per machine ms, default 1. */
  speed?: number;
  /** The same seed gives the same events, default 1. */
  seed?: number;
  /** Virtual time at the start, ms since the Unix epoch. Default: the wall time, rounded down to the second. */
  epochMs?: number;
  project?: string;
  environment?: string;
  region?: string;
  accountId?: string;
  /** Default: the scenario's first. */
  catalogType?: CatalogType;
  /** Names that differ from the template's. */
  ownNames?: OwnNames;
  /** Where Dagster runs: ecs (the default), or compose as in the template. */
  dagster?: DagsterPlace;
  /** Folder of its compose file, absolute, as the containers' labels say. */
  composeFolder?: string;
  /** Virtual time stands still until world.advanceTo/advanceBy moves it (tests). */
  manual?: boolean;
  /** Documented calls per second are enforced in machine time. Default: true, in manual mode false. */
  rateLimits?: boolean;
  /** Faults that are there from the start. */
  faults?: readonly Fault[];
}

export interface RunningSimulator {
  /** `http://127.0.0.1:PORT` */
  endpoint: string;
  region: string;
  accountId: string;
  /** Virtual time at the start, ms since the Unix epoch. */
  epochMs: number;
  /** The machine's wall clock at that moment, ms since the Unix epoch. */
  startedWallMs: number;
  speed: number;
  seed: number;
  scenario: string;
  catalogType: CatalogType;
  world: World;
  /** Every answered call, oldest first; the last 10 000 at least. */
  calls: readonly CallLogEntry[];
  faults: Faults;
  close(): Promise<void>;
}

/** Machine ms between steps that keep the world abreast of its clock, so that no request finds a long stretch undone. */
const STEP_PERIOD_MS = 250;

/**
 * Starts a simulated AWS account on loopback with a scenario under way.
 * @throws Failure (not-found) for an unknown scenario; the socket's error when the port is taken.
 */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const scenario = typeof options.scenario === "string" ? scenarioById(options.scenario) : options.scenario;
  const machine = systemClock();
  const { speed = 1, seed = 1, region = "us-east-1", accountId = "111122223333", manual = false } = options;
  const epochMs = options.epochMs ?? Math.floor(machine.wall() / 1000) * 1000;
  const clock = new VirtualClock(epochMs, speed, manual, machine);
  const { project = "lakehouse", environment = "prod" } = options;
  const { dagster, composeFolder } = options;
  const { lakehouseKey } = scenario;
  const optional = {
    ...(dagster ? { dagster } : {}),
    ...(composeFolder ? { composeFolder } : {}),
    ...(lakehouseKey ? { lakehouseKey } : {}),
  };
  const catalogType = catalogOf(scenario, options.catalogType);
  const world = new World({
    clock,
    seed,
    region,
    accountId,
    project,
    environment,
    catalogType,
    ownNames: options.ownNames,
    ...optional,
  });
  scenario.arrange(world);
  world.now();
  const faults = new Faults();
  for (const fault of options.faults ?? []) faults.add(fault);
  const limited = options.rateLimits ?? !manual;
  const host = new SimulatorHost(world, faults, limited ? new RateLimits(machine.monotonic, speed) : undefined);
  const server = new WireServer(allServices(world), host, httpEndpoints(world));
  const endpoint = await server.listen(options.port ?? 0);
  const stepper = setInterval(() => world.now(), STEP_PERIOD_MS);
  return {
    endpoint,
    region,
    accountId,
    epochMs,
    startedWallMs: clock.startedWallMs,
    speed,
    seed,
    scenario: scenario.id,
    catalogType,
    world,
    calls: host.calls,
    faults,
    close: async () => {
      clearInterval(stepper);
      await server.close();
    },
  };
}
