import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel.ts";
import { type Datapoint, type Dimension, type MetricStore, PUBLICATION_DELAY_MS } from "./metric-store.ts";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export interface AlarmSettings {
  name: string;
  arn: string;
  description: string;
  namespace: string;
  metricName: string;
  dimensions: Dimension[];
  statistic: "Average" | "Maximum" | "Minimum" | "Sum" | "SampleCount";
  periodMs: number;
  evaluationPeriods: number;
  /** Breaching data points among the evaluated periods that make an alarm; default: all of them. */
  datapointsToAlarm?: number;
  threshold: number;
  comparison: keyof typeof COMPARISONS;
  treatMissingData: "missing" | "notBreaching" | "breaching" | "ignore";
  alarmActions: string[];
  okActions?: string[];
  actionsEnabled?: boolean;
  unit?: string;
}

/** What each comparison means, and how a reason says it. */
const COMPARISONS = {
  GreaterThanThreshold: { breaches: (value: number, threshold: number) => value > threshold, relation: "greater than" },
  LessThanThreshold: { breaches: (value: number, threshold: number) => value < threshold, relation: "less than" },
  GreaterThanOrEqualToThreshold: {
    breaches: (value: number, threshold: number) => value >= threshold,
    relation: "greater than or equal to",
  },
  LessThanOrEqualToThreshold: {
    breaches: (value: number, threshold: number) => value <= threshold,
    relation: "less than or equal to",
  },
};

export interface AlarmTransition {
  atMs: number;
  from: AlarmState;
  to: AlarmState;
  reason: string;
  reasonData: string;
}

export interface Alarm extends AlarmSettings {
  state: AlarmState;
  reason: string;
  reasonData: string;
  updatedAtMs: number;
  transitionedAtMs: number;
  configuredAtMs: number;
  /** Oldest first. */
  history: AlarmTransition[];
}

/** How often CloudWatch evaluates an alarm with periods of a minute or more. */
const EVALUATION_PERIOD_MS = 60_000;
/** Periods beyond the evaluated ones that are searched for real data when some are missing (CloudWatch user guide, missing data). */
const EXTRA_PERIODS = 3;

const stamp = (atMs: number) => {
  const [date = "", time = ""] = new Date(atMs).toISOString().split(/[T.]/);
  const [year = "", month, day] = date.split("-");
  return `${day}/${month}/${year.slice(2)} ${time}`;
};
const needed = (alarm: AlarmSettings) => alarm.datapointsToAlarm ?? alarm.evaluationPeriods;
const decimal = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));

function crossingReason(alarm: Alarm, points: Datapoint[], breaching: number, to: AlarmState): string {
  const newestFirst = [...points].reverse();
  const list = newestFirst.map((point) => `${decimal(point.value)} (${stamp(point.atMs)})`).join(", ");
  const { relation } = COMPARISONS[alarm.comparison];
  const threshold = `the threshold (${decimal(alarm.threshold)})`;
  const count = alarm.evaluationPeriods;
  const change = `(minimum ${needed(alarm)} datapoint${needed(alarm) === 1 ? "" : "s"} for OK -> ALARM transition)`;
  if (to === "ALARM") {
    const were = breaching === 1 ? "was" : "were";
    return `Threshold Crossed: ${breaching} out of the last ${count} datapoints [${list}] ${were} ${relation} ${threshold} ${change}.`;
  }
  const many = points.length === 1 ? "1 datapoint" : `${points.length} datapoints`;
  return `Threshold Crossed: ${many} [${list}] ${points.length === 1 ? "was" : "were"} not ${relation} ${threshold}.`;
}

/** CloudWatch's metric alarms, evaluated from published metrics every minute. */
export class Alarms {
  readonly byName = new Map<string, Alarm>();
  readonly #kernel: Kernel;
  readonly #journal: Journal;
  readonly #metrics: MetricStore;

  constructor(kernel: Kernel, journal: Journal, metrics: MetricStore) {
    this.#kernel = kernel;
    this.#journal = journal;
    this.#metrics = metrics;
  }

  /** Adds an alarm in a known state. @param configuredAtMs when it was made, ms since the Unix epoch. @param phaseMs its offset in the minute. */
  add(settings: AlarmSettings, state: AlarmState, configuredAtMs: number, phaseMs: number): Alarm {
    const reason =
      state === "OK"
        ? "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."
        : "Unchecked: Initial alarm creation";
    const alarm: Alarm = {
      ...settings,
      state,
      reason,
      reasonData: "{}",
      configuredAtMs,
      updatedAtMs: configuredAtMs,
      transitionedAtMs: configuredAtMs,
      history: [],
    };
    this.byName.set(alarm.name, alarm);
    // The account is older than its first simulated minute: nothing is judged before there is a full set of data.
    const firstMs =
      this.#kernel.nowMs + phaseMs + settings.evaluationPeriods * settings.periodMs + 2 * PUBLICATION_DELAY_MS;
    this.#kernel.every(firstMs, EVALUATION_PERIOD_MS, () => this.#evaluate(alarm));
    return alarm;
  }

