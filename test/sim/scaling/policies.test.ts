import * as sdk from "@aws-sdk/client-application-auto-scaling";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";

const MINUTE_MS = 60_000;
const where = {
  ServiceNamespace: "ecs" as const,
  ResourceId: "service/lakehouse-prod-nessie/nessie",
  ScalableDimension: "ecs:service:DesiredCount" as const,
};

async function client() {
  const { clients, world } = await testSimulator();
  return { scaling: new sdk.ApplicationAutoScalingClient(clients), world };
}

test("a scheduled action sets the range when it is due, once or at a rate, and can be deleted", async () => {
  const { scaling, world } = await client();
  const put = (ScheduledActionName: string, Schedule: string, MinCapacity: number) =>
    scaling.send(
      new sdk.PutScheduledActionCommand({
        ...where,
        ScheduledActionName,
        Schedule,
        ScalableTargetAction: { MinCapacity },
      }),
    );
  const names = async () =>
    (await scaling.send(new sdk.DescribeScheduledActionsCommand({ ServiceNamespace: "ecs" }))).ScheduledActions?.map(
      (action) => action.ScheduledActionName,
    );
  await put("once", "at(2026-11-23T03:10:00)", 3);
  await put("often", "rate(30 minutes)", 4);
  expect(await names()).toEqual(["once", "often"]);
  world.advanceBy(15 * MINUTE_MS);
  expect(world.lakehouse.service.desiredCount).toBe(3);
  expect(await names()).toEqual(["often"]);
  world.advanceBy(20 * MINUTE_MS);
  expect(world.scaling.targets.get(where.ResourceId)?.min).toBe(4);
  await scaling.send(new sdk.DeleteScheduledActionCommand({ ...where, ScheduledActionName: "often" }));
  expect(await names()).toEqual([]);
  await expect(
    scaling.send(new sdk.DeleteScheduledActionCommand({ ...where, ScheduledActionName: "often" })),
  ).rejects.toBeInstanceOf(sdk.ObjectNotFoundException);
  await expect(put("late", "at(2026-11-23T01:00:00)", 1)).rejects.toThrow("in the past");
  await expect(put("bad", "whenever", 1)).rejects.toBeInstanceOf(sdk.ValidationException);
});

test("a suspended target's scheduled actions do nothing", async () => {
  const { scaling, world } = await client();
  await scaling.send(
    new sdk.PutScheduledActionCommand({
      ...where,
      ScheduledActionName: "x",
      Schedule: "rate(1 minute)",
      ScalableTargetAction: { MinCapacity: 5 },
    }),
  );
  await scaling.send(
    new sdk.RegisterScalableTargetCommand({ ...where, SuspendedState: { ScheduledScalingSuspended: true } }),
  );
  world.advanceBy(5 * MINUTE_MS);
  expect(world.scaling.targets.get(where.ResourceId)?.min).toBe(2);
});

test("a policy is changed in place, or made with its two alarms", async () => {
  const { scaling, world } = await client();
  const put = (PolicyName: string, TargetValue: number) =>
    scaling.send(
      new sdk.PutScalingPolicyCommand({
        ...where,
        PolicyName,
        PolicyType: "TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue,
          PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
          ScaleOutCooldown: 60,
        },
      }),
    );
  const policies = async () =>
    (await scaling.send(new sdk.DescribeScalingPoliciesCommand({ ServiceNamespace: "ecs" }))).ScalingPolicies ?? [];
  const [before] = await policies();
  const changed = await put("lakehouse-prod-nessie-cpu", 30);
  expect(changed.PolicyARN).toBe(before?.PolicyARN);
  expect((await policies())[0]?.TargetTrackingScalingPolicyConfiguration).toMatchObject({
    TargetValue: 30,
    ScaleOutCooldown: 60,
  });
  world.advanceBy(8 * MINUTE_MS);
  expect(world.lakehouse.service.desiredCount).toBeGreaterThan(2);
  const made = await put("second", 90);
  expect(made.Alarms).toHaveLength(2);
  expect(world.alarms.byName.get(made.Alarms![1]!.AlarmName!)?.threshold).toBe(81);
  expect(await policies()).toHaveLength(2);
  await expect(put("third", 0)).rejects.toBeInstanceOf(sdk.ValidationException);
});

test("a target that is taken away takes its policies and their alarms with it, and can be made anew", async () => {
  const { scaling, world } = await client();
  const alarms = () => [...world.alarms.byName.keys()].filter((name) => name.startsWith("TargetTracking")).length;
  expect(alarms()).toBe(2);
  await scaling.send(new sdk.DeregisterScalableTargetCommand(where));
  expect([alarms(), world.scaling.policies.length, world.scaling.targets.size]).toEqual([0, 0, 0]);
  world.ecs.updateService(world.lakehouse.service, { desiredCount: 1 });
  world.advanceBy(10 * MINUTE_MS);
  expect(world.lakehouse.service.desiredCount).toBe(1);
  await expect(scaling.send(new sdk.RegisterScalableTargetCommand({ ...where, MinCapacity: 2 }))).rejects.toThrow(
    "MinCapacity and MaxCapacity",
  );
  await scaling.send(new sdk.RegisterScalableTargetCommand({ ...where, MinCapacity: 1, MaxCapacity: 4 }));
  const { ScalableTargets } = await scaling.send(new sdk.DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }));
  expect(ScalableTargets).toMatchObject([{ MinCapacity: 1, MaxCapacity: 4 }]);
});
