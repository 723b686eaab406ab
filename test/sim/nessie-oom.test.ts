import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeServicesCommand, DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, test } from "vitest";
import type { World } from "../../src/sim/world/world.ts";
import { TEST_EPOCH_MS, testSimulator } from "../support/simulator.ts";

const ALARM = "lakehouse-prod-nessie-unhealthy-hosts";
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

/** Watches the world minute by minute, as a cockpit would, and collects what it sees up to T+6 min. */
function observe(world: World) {
  const seen = { unhealthyReasons: new Set<string>(), draining: false, alarmAtMs: undefined as number | undefined };
  const group = world.lakehouse.targetGroup;
  for (let offsetMs = 0; offsetMs <= 360_000; offsetMs += 5_000) {
    world.advanceTo(world.epochMs + offsetMs);
    for (const target of group.targets.values()) {
      if (target.state === "unhealthy") seen.unhealthyReasons.add(String(target.reason));
      if (target.state === "draining") seen.draining = true;
    }
    if (world.alarms.byName.get(ALARM)?.state === "ALARM") seen.alarmAtMs ??= offsetMs;
  }
  return seen;
}

test.each(SEEDS)("by T+6 min everything has happened (seed %i, start anywhere in the minute)", async (seed) => {
  const { world } = await testSimulator({ scenario: "nessie-oom", seed, epochMs: TEST_EPOCH_MS + seed * 4_733 });
  const before = world.alarms.byName.get(ALARM);
  expect(before?.state).toBe("OK");
  const kills = () => [...world.ecs.tasks.values()].filter((task) => task.exitCode === 137);
  expect(kills()).toHaveLength(1);
  const seen = observe(world);
  expect(seen.alarmAtMs).toBeLessThanOrEqual(360_000);
  expect([...seen.unhealthyReasons]).toContain("Target.Timeout");
  expect(seen.draining).toBe(true);
  const killed = kills();
  expect(killed.length).toBeGreaterThanOrEqual(3);
  for (const task of killed) {
    expect(task).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containerReason: "OutOfMemoryError: Container killed due to memory usage",
    });
  }
  const firstKillMs = Math.min(
    ...killed.map((task) => task.executionStoppedAtMs! - world.epochMs).filter((at) => at > 0),
  );
  expect(firstKillMs).toBeLessThanOrEqual(95_000);
  expect(world.lakehouse.service.desiredCount).toBe(2);
});

test("the same, read over the wire: tasks, targets, events, alarm with history, metrics, and a log that ends abruptly", async () => {
  const { world, clients } = await testSimulator({ scenario: "nessie-oom" });
  const ecs = new ECSClient(clients);
  const cluster = "lakehouse-prod-nessie";
  world.advanceTo(world.epochMs + 60_000);
  const groupArn = world.lakehouse.targetGroup.arn;
  const elb = new ElasticLoadBalancingV2Client(clients);
  const health = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: groupArn }));
  expect(health.TargetHealthDescriptions?.map((entry) => entry.TargetHealth)).toContainEqual({
    State: "unhealthy",
    Reason: "Target.Timeout",
    Description: "Request timed out",
  });

  world.advanceTo(world.epochMs + 360_000);
  const stopped = await ecs.send(new ListTasksCommand({ cluster, serviceName: "nessie", desiredStatus: "STOPPED" }));
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: stopped.taskArns }));
  expect(tasks.length).toBeGreaterThanOrEqual(3);
  const victim = tasks.find((task) => task.stoppedAt && task.stoppedAt.getTime() > world.epochMs);
  expect(victim?.containers?.[0]).toMatchObject({
    name: "nessie",
    exitCode: 137,
    reason: "OutOfMemoryError: Container killed due to memory usage",
  });
  const described = await ecs.send(new DescribeServicesCommand({ cluster, services: ["nessie"] }));
  const messages = described.services?.[0]?.events?.map((event) => event.message ?? "") ?? [];
  expect(
    messages.some((message) => /^\(service nessie\) has started 1 tasks: \(task [0-9a-f]{32}\)\.$/.test(message)),
  ).toBe(true);
  expect(messages).toContainEqual(
    `(service nessie) (port 19120) is unhealthy in (target-group ${groupArn}) due to (reason Request timed out)`,
  );

  const cloudwatch = new CloudWatchClient(clients);
  const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: "lakehouse-prod" }));
  expect(Object.fromEntries(MetricAlarms.map((alarm) => [alarm.AlarmName, alarm.StateValue]))).toEqual({
    "lakehouse-prod-nessie-cpu-high": "OK",
    "lakehouse-prod-nessie-dynamo-throttled": "OK",
    [ALARM]: "ALARM",
  });
  const history = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName: ALARM, HistoryItemType: "StateUpdate" }),
  );
  expect(history.AlarmHistoryItems?.at(-1)?.HistorySummary).toBe("Alarm updated from OK to ALARM");
  expect(JSON.parse(history.AlarmHistoryItems?.at(-1)?.HistoryData ?? "").newState.stateReason).toMatch(
    /^Threshold Crossed: 2 out of the last 2 datapoints \[1\.0 \(23\/11\/26 03:0\d:00\), .* were greater than the threshold \(0\.0\)/,
  );
  const errors = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(world.epochMs),
      EndTime: new Date(world.now()),
      MetricDataQueries: [
        {
          Id: "errors",
          MetricStat: {
            Metric: {
              Namespace: "AWS/ApplicationELB",
              MetricName: "HTTPCode_ELB_5XX_Count",
              Dimensions: [{ Name: "LoadBalancer", Value: world.lakehouse.traffic.loadBalancerDimension }],
            },
            Period: 60,
            Stat: "Sum",
          },
        },
      ],
    }),
  );
  expect(Math.max(...(errors.MetricDataResults?.[0]?.Values ?? [0]))).toBeGreaterThan(200);

  const id = victim?.taskArn?.split("/").pop();
  const logs = new CloudWatchLogsClient(clients);
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({
      logGroupName: "/ecs/lakehouse-prod-nessie",
      logStreamNames: [`nessie/nessie/${id}`],
      startTime: victim!.executionStoppedAt!.getTime() - 60_000,
    }),
  );
  expect(
    events.filter((event) => /Pause Full|High memory usage|has been blocked/.test(event.message ?? "")).length,
  ).toBeGreaterThan(20);
  expect(events.at(-1)!.timestamp).toBeLessThan(victim!.executionStoppedAt!.getTime());
  expect(events.some((event) => /stopped in|java\.lang\.OutOfMemoryError/.test(event.message ?? ""))).toBe(false);
});

