import type { OutputOf } from "../aws/contract.ts";
import { sanitizeLine } from "../base/text.ts";
import type { AlarmMetric, AlarmView } from "../state/views.ts";
import { timeMs } from "./context.ts";

type DescribeAlarmsOutput = OutputOf<"cloudwatch", "DescribeAlarms">;
export type MetricAlarm = NonNullable<DescribeAlarmsOutput["MetricAlarms"]>[number];
export type CompositeAlarm = NonNullable<DescribeAlarmsOutput["CompositeAlarms"]>[number];
export type HistoryItem = NonNullable<OutputOf<"cloudwatch", "DescribeAlarmHistory">["AlarmHistoryItems"]>[number];
export type Transition = AlarmView["history"][number];

// The comparison operators of PutMetricAlarm (Amazon CloudWatch API reference).
const OPERATORS: Readonly<Record<string, string>> = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: ">=",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "<=",
  GreaterThanUpperThreshold: "above band",
  LessThanLowerThreshold: "below band",
  LessThanLowerOrGreaterThanUpperThreshold: "outside band",
};

/** "CPUUtilization > 80, 3 x 300 s", or "2 of 3 x 300 s" where not every period has to breach. Composite alarms: their rule. */
export function alarmCondition(alarm: MetricAlarm | CompositeAlarm): string {
  if (!isMetricAlarm(alarm)) return sanitizeLine(alarm.AlarmRule ?? "");
  const metric = alarm.MetricName ?? alarm.Metrics?.find((query) => query.ReturnData !== false)?.Label ?? "expression";
  const operator = OPERATORS[alarm.ComparisonOperator ?? ""] ?? alarm.ComparisonOperator ?? "";
  const threshold = alarm.Threshold === undefined ? "" : ` ${alarm.Threshold}`;
  const periods = alarm.EvaluationPeriods ?? 1;
  const needed = alarm.DatapointsToAlarm ?? periods;
  const count = needed === periods ? `${periods}` : `${needed} of ${periods}`;
  const period = alarm.Period ?? alarm.Metrics?.find((query) => query.MetricStat)?.MetricStat?.Period;
  return sanitizeLine(`${metric} ${operator}${threshold}, ${count}${period === undefined ? "" : ` x ${period} s`}`);
}

function isMetricAlarm(alarm: MetricAlarm | CompositeAlarm): alarm is MetricAlarm {
  return !("AlarmRule" in alarm);
}

/** Identifies the present state of an alarm: its history needs to be read again only when this changes. */
export function stateKey(alarm: MetricAlarm | CompositeAlarm): string {
  return `${alarm.StateValue} ${timeMs(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)}`;
}

/** An alarm as the pane shows it. `history`: its state transitions, newest first. */
export function alarmView(alarm: MetricAlarm | CompositeAlarm, history: Transition[]): AlarmView {
  const state = sanitizeLine(alarm.StateValue ?? "");
  const [latest] = history;
  const stampMs = timeMs(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp) ?? 0;
  return {
    name: sanitizeLine(alarm.AlarmName ?? ""),
    arn: sanitizeLine(alarm.AlarmArn ?? ""),
    state,
    reason: sanitizeLine(alarm.StateReason ?? ""),
    sinceMs: latest?.to === state ? latest.atMs : stampMs,
    condition: alarmCondition(alarm),
    ...metricOf(alarm),
    actionsEnabled: alarm.ActionsEnabled ?? false,
    actionCount: (alarm.AlarmActions ?? []).length,
    notifies: (alarm.AlarmActions ?? []).map(sanitizeLine),
    history,
  };
}

/** What the alarm looks at, where that is one metric. */
export function metricOf(alarm: MetricAlarm | CompositeAlarm): { metric?: AlarmMetric } {
  if (!isMetricAlarm(alarm) || !alarm.Namespace || !alarm.MetricName) return {};
  return {
    metric: {
      namespace: sanitizeLine(alarm.Namespace),
      name: sanitizeLine(alarm.MetricName),
      statistic: sanitizeLine(alarm.Statistic ?? alarm.ExtendedStatistic ?? ""),
      dimensions: Object.fromEntries(
        (alarm.Dimensions ?? []).map(({ Name = "", Value = "" }) => [sanitizeLine(Name), sanitizeLine(Value)]),
      ),
      ...(alarm.Threshold === undefined ? {} : { threshold: alarm.Threshold }),
      comparison: OPERATORS[alarm.ComparisonOperator ?? ""] ?? "",
      missingData: sanitizeLine(alarm.TreatMissingData ?? "missing"),
    },
  };
}

/** What HistoryData of a StateUpdate item holds, as far as it is read here. */
interface HistoryData {
  oldState?: { stateValue?: string };
  newState?: { stateValue?: string };
}

/** State transitions, newest first. Updates within a state (a new reason) and items that cannot be read are left out. */
export function transitions(items: readonly HistoryItem[]): Transition[] {
  return items
    .flatMap((item) => {
      const data = historyData(item.HistoryData);
      const from = data?.oldState?.stateValue;
      const to = data?.newState?.stateValue;
      const atMs = timeMs(item.Timestamp);
      if (!from || !to || from === to || atMs === undefined) return [];
      return [
        { atMs, from: sanitizeLine(from), to: sanitizeLine(to), summary: sanitizeLine(item.HistorySummary ?? "") },
      ];
    })
    .sort((a, b) => b.atMs - a.atMs);
}

function historyData(text: string | undefined): HistoryData | undefined {
  try {
    const data: unknown = JSON.parse(text ?? "");
    return typeof data === "object" && data !== null ? data : undefined;
  } catch {
    // Not JSON: AWS promises no form for this field; the alarm's own timestamp stands in.
    return undefined;
  }
}
