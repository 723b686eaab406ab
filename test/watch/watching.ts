import { onTestFinished } from "vitest";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import type { Deployment } from "../../src/config/deployment.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { LogRing } from "../../src/state/log-ring.ts";
import { type CockpitState, createCockpitStore } from "../../src/state/store.ts";
import { dockerTransport } from "../../src/transports/docker/transport.ts";
import { withTransports } from "../../src/transports/route.ts";
import { startWatchers, type WatchPeriods } from "../../src/watch/watchers.ts";
import type { TestSimulator } from "../support/simulator.ts";

/** Short periods, so that a test waits for its condition and not for the next poll. */
const TEST_PERIODS: WatchPeriods = {
  servicesMs: 50,
  containersMs: 50,
  targetsMs: 50,
  alarmsMs: 50,
  metricsMs: 50,
  logsMs: 50,
  logSweepMs: 100,
};

export const NESSIE_DEPLOYMENT = deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1");

/** Domain time is the simulated world's; machine time is the machine's. */
export function worldClock({ world }: TestSimulator): Clock {
  return { ...systemClock(), now: () => world.clock.now() };
}

/** Starts watchers over the wire, through the real client layer; they end with the test. */
export async function watching(
  simulator: TestSimulator,
  changes: {
    deployment?: Deployment;
    periods?: Partial<WatchPeriods>;
    clock?: Clock;
    ringCapacity?: number;
    dockerCommand?: string[];
  } = {},
) {
  const clock = changes.clock ?? worldClock(simulator);
  const layer = await createAwsLayer({
    clock,
    region: simulator.region,
    endpoint: simulator.endpoint,
    credentials: simulator.clients.credentials,
    loopbackOnly: true,
  });
  const { dockerCommand: command } = changes;
  const transports = command ? [dockerTransport({ clock, environment: process.env, command })] : [];
  const aws = withTransports(layer, transports, clock);
  const deployment = changes.deployment ?? NESSIE_DEPLOYMENT;
  const store = createCockpitStore({
    incident: {
      id: "2026-11-23-test",
      title: "test",
      severity: "P1",
      project: deployment.project,
      environment: deployment.environment,
      onCall: "",
      simulated: true,
      declaredAtMs: clock.now(),
    },
    identity: { region: deployment.region, readOnly: false },
  });
  const logs = new LogRing(changes.ringCapacity);
  const stop = new AbortController();
  const periods = { ...TEST_PERIODS, ...changes.periods };
  const watchers = startWatchers({ aws, deployment, store, logs, clock, periods, signal: stop.signal });
  onTestFinished(() => {
    stop.abort();
    aws.close();
  });
  /** Waits until the state passes; the state that did. */
  const until = (passes: (state: CockpitState) => boolean, timeoutMs = 10_000) =>
    new Promise<CockpitState>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms: ${passes}`)), timeoutMs);
      const look = () => {
        if (!passes(store.getState())) return;
        clearTimeout(timer);
        unsubscribe();
        resolve(store.getState());
      };
      const unsubscribe = store.subscribe(look);
      look();
    });
  return { aws, clock, logs, stop, store, until, watchers };
}

/** The good value of a source; fails the test when it is anything else. */
export function goodValue<N extends "services" | "containers" | "targets" | "alarms" | "metrics" | "logs">(
  state: CockpitState,
  name: N,
): Extract<CockpitState[N], { status: "ok" }>["value"] {
  const source = state[name];
  if (source.status !== "ok") throw new Error(`${name} is ${JSON.stringify(source)}`);
  return source.value as Extract<CockpitState[N], { status: "ok" }>["value"];
}