test("more memory is the cure: a revision with 4 GB does not die", async () => {
  const { world } = await testSimulator({ scenario: "nessie-oom" });
  world.advanceTo(world.epochMs + 240_000);
  const { service, definition } = world.lakehouse;
  const { family, cpuUnits, container, executionRoleArn, taskRoleArn, logGroup, registeredBy } = definition;
  const bigger = world.ecs.addDefinition({
    family,
    cpuUnits,
    container,
    executionRoleArn,
    taskRoleArn,
    logGroup,
    registeredBy,
    memoryMb: 4096,
  });
  world.ecs.updateService(service, { definition: bigger });
  world.advanceBy(25 * 60_000);
  const live = world.ecs.live(service);
  expect(live.map((task) => [task.definition.revision, task.lastStatus])).toEqual([
    [2, "RUNNING"],
    [2, "RUNNING"],
  ]);
  expect(service.deployments.map((deployment) => deployment.rolloutState)).toEqual(["COMPLETED"]);
  expect(world.lakehouse.targetGroup.count("healthy")).toBe(2);
  world.advanceBy(60 * 60_000);
  expect(world.ecs.live(service)).toEqual(live);
});

test("the scenario runs under other names, in another region and account, with one task", async () => {
  const simulator = await testSimulator({
    scenario: "nessie-oom",
    project: "acme",
    environment: "dev",
    region: "eu-central-1",
    accountId: "222233334444",
    seed: 5,
  });
  const { world, clients } = simulator;
  world.advanceTo(world.epochMs + 360_000);
  expect([...world.alarms.byName.keys()].filter((name) => name.startsWith("acme-dev-"))).toHaveLength(3);
  const ecs = new ECSClient(clients);
  const { services } = await ecs.send(
    new DescribeServicesCommand({ cluster: "acme-dev-nessie", services: ["nessie"] }),
  );
  expect(services?.[0]).toMatchObject({
    serviceArn: "arn:aws:ecs:eu-central-1:222233334444:service/acme-dev-nessie/nessie",
    desiredCount: 1,
  });
  expect([...world.ecs.tasks.values()].filter((task) => task.exitCode === 137).length).toBeGreaterThanOrEqual(2);
});

test("quiet stays quiet for three hours", async () => {
  const { world } = await testSimulator();
  world.advanceBy(3 * 3_600_000);
  expect(world.journal.entries.filter((entry) => entry.offsetMs > -3_600_000)).toEqual([]);
  expect(world.lakehouse.targetGroup.count("healthy")).toBe(2);
  expect(
    [...world.alarms.byName.values()].filter((alarm) => alarm.name.startsWith("lakehouse")).map((alarm) => alarm.state),
  ).toEqual(["OK", "OK", "OK"]);
});
