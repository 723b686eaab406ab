import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";

const DIMENSION = "ecs:service:DesiredCount";

/** The template's scalable target and policy. */
export const applicationAutoScaling = casesOf("application auto scaling", {
  "a scalable target has a range and a role": async ({ clients: { scaling }, names }) => {
    const ResourceId = `service/${names.cluster}/${names.service}`;
    const { ScalableTargets: targets } = await scaling.describeScalableTargets({ ServiceNamespace: "ecs" });
    expect(targets).toMatchObject([
      {
        ServiceNamespace: "ecs",
        ResourceId,
        ScalableDimension: DIMENSION,
        MinCapacity: 2,
        MaxCapacity: 6,
        RoleARN: expect.stringContaining("AWSServiceRoleForApplicationAutoScaling_ECSService"),
        CreationTime: expect.any(Date),
      },
    ]);
    const other = { ServiceNamespace: "ecs", ResourceIds: ["service/nope/nope"] } as const;
    expect(
      (await scaling.describeScalableTargets({ ...other, ResourceIds: [...other.ResourceIds] })).ScalableTargets,
    ).toEqual([]);
  },

  "a target's range and suspension change one by one": async ({ clients: { scaling }, names }) => {
    const place = {
      ServiceNamespace: "ecs",
      ResourceId: `service/${names.cluster}/${names.service}`,
      ScalableDimension: DIMENSION,
    } as const;
    const target = async () =>
      (await scaling.describeScalableTargets({ ServiceNamespace: "ecs" })).ScalableTargets?.[0];
    await scaling.registerScalableTarget({ ...place, MaxCapacity: 8 });
    expect(await target()).toMatchObject({ MinCapacity: 2, MaxCapacity: 8 });
    const SuspendedState = {
      DynamicScalingInSuspended: true,
      DynamicScalingOutSuspended: false,
      ScheduledScalingSuspended: true,
    };
    await scaling.registerScalableTarget({ ...place, SuspendedState });
    expect(await target()).toMatchObject({ MaxCapacity: 8, SuspendedState });
    const none = Object.fromEntries(Object.keys(SuspendedState).map((key) => [key, false]));
    await scaling.registerScalableTarget({ ...place, MaxCapacity: 6, SuspendedState: none });
    expect(await target()).toMatchObject({ MinCapacity: 2, MaxCapacity: 6, SuspendedState: none });
  },

  "a service that is not there is refused": async ({ clients: { scaling }, names }) => {
    const call = scaling.registerScalableTarget({
      ServiceNamespace: "ecs",
      ResourceId: `service/${names.cluster}/nope`,
      ScalableDimension: DIMENSION,
      MinCapacity: 1,
      MaxCapacity: 2,
    });
    expect(await refusal(call)).toEqual({ name: "ValidationException", status: 400 });
  },

  "a policy tracks its target value": async ({ clients: { scaling }, names }) => {
    const { ScalingPolicies: policies } = await scaling.describeScalingPolicies({
      ServiceNamespace: "ecs",
      PolicyNames: [names.scalingPolicy],
    });
    expect(policies).toMatchObject([
      {
        PolicyName: names.scalingPolicy,
        PolicyType: "TargetTrackingScaling",
        ResourceId: `service/${names.cluster}/${names.service}`,
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 70,
          PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
          ScaleInCooldown: 300,
          ScaleOutCooldown: 300,
        },
        CreationTime: expect.any(Date),
      },
    ]);
    expect(policies?.[0]?.Alarms).toHaveLength(2);
  },

  "a policy is put over the template's": async ({ clients: { scaling }, names }) => {
    const place = {
      ServiceNamespace: "ecs",
      ResourceId: `service/${names.cluster}/${names.service}`,
      ScalableDimension: DIMENSION,
    } as const;
    const policy = { ...place, PolicyName: names.scalingPolicy, PolicyType: "TargetTrackingScaling" } as const;
    const tracking = (TargetValue: number) => ({
      TargetValue,
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" } as const,
      ScaleInCooldown: 300,
      ScaleOutCooldown: 300,
    });
    const put = (value: number) =>
      scaling.putScalingPolicy({ ...policy, TargetTrackingScalingPolicyConfiguration: tracking(value) });
    const { PolicyARN, Alarms } = await put(55.5);
    expect([PolicyARN?.includes(`:policyName/${names.scalingPolicy}`), Alarms?.length]).toEqual([true, 2]);
    const { ScalingPolicies: policies } = await scaling.describeScalingPolicies({ ServiceNamespace: "ecs" });
    expect(policies?.[0]?.TargetTrackingScalingPolicyConfiguration?.TargetValue).toBe(55.5);
    await put(70);
  },

  "a scheduled action is put, described and deleted": async ({ clients: { scaling }, names }) => {
    const place = {
      ServiceNamespace: "ecs",
      ResourceId: `service/${names.cluster}/${names.service}`,
      ScalableDimension: DIMENSION,
    } as const;
    const action = { ...place, ScheduledActionName: "contract-night", Schedule: "rate(12 hours)" } as const;
    await scaling.putScheduledAction({ ...action, ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 2 } });
    const { ScheduledActions: actions } = await scaling.describeScheduledActions({ ServiceNamespace: "ecs" });
    expect(actions).toMatchObject([
      { ...action, ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 2 }, CreationTime: expect.any(Date) },
    ]);
    const { Schedule: _, ...named } = action;
    await scaling.deleteScheduledAction(named);
    expect((await scaling.describeScheduledActions({ ServiceNamespace: "ecs" })).ScheduledActions).toEqual([]);
  },

  "a scheduled action that is not there is ObjectNotFoundException": async ({ clients: { scaling }, names }) => {
    const call = scaling.deleteScheduledAction({
      ServiceNamespace: "ecs",
      ResourceId: `service/${names.cluster}/${names.service}`,
      ScalableDimension: DIMENSION,
      ScheduledActionName: "nope",
    });
    expect(await refusal(call)).toEqual({ name: "ObjectNotFoundException", status: 400 });
  },

  "what scaled is told as activities": async ({ clients: { scaling } }) => {
    const { ScalingActivities: activities } = await scaling.describeScalingActivities({ ServiceNamespace: "ecs" });
    expect(activities).toEqual([]);
  },

  "a target goes with its policies, and a new one needs both ends of its range": async ({ clients, names }) => {
    const { scaling } = clients;
    const place = {
      ServiceNamespace: "ecs",
      ResourceId: `service/${names.cluster}/${names.service}`,
      ScalableDimension: DIMENSION,
    } as const;
    const [before] = (await scaling.describeScalingPolicies({ ServiceNamespace: "ecs" })).ScalingPolicies ?? [];
    await scaling.deregisterScalableTarget(place);
    const targets = async () => (await scaling.describeScalableTargets({ ServiceNamespace: "ecs" })).ScalableTargets;
    expect(await targets()).toEqual([]);
    expect((await scaling.describeScalingPolicies({ ServiceNamespace: "ecs" })).ScalingPolicies).toEqual([]);
    expect(await refusal(scaling.deregisterScalableTarget(place))).toEqual({
      name: "ObjectNotFoundException",
      status: 400,
    });
    expect(await refusal(scaling.registerScalableTarget({ ...place, MinCapacity: 2 }))).toEqual({
      name: "ValidationException",
      status: 400,
    });
    await scaling.registerScalableTarget({ ...place, MinCapacity: 2, MaxCapacity: 6 });
    expect(await targets()).toMatchObject([{ MinCapacity: 2, MaxCapacity: 6 }]);
    await scaling.putScalingPolicy({
      ...place,
      PolicyName: names.scalingPolicy,
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: before?.TargetTrackingScalingPolicyConfiguration,
    });
  },
});
