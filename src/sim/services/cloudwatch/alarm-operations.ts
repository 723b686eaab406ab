import type * as Wire from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { AlarmSettings, AlarmState } from "../../world/metrics/alarms.ts";
import type { Dimension } from "../../world/metrics/metric-store.ts";
import { arn } from "../../world/names.ts";
import type { Region } from "../../world/region.ts";
import { pageOf } from "../paging.ts";
import { alarmView, historyItems } from "./alarm-views.ts";

const invalidToken = () => new AwsError("InvalidNextToken", "The next token specified is invalid.");
const invalid = (message: string) => new AwsError("ValidationError", message);

const COMPARISONS = [
  "GreaterThanThreshold",
  "LessThanThreshold",
  "GreaterThanOrEqualToThreshold",
  "LessThanOrEqualToThreshold",
];

function settingsOf(region: Region, input: Wire.PutMetricAlarmCommandInput): AlarmSettings {
  if (input.Metrics || input.ExtendedStatistic)
    throw invalid("Only alarms on one metric with a simple statistic are simulated.");
  if ((input.DatapointsToAlarm ?? 1) > (input.EvaluationPeriods ?? 1))
    throw invalid("DatapointsToAlarm must not be greater than EvaluationPeriods.");
  if (!input.AlarmName || !input.Namespace || !input.MetricName)
    throw invalid("AlarmName, Namespace and MetricName are required.");
  if (!COMPARISONS.includes(input.ComparisonOperator ?? ""))
    throw invalid(`ComparisonOperator ${input.ComparisonOperator} is not simulated.`);
  const { Period: period = 0 } = input;
  if (period < 60 || period % 60 !== 0) throw invalid("Period must be a multiple of 60.");
  return {
    name: input.AlarmName,
    arn: arn(region.names, "cloudwatch", `alarm:${input.AlarmName}`),
    description: input.AlarmDescription ?? "",
    namespace: input.Namespace,
    metricName: input.MetricName,
    dimensions: (input.Dimensions ?? []) as Dimension[],
    statistic: input.Statistic ?? "Average",
    periodMs: period * 1000,
    evaluationPeriods: input.EvaluationPeriods ?? 1,
    ...(input.DatapointsToAlarm === undefined ? {} : { datapointsToAlarm: input.DatapointsToAlarm }),
    threshold: input.Threshold ?? 0,
    comparison: input.ComparisonOperator as AlarmSettings["comparison"],
    treatMissingData: (input.TreatMissingData ?? "missing") as AlarmSettings["treatMissingData"],
    alarmActions: input.AlarmActions ?? [],
    okActions: input.OKActions ?? [],
    actionsEnabled: input.ActionsEnabled ?? true,
    ...(input.Unit === undefined ? {} : { unit: input.Unit }),
  };
}

/** Alarms: reads, and what the runbook changes of them. */
export function alarmOperations(region: Region): Operations<typeof Wire> {
  const { alarms } = region;
  const { kernel } = region.account;
  const setActions = (names: readonly string[] | undefined, actionsEnabled: boolean) => {
    // Names without an alarm are passed over, as CloudWatch does.
    for (const name of names ?? []) Object.assign(alarms.byName.get(name) ?? {}, { actionsEnabled });
    return {};
  };
  return {
    DescribeAlarms: (input) => {
      const found = [...alarms.byName.values()].filter(
        (alarm) =>
          (!input.AlarmNames || input.AlarmNames.includes(alarm.name)) &&
          (!input.AlarmNamePrefix || alarm.name.startsWith(input.AlarmNamePrefix)) &&
          (!input.StateValue || alarm.state === input.StateValue) &&
          (!input.ActionPrefix || alarm.alarmActions.some((action) => action.startsWith(input.ActionPrefix ?? ""))),
      );
      found.sort((a, b) => (a.name < b.name ? -1 : 1));
      const page = pageOf(found, Math.min(100, input.MaxRecords ?? 50), input.NextToken, invalidToken);
      return { MetricAlarms: page.items.map(alarmView), CompositeAlarms: [], NextToken: page.next };
    },
    DescribeAlarmHistory: (input) => {
      const chosen = [...alarms.byName.values()].filter((alarm) => !input.AlarmName || alarm.name === input.AlarmName);
      const [startMs, endMs] = [input.StartDate?.getTime() ?? 0, input.EndDate?.getTime() ?? Number.POSITIVE_INFINITY];
      const items = chosen
        .flatMap(historyItems)
        .filter((item) => item.Timestamp.getTime() >= startMs && item.Timestamp.getTime() <= endMs)
        .filter(() => !input.HistoryItemType || input.HistoryItemType === "StateUpdate")
        .sort((a, b) => b.Timestamp.getTime() - a.Timestamp.getTime());
      if (input.ScanBy === "TimestampAscending") items.reverse();
      const page = pageOf(items, Math.min(100, input.MaxRecords ?? 100), input.NextToken, invalidToken);
      return { AlarmHistoryItems: page.items, NextToken: page.next };
    },
    DescribeAlarmsForMetric: (input) => {
      const key = (dimensions: readonly Wire.Dimension[] | undefined) =>
        (dimensions ?? [])
          .map(({ Name, Value }) => `${Name}=${Value}`)
          .sort()
          .join();
      const found = [...alarms.byName.values()].filter(
        (alarm) =>
          alarm.namespace === input.Namespace &&
          alarm.metricName === input.MetricName &&
          key(alarm.dimensions) === key(input.Dimensions) &&
          (input.Statistic === undefined || alarm.statistic === input.Statistic) &&
          (input.Period === undefined || alarm.periodMs === input.Period * 1000),
      );
      return { MetricAlarms: found.map(alarmView) };
    },
    PutMetricAlarm: (input) => {
      const settings = settingsOf(region, input);
      const existing = alarms.byName.get(settings.name);
      // An alarm that is changed keeps its state until it is evaluated again.
      if (existing) Object.assign(existing, settings, { configuredAtMs: kernel.nowMs });
      else alarms.add(settings, "INSUFFICIENT_DATA", kernel.nowMs, 0);
      return {};
    },
    SetAlarmState: (input) => {
      const alarm = alarms.byName.get(input.AlarmName ?? "");
      if (!alarm) throw new AwsError("ResourceNotFound", `Alarm ${input.AlarmName} does not exist`);
      alarms.force(alarm, input.StateValue as AlarmState, input.StateReason ?? "", input.StateReasonData);
      return {};
    },
    EnableAlarmActions: (input) => setActions(input.AlarmNames, true),
    DisableAlarmActions: (input) => setActions(input.AlarmNames, false),
    DeleteAlarms: (input) => {
      const missing = (input.AlarmNames ?? []).find((name) => !alarms.byName.has(name));
      if (missing !== undefined) throw new AwsError("ResourceNotFound", `Alarm ${missing} does not exist`);
      for (const name of input.AlarmNames ?? []) alarms.byName.delete(name);
      return {};
    },
  };
}
