import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { type TestSimulator, testSimulator } from "../support/simulator.ts";

const CLUSTER = "lakehouse-prod-nessie";
const RESOURCE = {
  ServiceNamespace: "ecs",
  ScalableDimension: "ecs:service:DesiredCount",
  ResourceId: `service/${CLUSTER}/nessie`,
} as const;
const suspended = (value: boolean) => ({
  DynamicScalingInSuspended: value,
  DynamicScalingOutSuspended: value,
  ScheduledScalingSuspended: value,
});

async function contain({ clients }: TestSimulator) {
  const scaling = await new ApplicationAutoScalingClient(clients).send(
    new RegisterScalableTargetCommand({ ...RESOURCE, MinCapacity: 0, SuspendedState: suspended(true) }),
  );
  const service = await new ECSClient(clients).send(
    new UpdateServiceCommand({ cluster: CLUSTER, service: "nessie", desiredCount: 0 }),
  );
  return { scaling, service };
}

async function counts({ clients }: TestSimulator) {
  const { services } = await new ECSClient(clients).send(
    new DescribeServicesCommand({ cluster: CLUSTER, services: ["nessie"] }),
  );
  return [services?.[0]?.desiredCount, services?.[0]?.runningCount, services?.[0]?.pendingCount];
}

test("containment reaches 0 running within a minute, targets drain and go, and it holds", async () => {
  const simulator = await testSimulator({ scenario: "nessie-oom" });
  const { world } = simulator;
  world.advanceTo(world.epochMs + 240_000);
  await contain(simulator);
  world.advanceBy(60_000);
  expect(await counts(simulator)).toEqual([0, 0, 0]);
  expect(world.lakehouse.targetGroup.count("draining")).toBeGreaterThan(0);
  world.advanceBy(300_000);
  expect(world.lakehouse.targetGroup.targets.size).toBe(0);
  world.advanceBy(3_600_000);
  expect(await counts(simulator)).toEqual([0, 0, 0]);
  const { ScalableTargets } = await new ApplicationAutoScalingClient(simulator.clients).send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds: [RESOURCE.ResourceId] }),
  );
  expect(ScalableTargets?.[0]).toMatchObject({ MinCapacity: 0, MaxCapacity: 6, SuspendedState: suspended(true) });
});

test("undo brings the service back, and the memory grows again", async () => {
  const simulator = await testSimulator({ scenario: "nessie-oom" });
  const { world, clients } = simulator;
  world.advanceTo(world.epochMs + 240_000);
  await contain(simulator);
  world.advanceBy(120_000);
  await new ECSClient(clients).send(new UpdateServiceCommand({ cluster: CLUSTER, service: "nessie", desiredCount: 2 }));
  world.advanceBy(120_000);
  expect(await counts(simulator)).toEqual([2, 2, 0]);
  expect(world.lakehouse.targetGroup.count("healthy")).toBe(2);
  await new ApplicationAutoScalingClient(clients).send(
    new RegisterScalableTargetCommand({
      ...RESOURCE,
      MinCapacity: 2,
      MaxCapacity: 6,
      SuspendedState: suspended(false),
    }),
  );
  const killed = () => [...world.ecs.tasks.values()].filter((task) => task.exitCode === 137).length;
  const killedBefore = killed();
  world.advanceBy(8 * 60_000);
  expect(killed()).toBe(killedBefore);
  world.advanceBy(20 * 60_000);
  expect(killed()).toBeGreaterThan(killedBefore);
});

test("UpdateService alone is no containment: autoscaling lifts the service to its minimum, and CloudTrail says so", async () => {
  const simulator = await testSimulator({ scenario: "nessie-oom" });
  const { world, clients } = simulator;
  world.advanceTo(world.epochMs + 240_000);
  await new ECSClient(clients).send(new UpdateServiceCommand({ cluster: CLUSTER, service: "nessie", desiredCount: 0 }));
  world.advanceBy(120_000);
  expect((await counts(simulator))[0]).toBe(2);
  expect(world.scaling.activities[0]).toMatchObject({
    description: "Setting desired count to 2.",
    cause: "minimum capacity was set to 2",
  });
  world.advanceBy(240_000);
  const { Events = [] } = await new CloudTrailClient(clients).send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "UpdateService" }] }),
  );
  const records = Events.map((event) => JSON.parse(event.CloudTrailEvent ?? ""));
  expect(records.map((record) => record.userIdentity.invokedBy ?? record.userIdentity.arn)).toEqual([
    "ecs.application-autoscaling.amazonaws.com",
    "arn:aws:sts::111122223333:assumed-role/responder/on-call",
  ]);
});

test("RegisterScalableTarget moves capacity into the range", async () => {
  const { world, clients } = await testSimulator();
  const scaling = new ApplicationAutoScalingClient(clients);
  await scaling.send(new RegisterScalableTargetCommand({ ...RESOURCE, MinCapacity: 3 }));
  world.advanceBy(90_000);
  expect(world.lakehouse.service.desiredCount).toBe(3);
  await scaling.send(
    new RegisterScalableTargetCommand({ ...RESOURCE, MinCapacity: 5, SuspendedState: suspended(true) }),
  );
  world.advanceBy(90_000);
  expect(world.lakehouse.service.desiredCount).toBe(3);
});

test("CloudTrail carries the responder's request ids a few minutes late, and somebody else's name", async () => {
  const simulator = await testSimulator();
  const { world, clients } = simulator;
  const { scaling, service } = await contain(simulator);
  world.external.asSomebodyElse("terraform-ci", "terraform").updateService({ desiredCount: 2 });
  const trail = new CloudTrailClient(clients);
  expect((await trail.send(new LookupEventsCommand({}))).Events).toEqual([]);
  world.advanceBy(200_000);
  const { Events = [] } = await trail.send(new LookupEventsCommand({}));
  const records = Events.map((event) => JSON.parse(event.CloudTrailEvent ?? ""));
  expect(
    records.map((record) => [record.eventName, record.userIdentity.arn.split("/").pop(), record.userIdentity.type]),
  ).toEqual([
    ["UpdateService", "terraform-ci", "AssumedRole"],
    ["UpdateService", "on-call", "AssumedRole"],
    ["RegisterScalableTarget", "on-call", "AssumedRole"],
  ]);
  expect(records.slice(1).map((record) => record.requestID)).toEqual([
    service.$metadata.requestId,
    scaling.$metadata.requestId,
  ]);
  expect(records[2].requestParameters).toMatchObject({
    minCapacity: 0,
    suspendedState: { dynamicScalingInSuspended: true },
  });
  expect(records[1]).toMatchObject({
    eventSource: "ecs.amazonaws.com",
    sourceIPAddress: "127.0.0.1",
    userAgent: expect.stringContaining("aws-sdk-js/3"),
  });
  expect(world.lakehouse.service.desiredCount).toBe(2);
});
