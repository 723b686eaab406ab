import * as sdk from "@aws-sdk/client-cloudwatch";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";

const MINUTE_MS = 60_000;
const Dimensions = [
  { Name: "ClusterName", Value: "lakehouse-prod-nessie" },
  { Name: "ServiceName", Value: "nessie" },
];
const alarm = {
  AlarmName: "mine",
  Namespace: "AWS/ECS",
  MetricName: "CPUUtilization",
  Dimensions,
  Statistic: "Average" as const,
  Period: 60,
  EvaluationPeriods: 2,
  Threshold: 1,
  ComparisonOperator: "GreaterThanOrEqualToThreshold" as const,
  OKActions: ["arn:aws:sns:us-east-1:111122223333:x"],
};

async function client() {
  const { clients, world } = await testSimulator();
  const cloudwatch = new sdk.CloudWatchClient(clients);
  const describe = async (name = "mine") =>
    (await cloudwatch.send(new sdk.DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms?.[0];
  return { cloudwatch, describe, world };
}

test("an alarm that is put is evaluated, changed and deleted", async () => {
  const { cloudwatch, describe, world } = await client();
  await cloudwatch.send(new sdk.PutMetricAlarmCommand(alarm));
  expect(await describe()).toMatchObject({
    StateValue: "INSUFFICIENT_DATA",
    OKActions: alarm.OKActions,
    ActionsEnabled: true,
  });
  world.advanceBy(6 * MINUTE_MS);
  expect(await describe()).toMatchObject({
    StateValue: "ALARM",
    StateReason: expect.stringContaining("greater than or equal to the threshold (1.0)"),
  });
  const forMetric = await cloudwatch.send(
    new sdk.DescribeAlarmsForMetricCommand({ Namespace: "AWS/ECS", MetricName: "CPUUtilization", Dimensions }),
  );
  expect(forMetric.MetricAlarms?.map((found) => found.AlarmName)).toContain("mine");
  await cloudwatch.send(
    new sdk.PutMetricAlarmCommand({ ...alarm, ComparisonOperator: "LessThanThreshold", Threshold: 1 }),
  );
  world.advanceBy(2 * MINUTE_MS);
  expect((await describe())?.StateValue).toBe("OK");
  await cloudwatch.send(new sdk.DeleteAlarmsCommand({ AlarmNames: ["mine"] }));
  world.advanceBy(5 * MINUTE_MS);
  expect(await describe()).toBeUndefined();
  await expect(cloudwatch.send(new sdk.DeleteAlarmsCommand({ AlarmNames: ["mine"] }))).rejects.toMatchObject({
    name: "ResourceNotFound",
  });
  await expect(cloudwatch.send(new sdk.PutMetricAlarmCommand({ ...alarm, Period: 61 }))).rejects.toMatchObject({
    message: "Period must be a multiple of 60.",
  });
});

test("a state set by hand holds until the next evaluation; actions are switched off and on", async () => {
  const { cloudwatch, describe, world } = await client();
  const AlarmName = "lakehouse-prod-nessie-cpu-high";
  await cloudwatch.send(new sdk.SetAlarmStateCommand({ AlarmName, StateValue: "ALARM", StateReason: "by hand" }));
  expect(await describe(AlarmName)).toMatchObject({ StateValue: "ALARM", StateReason: "by hand" });
  const { AlarmHistoryItems } = await cloudwatch.send(new sdk.DescribeAlarmHistoryCommand({ AlarmName }));
  expect(AlarmHistoryItems?.[0]?.HistorySummary).toBe("Alarm updated from OK to ALARM");
  world.advanceBy(2 * MINUTE_MS);
  expect((await describe(AlarmName))?.StateValue).toBe("OK");
  await cloudwatch.send(new sdk.DisableAlarmActionsCommand({ AlarmNames: [AlarmName] }));
  expect((await describe(AlarmName))?.ActionsEnabled).toBe(false);
  await cloudwatch.send(new sdk.EnableAlarmActionsCommand({ AlarmNames: [AlarmName] }));
  expect((await describe(AlarmName))?.ActionsEnabled).toBe(true);
});

test("an alarm may need fewer breaching data points than it looks at", async () => {
  const { cloudwatch, describe, world } = await client();
  const metric = { Namespace: "Test", MetricName: "Errors", Dimensions: [], EvaluationPeriods: 3 };
  await cloudwatch.send(new sdk.PutMetricAlarmCommand({ ...alarm, ...metric, AlarmName: "two", DatapointsToAlarm: 2 }));
  await cloudwatch.send(new sdk.PutMetricAlarmCommand({ ...alarm, ...metric, AlarmName: "three" }));
  for (const [minute, value] of [5, 0, 5, 0, 5, 0, 5, 0].entries()) {
    const atMs = world.epochMs + minute * MINUTE_MS;
    world.advanceTo(atMs + 1_000);
    world.metrics.record({ namespace: "Test", name: "Errors", dimensions: [] }, atMs, value);
  }
  world.advanceTo(world.epochMs + 8 * MINUTE_MS + 30_000);
  expect(await describe("three")).toMatchObject({ DatapointsToAlarm: 3, StateValue: "OK" });
  const { AlarmHistoryItems: items } = await cloudwatch.send(
    new sdk.DescribeAlarmHistoryCommand({ AlarmName: "two", HistoryItemType: "StateUpdate" }),
  );
  const reasons = items?.map(({ HistoryData }) => JSON.parse(HistoryData!).newState.stateReason as string);
  expect(reasons?.find((reason) => reason.startsWith("Threshold Crossed: 2 out of the last 3"))).toContain(
    "(minimum 2 datapoints for OK -> ALARM transition)",
  );
  await expect(
    cloudwatch.send(new sdk.PutMetricAlarmCommand({ ...alarm, ...metric, DatapointsToAlarm: 4 })),
  ).rejects.toMatchObject({ message: "DatapointsToAlarm must not be greater than EvaluationPeriods." });
});
