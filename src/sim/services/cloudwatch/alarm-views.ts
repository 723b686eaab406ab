import type * as Wire from "@aws-sdk/client-cloudwatch";
import type { Alarm } from "../../world/metrics/alarms.ts";

/** An alarm as DescribeAlarms returns it. */
export function alarmView(alarm: Alarm): Wire.MetricAlarm {
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmDescription: alarm.description,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAtMs),
    ActionsEnabled: alarm.actionsEnabled ?? true,
    OKActions: alarm.okActions ?? [],
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: [],
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateReasonData: alarm.reasonData,
    StateUpdatedTimestamp: new Date(alarm.updatedAtMs),
    StateTransitionedTimestamp: new Date(alarm.transitionedAtMs),
    Namespace: alarm.namespace,
    MetricName: alarm.metricName,
    Dimensions: alarm.dimensions,
    Statistic: alarm.statistic,
    Period: alarm.periodMs / 1000,
    Unit: alarm.unit as Wire.StandardUnit | undefined,
    EvaluationPeriods: alarm.evaluationPeriods,
    DatapointsToAlarm: alarm.datapointsToAlarm ?? alarm.evaluationPeriods,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    TreatMissingData: alarm.treatMissingData,
  };
}

/** The transitions of an alarm, oldest first. */
export function historyItems(alarm: Alarm): (Wire.AlarmHistoryItem & { Timestamp: Date })[] {
  return alarm.history.map((item) => ({
    AlarmName: alarm.name,
    AlarmType: "MetricAlarm",
    Timestamp: new Date(item.atMs),
    HistoryItemType: "StateUpdate",
    HistorySummary: `Alarm updated from ${item.from} to ${item.to}`,
    HistoryData: JSON.stringify({
      version: "1.0",
      oldState: { stateValue: item.from },
      newState: { stateValue: item.to, stateReason: item.reason, stateReasonData: JSON.parse(item.reasonData) },
    }),
  }));
}
