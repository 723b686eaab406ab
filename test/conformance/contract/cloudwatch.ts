import { expect } from "vitest";
import { casesOf, refusal, unique } from "../server.ts";

/** One that reads a metric which nobody publishes. */
const ALARM = {
  AlarmDescription: "kůň & <alarm>",
  Namespace: "Contract",
  MetricName: "Silence",
  Dimensions: [
    { Name: "Service", Value: "nessie" },
    { Name: "Cluster", Value: "a/b c" },
  ],
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 0.25,
  ComparisonOperator: "GreaterThanOrEqualToThreshold",
  TreatMissingData: "ignore",
  AlarmActions: ["arn:aws:sns:us-east-1:123456789012:lakehouse-prod-alerts"],
} as const;

const alarmOf = (name: string) => ({
  ...ALARM,
  AlarmName: name,
  Dimensions: [...ALARM.Dimensions],
  AlarmActions: [...ALARM.AlarmActions],
});

/** The metric of the service's CPU. */
const cpuOf = ({ cluster, service }: { cluster: string; service: string }) => ({
  Namespace: "AWS/ECS",
  MetricName: "CPUUtilization",
  Dimensions: [
    { Name: "ClusterName", Value: cluster },
    { Name: "ServiceName", Value: service },
  ],
});

/** Alarms and metrics. */
export const cloudWatch = casesOf("cloudwatch", {
  "the template's alarm is described": async ({ clients: { cloudwatch }, names }) => {
    const name = `${names.prefix}-nessie-cpu-high`;
    const { MetricAlarms: alarms } = await cloudwatch.describeAlarms({ AlarmNames: [name] });
    expect(alarms).toMatchObject([
      {
        AlarmName: name,
        AlarmArn: `arn:aws:cloudwatch:${names.region}:${names.accountId}:alarm:${name}`,
        Namespace: "AWS/ECS",
        MetricName: "CPUUtilization",
        Statistic: "Average",
        Period: 300,
        EvaluationPeriods: 3,
        Threshold: 80,
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "notBreaching",
        ActionsEnabled: true,
        StateUpdatedTimestamp: expect.any(Date),
      },
    ]);
    const missing = await cloudwatch.describeAlarms({ AlarmNames: ["nope"] });
    expect(missing.MetricAlarms).toEqual([]);
  },

  "alarms are found by prefix": async ({ clients: { cloudwatch }, names }) => {
    const { MetricAlarms: alarms = [] } = await cloudwatch.describeAlarms({
      AlarmNamePrefix: `${names.prefix}-nessie`,
    });
    const found = alarms.map(({ AlarmName }) => AlarmName).sort();
    expect(found).toEqual([
      `${names.prefix}-nessie-cpu-high`,
      `${names.prefix}-nessie-dynamo-throttled`,
      `${names.prefix}-nessie-unhealthy-hosts`,
    ]);
  },

  "alarms are found by prefix and state at once": async ({ clients: { cloudwatch }, names }) => {
    const none = await cloudwatch.describeAlarms({ AlarmNamePrefix: `${names.prefix}-nessie`, StateValue: "ALARM" });
    expect(none.MetricAlarms).toEqual([]);
  },

  "alarms are described page by page": async ({ clients: { cloudwatch }, names }) => {
    const prefix = { AlarmNamePrefix: `${names.prefix}-nessie` };
    const first = await cloudwatch.describeAlarms({ ...prefix, MaxRecords: 2 });
    expect([first.MetricAlarms?.length, typeof first.NextToken]).toEqual([2, "string"]);
    const rest = await cloudwatch.describeAlarms({ ...prefix, MaxRecords: 2, NextToken: first.NextToken! });
    expect([rest.MetricAlarms?.length, rest.NextToken]).toEqual([1, undefined]);
  },

  "an alarm comes back as it was put, and is deleted": async ({ clients: { cloudwatch } }) => {
    const alarm = alarmOf(unique("contract-alarm"));
    await cloudwatch.putMetricAlarm(alarm);
    const named = { AlarmNames: [alarm.AlarmName] };
    const { MetricAlarms: alarms } = await cloudwatch.describeAlarms(named);
    expect(alarms).toMatchObject([{ ...alarm, ActionsEnabled: true }]);
    await cloudwatch.deleteAlarms(named);
    expect((await cloudwatch.describeAlarms(named)).MetricAlarms).toEqual([]);
  },

  "a new alarm knows nothing yet": async ({ clients: { cloudwatch } }) => {
    const alarm = alarmOf(unique("contract-alarm"));
    await cloudwatch.putMetricAlarm(alarm);
    const named = { AlarmNames: [alarm.AlarmName] };
    const { MetricAlarms: alarms } = await cloudwatch.describeAlarms(named);
    expect(alarms?.[0]?.StateValue).toBe("INSUFFICIENT_DATA");
    await cloudwatch.deleteAlarms(named);
  },

  "actions are switched off and on": async ({ clients: { cloudwatch } }) => {
    const alarm = alarmOf(unique("contract-alarm"));
    await cloudwatch.putMetricAlarm(alarm);
    const named = { AlarmNames: [alarm.AlarmName] };
    const enabled = async () => (await cloudwatch.describeAlarms(named)).MetricAlarms?.[0]?.ActionsEnabled;
    await cloudwatch.disableAlarmActions(named);
    expect(await enabled()).toBe(false);
    await cloudwatch.enableAlarmActions(named);
    expect(await enabled()).toBe(true);
    await cloudwatch.deleteAlarms(named);
  },

  "a state is set by hand": async ({ clients: { cloudwatch } }) => {
    const alarm = alarmOf(unique("contract-alarm"));
    await cloudwatch.putMetricAlarm(alarm);
    const { AlarmName } = alarm;
    await cloudwatch.setAlarmState({ AlarmName, StateValue: "ALARM", StateReason: "kůň <drill>" });
    const { MetricAlarms: alarms } = await cloudwatch.describeAlarms({ AlarmNames: [AlarmName] });
    expect(alarms).toMatchObject([{ StateValue: "ALARM", StateReason: "kůň <drill>" }]);
    const missing = cloudwatch.setAlarmState({ AlarmName: "nope", StateValue: "OK", StateReason: "none" });
    expect((await refusal(missing)).status).toBe(404);
    await cloudwatch.deleteAlarms({ AlarmNames: [AlarmName] });
  },

  "alarms of a metric are found by its dimensions": async ({ clients: { cloudwatch } }) => {
    const alarm = { ...alarmOf(unique("contract-alarm")), MetricName: unique("Silence") };
    await cloudwatch.putMetricAlarm(alarm);
    const metric = { Namespace: alarm.Namespace, MetricName: alarm.MetricName, Dimensions: alarm.Dimensions };
    const { MetricAlarms: alarms } = await cloudwatch.describeAlarmsForMetric(metric);
    expect(alarms?.map(({ AlarmName }) => AlarmName)).toEqual([alarm.AlarmName]);
    await cloudwatch.deleteAlarms({ AlarmNames: [alarm.AlarmName] });
  },

  "a set state is in the history, as text and as data": async ({ clients: { cloudwatch } }) => {
    const alarm = alarmOf(unique("contract-alarm"));
    await cloudwatch.putMetricAlarm(alarm);
    const { AlarmName } = alarm;
    await cloudwatch.setAlarmState({ AlarmName, StateValue: "OK", StateReason: "drill" });
    const { AlarmHistoryItems: [item] = [] } = await cloudwatch.describeAlarmHistory({
      AlarmName,
      HistoryItemType: "StateUpdate",
    });
    expect(item).toMatchObject({
      AlarmName,
      AlarmType: "MetricAlarm",
      HistorySummary: "Alarm updated from INSUFFICIENT_DATA to OK",
      Timestamp: expect.any(Date),
    });
    expect(JSON.parse(item!.HistoryData!).newState).toMatchObject({ stateValue: "OK", stateReason: "drill" });
    await cloudwatch.deleteAlarms({ AlarmNames: [AlarmName] });
  },

  "metrics are listed with their dimensions, by dimensions": async ({ clients: { cloudwatch }, names }) => {
    const cpu = cpuOf(names);
    const { Metrics: metrics } = await cloudwatch.listMetrics(cpu);
    expect(metrics?.[0]).toEqual(cpu);
    expect((await cloudwatch.listMetrics({ Namespace: "Contract" })).Metrics).toEqual([]);
  },

  "a metric is listed once": async ({ clients: { cloudwatch }, names }) => {
    expect((await cloudwatch.listMetrics(cpuOf(names))).Metrics).toHaveLength(1);
  },

  "data points come in the order that was asked for, with their dates": async ({ clients: { cloudwatch }, names }) => {
    const EndTime = new Date();
    const StartTime = new Date(EndTime.getTime() - 1_800_000);
    const Metric = cpuOf(names);
    const MetricDataQueries = [
      { Id: "cpu", MetricStat: { Metric, Period: 60, Stat: "Average" } },
      {
        Id: "none",
        MetricStat: { Metric: { ...Metric, MetricName: "Silence" }, Period: 60, Stat: "Average" },
        Label: "No one",
      },
    ];
    const range = { StartTime, EndTime, MetricDataQueries };
    const up = await cloudwatch.getMetricData({ ...range, ScanBy: "TimestampAscending" });
    const [cpu, none] = up.MetricDataResults ?? [];
    expect([cpu?.Id, cpu?.StatusCode, none?.Id, none?.Label, none?.Values]).toEqual([
      "cpu",
      "Complete",
      "none",
      "No one",
      [],
    ]);
    expect(cpu?.Values?.length).toBeGreaterThan(1);
    expect(cpu?.Timestamps?.length).toBe(cpu?.Values?.length);
    const times = cpu?.Timestamps?.map((date) => date.getTime()) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const down = await cloudwatch.getMetricData({ ...range, ScanBy: "TimestampDescending" });
    expect(down.MetricDataResults?.[0]?.Values).toEqual(cpu?.Values?.toReversed());
  },

  "statistics are told for the period": async ({ clients: { cloudwatch }, names }) => {
    const EndTime = new Date();
    const { Label, Datapoints } = await cloudwatch.getMetricStatistics({
      ...cpuOf(names),
      StartTime: new Date(EndTime.getTime() - 1_800_000),
      EndTime,
      Period: 300,
      Statistics: ["Average", "Maximum", "SampleCount"],
    });
    expect([Label, Datapoints?.length !== 0]).toEqual(["CPUUtilization", true]);
    for (const point of Datapoints ?? []) {
      expect(point.Timestamp).toBeInstanceOf(Date);
      expect(point.Maximum!).toBeGreaterThanOrEqual(point.Average!);
      expect(point.SampleCount!).toBeGreaterThan(0);
    }
  },

  "a range that ends before it starts is refused": async ({ clients: { cloudwatch } }) => {
    const [StartTime, EndTime] = [new Date(), new Date(Date.now() - 60_000)];
    const call = cloudwatch.getMetricData({ StartTime, EndTime, MetricDataQueries: [] });
    expect((await refusal(call)).status).toBe(400);
  },
});
