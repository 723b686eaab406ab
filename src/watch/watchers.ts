import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { Deployment } from "../config/deployment.ts";
import type { LogRing } from "../state/log-ring.ts";
import type { CockpitStore } from "../state/store.ts";
import { AlarmsSource } from "./alarms.ts";
import { ContainersSource } from "./containers.ts";
import type { WatchContext } from "./context.ts";
import { SWEEP_MS } from "./log-reader.ts";
import { LogsSource } from "./logs.ts";
import { MetricsSource } from "./metrics.ts";
import { Poller } from "./poller.ts";
import { ServicesSource } from "./services.ts";
import { TargetGroupLookup } from "./target-groups.ts";
import { TargetsSource } from "./targets.ts";
import { Thresholds } from "./thresholds.ts";

/** Machine ms between polls of each source. */
export interface WatchPeriods {
  servicesMs: number;
  containersMs: number;
  targetsMs: number;
  alarmsMs: number;
  metricsMs: number;
  logsMs: number;
  /** Between looks further back for log events that CloudWatch delivered late. */
  logSweepMs: number;
}

export const DEFAULT_PERIODS: WatchPeriods = {
  servicesMs: 3000,
  containersMs: 3000,
  targetsMs: 3000,
  alarmsMs: 5000,
  metricsMs: 15_000,
  logsMs: 2000,
  logSweepMs: 15_000,
};

/** Longest period when domain time runs faster than the machine's (the demo), machine ms. */
const FAST_CLOCK_PERIOD_MS = 1000;
/** FilterLogEvents allows 5 calls/s in many regions (CloudWatch Logs quotas): the tails together take 4 of them at the most. */
const TAIL_SHARE_MS = 250;

export interface WatcherOptions {
  aws: AwsCaller;
  deployment: Deployment;
  store: CockpitStore;
  logs: LogRing;
  clock: Clock;
  periods?: Partial<WatchPeriods>;
  /** Ends everything, like `stop()`. */
  signal: AbortSignal;
}

export interface Watchers {
  /** Polls every source now. */
  refresh(): void;
  /** Ends all polling; nothing is written to the store afterwards. */
  stop(): void;
  /** Settles when every source has been polled once, well or not. */
  readonly ready: Promise<void>;
}

/**
 * Starts watching the deployment: every source is polled at once and in parallel, then each at its own pace. What is found, or
 * why it could not be, goes to the store and the ring; nothing is thrown.
 */
export function startWatchers(options: WatcherOptions): Watchers {
  const { aws, deployment, store, logs, clock } = options;
  const context: WatchContext = { aws, deployment, store, logs, clock };
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const periods = periodsFor(clock, options.periods);
  const pollers: Poller[] = [];
  const start = (periodMs: number, poll: (signal: AbortSignal) => Promise<void>, onFailure: (error: unknown) => void) =>
    pollers.push(new Poller({ clock, periodMs, signal, poll, onFailure }));
  const startSource = (source: PolledSource, periodMs: number) => {
    if (source.begin())
      start(
        periodMs,
        (ended) => source.poll(ended),
        (error) => source.failed(error),
      );
  };

  const lookup = deployment.nessie && new TargetGroupLookup(context, deployment.nessie.targetGroup);
  const thresholds = new Thresholds();
  startSource(new ServicesSource(context), periods.servicesMs);
  startSource(new ContainersSource(context), periods.containersMs);
  startSource(new TargetsSource(context, lookup), periods.targetsMs);
  startSource(new AlarmsSource(context, thresholds), periods.alarmsMs);
  startSource(new MetricsSource(context, lookup, thresholds), periods.metricsMs);
  const logSource = new LogsSource(context);
  if (logSource.begin()) {
    const tailMs = Math.max(periods.logsMs, logSource.groups.length * TAIL_SHARE_MS);
    for (const group of logSource.groups) {
      start(
        tailMs,
        (ended) => logSource.tail(group, ended),
        (error) => logSource.failed(group, error),
      );
      start(
        periods.logSweepMs,
        (ended) => logSource.sweep(group, ended),
        () => undefined,
      );
    }
  }
  return {
    refresh: () => {
      for (const poller of pollers) poller.refresh();
    },
    stop: () => stopping.abort(),
    ready: Promise.all(pollers.map((poller) => poller.first)).then(() => undefined),
  };
}

interface PolledSource {
  begin(): boolean;
  poll(signal: AbortSignal): Promise<void>;
  failed(error: unknown): void;
}

function periodsFor(clock: Clock, given: Partial<WatchPeriods> | undefined): WatchPeriods {
  const periods = { ...DEFAULT_PERIODS, ...given };
  if (clock.speed <= 1) return periods;
  const capped = Object.entries(periods).map(([name, periodMs]) => [name, Math.min(periodMs, FAST_CLOCK_PERIOD_MS)]);
  // Every late event must be in reach of two sweeps; sweeping more often than that only costs.
  const logSweepMs = Math.min(periods.logSweepMs, SWEEP_MS / 2 / clock.speed);
  return { ...periods, ...Object.fromEntries(capped), logSweepMs };
}
