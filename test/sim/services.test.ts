import { DescribeServicesCommand, DescribeTasksCommand, ECSClient, StopTaskCommand } from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, test } from "vitest";
import type { ProbeResult } from "../../src/sim/world/ecs/behaviour.ts";
import type { World } from "../../src/sim/world/world.ts";
import { testSimulator } from "../support/simulator.ts";

const CLUSTER = "lakehouse-prod-nessie";

/** From now on all tasks, present and future, use this share of their CPU. */
function setCpu(world: World, share: number) {
  const steady = world.behaviourOf;
  world.behaviourOf = (task, random) => ({ ...steady(task, random), cpuAt: () => share });
  for (const task of world.ecs.tasks.values())
    if (task.behaviour) task.behaviour = { ...task.behaviour, cpuAt: () => share };
}

/** From now on health checks of the present tasks find this. */
function setProbe(world: World, result: ProbeResult) {
  for (const task of world.ecs.tasks.values())
    if (task.behaviour) task.behaviour = { ...task.behaviour, probe: () => result };
}

test("target tracking scales out on its alarm up to the maximum, and in again down to the minimum", async () => {
  const { world } = await testSimulator();
  const { service } = world.lakehouse;
  setCpu(world, 0.9);
  world.advanceBy(8 * 60_000);
  expect(service.desiredCount).toBe(3);
  expect(world.scaling.activities[0]?.cause).toMatch(
    /^monitor alarm TargetTracking-.*-AlarmHigh-.* in state ALARM triggered policy lakehouse-prod-nessie-cpu$/,
  );
  world.advanceBy(40 * 60_000);
  expect(service.desiredCount).toBe(6);
  expect(world.ecs.live(service).filter((task) => task.lastStatus === "RUNNING")).toHaveLength(6);
  setCpu(world, 0.2);
  world.advanceBy(90 * 60_000);
  expect(service.desiredCount).toBe(2);
});

test("suspended autoscaling does nothing", async () => {
  const { world } = await testSimulator();
  const target = world.scaling.targets.get(`service/${CLUSTER}/nessie`)!;
  world.scaling.register(target, {
    suspended: { dynamicScalingIn: true, dynamicScalingOut: true, scheduledScaling: true },
  });
  setCpu(world, 0.95);
  world.advanceBy(30 * 60_000);
  expect(world.lakehouse.service.desiredCount).toBe(2);
  expect(world.alarms.byName.get("lakehouse-prod-nessie-cpu-high")?.state).toBe("ALARM");
});

test.each([
  ["timeout", "Target.Timeout", "Request timed out"],
  ["refused", "Target.FailedHealthChecks", "Health checks failed"],
  ["error", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]"],
] as const)(
  "health checks that end in %s turn targets unhealthy after three, with their reason",
  async (result, reason, description) => {
    const { world, clients } = await testSimulator();
    const elb = new ElasticLoadBalancingV2Client(clients);
    const health = async () =>
      (
        await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: world.lakehouse.targetGroup.arn }))
      ).TargetHealthDescriptions?.map((entry) => entry.TargetHealth);
    setProbe(world, result);
    world.advanceBy(59_000);
    expect(await health()).toEqual([{ State: "healthy" }, { State: "healthy" }]);
    world.advanceBy(32_000);
    const unhealthy = { State: "unhealthy", Reason: reason, Description: description };
    expect(await health()).toEqual([unhealthy, unhealthy]);
    setProbe(world, "ok");
    world.advanceBy(29_000);
    expect(await health()).toEqual([unhealthy, unhealthy]);
    world.advanceBy(32_000);
    expect(await health()).toEqual([{ State: "healthy" }, { State: "healthy" }]);
  },
);

test("a task whose target stays unhealthy is replaced with the load balancer's reason", async () => {
  const { world } = await testSimulator();
  setProbe(world, "error");
  const [first] = world.ecs.tasks.values();
  world.advanceBy(6 * 60_000);
  expect(first).toMatchObject({ lastStatus: "STOPPED", stopCode: "ServiceSchedulerInitiated", exitCode: 143 });
  expect(first?.stoppedReason).toMatch(
    /^Task failed ELB health checks in \(target-group arn:aws:elasticloadbalancing:/,
  );
  expect(world.lakehouse.targetGroup.count("healthy")).toBe(2);
});

test("StopTask: SIGTERM, exit 143, a replacement, and the stopped task is gone after an hour", async () => {
  const { world, clients } = await testSimulator();
  const ecs = new ECSClient(clients);
  const [task] = world.ecs.tasks.values();
  await ecs.send(new StopTaskCommand({ cluster: CLUSTER, task: task?.arn, reason: "by hand" }));
  world.advanceBy(60_000);
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [task?.arn ?? ""] }));
  expect(tasks?.[0]).toMatchObject({ lastStatus: "STOPPED", stopCode: "UserInitiated", stoppedReason: "by hand" });
  expect(tasks?.[0]?.containers?.[0]?.exitCode).toBe(143);
  world.advanceBy(3_600_000);
  const later = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [task?.arn ?? ""] }));
  expect(later).toMatchObject({ tasks: [], failures: [{ reason: "MISSING" }] });
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster: CLUSTER, services: ["nessie"] }));
  expect(services?.[0]).toMatchObject({ desiredCount: 2, runningCount: 2, pendingCount: 0 });
});

test("tasks that cannot start are tried again with growing pauses, and the old ones keep running", async () => {
  const { world } = await testSimulator();
  const { service, definition } = world.lakehouse;
  const before = world.ecs.live(service);
  const { revision: _revision, arn: _arn, registeredAtMs: _registeredAtMs, ...draft } = definition;
  const broken = world.ecs.addDefinition({
    ...draft,
    container: { ...draft.container, image: "ghcr.io/projectnessie/nessie:nope" },
  });
  world.startFailureOf = (task) =>
    task.definition === broken
      ? `CannotPullContainerError: pull image manifest has been retried 1 time(s): ${broken.container.image}: not found`
      : undefined;
  world.ecs.updateService(service, { definition: broken });
  world.advanceBy(30 * 60_000);
  const failed = [...world.ecs.tasks.values()].filter((task) => task.stopCode === "TaskFailedToStart");
  expect(failed[0]?.stoppedReason).toMatch(/^CannotPullContainerError/);
  const starts = [...new Set(failed.map((task) => task.createdAtMs))];
  const gaps = starts.slice(1).map((atMs, index) => atMs - starts[index]!);
  expect(gaps.length).toBeGreaterThanOrEqual(4);
  expect(gaps.at(-1)).toBeGreaterThan(2 * gaps[0]!);
  expect(
    service.events.some((event) => event.message.includes("is unable to consistently start tasks successfully")),
  ).toBe(true);
  expect(service.deployments.map((deployment) => [deployment.status, deployment.rolloutState])).toEqual([
    ["PRIMARY", "IN_PROGRESS"],
    ["ACTIVE", "COMPLETED"],
  ]);
  expect(world.ecs.live(service).filter((task) => task.lastStatus === "RUNNING")).toEqual(before);
});