  /** The newest published value of the alarm's metric, undefined when its last five periods have none. */
  latest(alarm: Alarm): number | undefined {
    const nowMs = this.#kernel.nowMs;
    const key = { namespace: alarm.namespace, name: alarm.metricName, dimensions: alarm.dimensions };
    const { statistic, periodMs } = alarm;
    return this.#metrics.read(key, statistic, periodMs, nowMs - 5 * periodMs, nowMs, nowMs).at(-1)?.value;
  }

  /** SetAlarmState: holds until the next evaluation finds otherwise. */
  force(alarm: Alarm, to: AlarmState, reason: string, reasonData: string | undefined): void {
    this.#set(alarm, to, reason, [], reasonData);
  }

  #evaluate(alarm: Alarm): void {
    if (this.byName.get(alarm.name) !== alarm) return;
    const nowMs = this.#kernel.nowMs;
    // The last period whose data are published; one of several minutes is judged when it is complete.
    const endMs = Math.floor((nowMs - PUBLICATION_DELAY_MS) / alarm.periodMs) * alarm.periodMs;
    const key = { namespace: alarm.namespace, name: alarm.metricName, dimensions: alarm.dimensions };
    const fromMs = endMs - (alarm.evaluationPeriods + EXTRA_PERIODS) * alarm.periodMs;
    const found = this.#metrics.read(key, alarm.statistic, alarm.periodMs, fromMs, endMs, nowMs);
    const breaches = (value: number) => COMPARISONS[alarm.comparison].breaches(value, alarm.threshold);
    if (found.length === 0) {
      this.#withoutData(alarm);
      return;
    }
    const evaluated = found.slice(-alarm.evaluationPeriods);
    const recent = found.filter((point) => point.atMs >= endMs - alarm.evaluationPeriods * alarm.periodMs);
    const missing = alarm.evaluationPeriods - recent.length;
    const fill = alarm.treatMissingData;
    const judged = fill === "missing" || fill === "ignore" ? evaluated : recent;
    const breaching = judged.filter((point) => breaches(point.value)).length + (fill === "breaching" ? missing : 0);
    const to: AlarmState = breaching >= needed(alarm) ? "ALARM" : "OK";
    if (judged.length === 0) this.#withoutData(alarm);
    else this.#set(alarm, to, crossingReason(alarm, judged, breaching, to), judged);
  }

  #withoutData(alarm: Alarm): void {
    if (alarm.treatMissingData === "ignore") return;
    const many = `${alarm.evaluationPeriods} period${alarm.evaluationPeriods === 1 ? "" : "s"}`;
    const missing = `${alarm.evaluationPeriods} missing datapoint${alarm.evaluationPeriods === 1 ? " was" : "s were"}`;
    if (alarm.treatMissingData === "missing") {
      const unknown = alarm.evaluationPeriods === 1 ? "1 datapoint was" : `${alarm.evaluationPeriods} datapoints were`;
      this.#set(alarm, "INSUFFICIENT_DATA", `Insufficient Data: ${unknown} unknown.`, []);
      return;
    }
    const breaching = alarm.treatMissingData === "breaching";
    const treated = `treated as [${breaching ? "Breaching" : "NonBreaching"}]`;
    this.#set(
      alarm,
      breaching ? "ALARM" : "OK",
      `Threshold Crossed: no datapoints were received for ${many} and ${missing} ${treated}.`,
      [],
    );
  }

  #set(alarm: Alarm, to: AlarmState, reason: string, points: Datapoint[], givenData?: string): void {
    if (alarm.state === to) return;
    const nowMs = this.#kernel.nowMs;
    const data = JSON.stringify({
      version: "1.0",
      queryDate: new Date(nowMs).toISOString(),
      statistic: alarm.statistic,
      period: alarm.periodMs / 1000,
      recentDatapoints: points.map((point) => point.value),
      threshold: alarm.threshold,
    });
    const reasonData = givenData ?? data;
    alarm.history.push({ atMs: nowMs, from: alarm.state, to, reason, reasonData });
    this.#journal.note(nowMs, `alarm ${alarm.name} ${alarm.state} -> ${to}`);
    Object.assign(alarm, { state: to, reason, reasonData, updatedAtMs: nowMs, transitionedAtMs: nowMs });
  }
}
