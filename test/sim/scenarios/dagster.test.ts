import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import type { TestSimulator } from "../../support/simulator.ts";
import { dagsterLog, history, MINUTE_MS, SEEDS, scenarioWorld, stopDaemon } from "./dagster-support.ts";

const service = "dagster-daemon";
const clusterOf = ({ world }: TestSimulator) => `${world.names.prefix}-dagster`;

async function stoppedTasks(simulator: TestSimulator): Promise<ecs.Task[]> {
  const client = new ecs.ECSClient(simulator.clients);
  const cluster = clusterOf(simulator);
  const listed = await client.send(
    new ecs.ListTasksCommand({ cluster, serviceName: service, desiredStatus: "STOPPED" }),
  );
  if (!listed.taskArns?.length) return [];
  const { tasks = [] } = await client.send(new ecs.DescribeTasksCommand({ cluster, tasks: listed.taskArns }));
  return tasks.filter((task) => task.lastStatus === "STOPPED");
}

/** The last line of a task's log. */
async function lastLine(simulator: TestSimulator, task: ecs.Task) {
  const id = task.taskArn?.split("/").pop() ?? "";
  return (await dagsterLog(simulator, "")).filter(({ stream }) => stream.endsWith(id)).at(-1);
}

/** The service's current definition with changes, registered and deployed by the responder. */
async function deploy(simulator: TestSimulator, change: { memory?: string; taskDefinition?: string }) {
  const client = new ecs.ECSClient(simulator.clients);
  const cluster = clusterOf(simulator);
  let { taskDefinition } = change;
  if (taskDefinition === undefined) {
    const family = `${simulator.world.names.prefix}-${service}`;
    const described = await client.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: family }));
    const { cpu, memory, networkMode, requiresCompatibilities, executionRoleArn, taskRoleArn, containerDefinitions } =
      described.taskDefinition ?? {};
    const registered = await client.send(
      new ecs.RegisterTaskDefinitionCommand({
        family,
        cpu,
        memory: change.memory ?? memory,
        networkMode,
        requiresCompatibilities,
        executionRoleArn,
        taskRoleArn,
        containerDefinitions,
      }),
    );
    taskDefinition = registered.taskDefinition?.taskDefinitionArn;
  }
  await client.send(new ecs.UpdateServiceCommand({ cluster, service, taskDefinition }));
}

describe("dagster-oom", () => {
  test.each(SEEDS)("the daemon is killed again and again until it has more memory (seed %i)", async (seed) => {
    const simulator = await scenarioWorld("dagster-oom", seed);
    const { world, clients, contained, resolved } = simulator;
    expect([contained(), resolved()]).toEqual([false, false]);
    expect(await stoppedTasks(simulator)).toHaveLength(1);
    world.advanceBy(8 * MINUTE_MS);
    const killed = await stoppedTasks(simulator);
    expect(killed.length).toBeGreaterThanOrEqual(3);
    for (const task of killed) {
      expect(task).toMatchObject({
        stopCode: "EssentialContainerExited",
        containers: [{ exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" }],
      });
      const last = await lastLine(simulator, task);
      expect(last?.timestamp).toBeLessThan(task.executionStoppedAt!.getTime());
      expect(last?.message).not.toMatch(/Traceback|Error/);
    }
    expect((await dagsterLog(simulator, '"pandas.read_parquet"')).length).toBeGreaterThanOrEqual(3);
    const Dimensions = [
      { Name: "ClusterName", Value: clusterOf(simulator) },
      { Name: "ServiceName", Value: service },
    ];
    const Metric = { Namespace: "AWS/ECS", MetricName: "MemoryUtilization", Dimensions };
    const cloudwatch = new CloudWatchClient(clients);
    const { MetricDataResults } = await cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: [{ Id: "m", MetricStat: { Metric, Period: 60, Stat: "Maximum" } }],
        StartTime: new Date(world.epochMs),
        EndTime: new Date(world.now()),
      }),
    );
    expect(Math.max(...(MetricDataResults?.[0]?.Values ?? []))).toBeGreaterThan(94);
    const alarms = await cloudwatch.send(new DescribeAlarmsCommand({}));
    expect(alarms.MetricAlarms?.filter(({ AlarmName }) => AlarmName?.includes("dagster"))).toEqual([]);

    await deploy(simulator, { memory: "4096" });
    world.advanceBy(30 * MINUTE_MS);
    expect([contained(), resolved()]).toEqual([true, true]);
  });
});

describe("dagster-app-error", () => {
  test.each(SEEDS)("a release ends on its own error until another one runs (seed %i)", async (seed) => {
    const simulator = await scenarioWorld("dagster-app-error", seed);
    const { world, contained, resolved } = simulator;
    expect([contained(), resolved()]).toEqual([false, false]);
    const ended = (await stoppedTasks(simulator)).filter((task) => task.stopCode === "EssentialContainerExited");
    expect(ended.length).toBeGreaterThanOrEqual(2);
    for (const task of ended) {
      expect(task.containers?.[0]?.exitCode).toBe(1);
      expect(task.containers?.[0]?.reason).toBeUndefined();
      expect((await lastLine(simulator, task))?.message).toMatch(/^ModuleNotFoundError: /);
    }
    expect((await dagsterLog(simulator, '"Traceback (most recent call last)"')).length).toBeGreaterThanOrEqual(2);
    const [release] = await history(simulator, "RegisterTaskDefinition");
    expect(release.userIdentity.arn).toMatch(/assumed-role\/data-engineer\/release-2026\.46\.0$/);
    expect((await dagsterLog(simulator, '"RUN_SUCCESS"')).at(-1)!.timestamp).toBeLessThan(world.epochMs);
    world.advanceBy(20 * MINUTE_MS);
    expect(resolved()).toBe(false);

    await deploy(simulator, { taskDefinition: `${world.names.prefix}-${service}:1` });
    world.advanceBy(30 * MINUTE_MS);
    expect([contained(), resolved()]).toEqual([true, true]);
  });
});

test.each(["dagster-oom", "dagster-app-error"])("%s is contained, not resolved, with the daemon at 0", async (id) => {
  const simulator = await scenarioWorld(id, 1);
  const { world, contained, resolved } = simulator;
  world.advanceBy(30 * MINUTE_MS);
  expect([contained(), resolved()]).toEqual([false, false]);
  await stopDaemon(simulator);
  expect([contained(), resolved()]).toEqual([true, false]);
});
