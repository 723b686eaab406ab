import type { MetricAlarm } from "./alarm-view.ts";

/** Limits of metrics as the alarms set them: the alarms source writes them, the metrics source reads them. */
export class Thresholds {
  #limits = new Map<string, number>();

  /**
   * Takes the limits of all alarms that fire above a value. Target tracking's own alarms are left out: they steer the number of
   * tasks and say nothing about health.
   */
  learn(alarms: readonly MetricAlarm[]): void {
    this.#limits = new Map();
    for (const alarm of alarms) {
      const { Namespace, MetricName, Threshold, ComparisonOperator } = alarm;
      if (!Namespace || !MetricName || Threshold === undefined || !ComparisonOperator?.startsWith("Greater")) continue;
      if (alarm.AlarmName?.startsWith("TargetTracking-")) continue;
      const key = `${Namespace} ${MetricName}`;
      this.#limits.set(key, Math.min(Threshold, this.#limits.get(key) ?? Number.POSITIVE_INFINITY));
    }
  }

  /** The lowest limit of any alarm on this metric; undefined when there is none. */
  of(namespace: string, metricName: string): number | undefined {
    return this.#limits.get(`${namespace} ${metricName}`);
  }
}
