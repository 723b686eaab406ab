import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import type { SimulatorOptions } from "../../../src/sim/index.ts";
import { scenarioById } from "../../../src/sim/scenarios/index.ts";
import { type TestSimulator, testSimulator } from "../../support/simulator.ts";
import { sample } from "../../support/thorough.ts";

export const MINUTE_MS = 60_000;
export const SEEDS = sample([1, 2, 3, 4, 5], 2);

/** A scenario at a seed, with what an expert asks, over the wire. Two of the seeds are elsewhere, under other names. */
export async function incident(scenario: string, seed: number, options: Partial<SimulatorOptions> = {}) {
  const elsewhere = seed % 2 === 0 ? { project: "acme", region: "eu-central-1", accountId: "222233334444" } : {};
  const simulator = await testSimulator({ scenario, seed, ...elsewhere, ...options });
  const { world } = simulator;
  const { contained, resolved, diagnosis } = scenarioById(scenario);
  return {
    ...simulator,
    names: world.names,
    diagnosis,
    contained: () => contained.holds(world),
    resolved: () => resolved.holds(world),
    ...observer(simulator),
  };
}

export type Incident = Awaited<ReturnType<typeof incident>>;

function observer({ world, clients }: TestSimulator) {
  const { names } = world;
  const ecsClient = new ecs.ECSClient(clients);
  const logsClient = new logs.CloudWatchLogsClient(clients);
  const watchClient = new cloudwatch.CloudWatchClient(clients);
  const trailClient = new cloudtrail.CloudTrailClient(clients);
  return {
    ecsClient,
    service: async () => {
      const command = new ecs.DescribeServicesCommand({ cluster: names.cluster, services: [names.service] });
      return (await ecsClient.send(command)).services![0]!;
    },
    tasks: async (desiredStatus: "RUNNING" | "STOPPED") => {
      const listed = await ecsClient.send(new ecs.ListTasksCommand({ cluster: names.cluster, desiredStatus }));
      if (!listed.taskArns?.length) return [];
      const command = new ecs.DescribeTasksCommand({ cluster: names.cluster, tasks: listed.taskArns });
      return (await ecsClient.send(command)).tasks ?? [];
    },
    targets: async () => {
      const client = new elb.ElasticLoadBalancingV2Client(clients);
      const { TargetGroups } = await client.send(new elb.DescribeTargetGroupsCommand({ Names: [names.targetGroup] }));
      const { TargetGroupArn } = TargetGroups![0]!;
      const health = await client.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn }));
      return (health.TargetHealthDescriptions ?? []).map(({ TargetHealth }) => TargetHealth);
    },
    /** Lines of Nessie's log of the last minutes that match a filter pattern. */
    lines: async (filterPattern: string, minutes = 5) => {
      const command = new logs.FilterLogEventsCommand({
        logGroupName: names.logGroup,
        filterPattern,
        startTime: world.now() - minutes * MINUTE_MS,
      });
      return ((await logsClient.send(command)).events ?? []).map(({ message = "" }) => message);
    },
    alarm: async (suffix: string) => {
      const command = new cloudwatch.DescribeAlarmsCommand({ AlarmNames: [`${names.prefix}-${suffix}`] });
      return (await watchClient.send(command)).MetricAlarms?.[0]?.StateValue;
    },
    /** Values of a metric in the last minutes, oldest first. */
    metric: async (
      Namespace: string,
      MetricName: string,
      dimensions: Record<string, string>,
      Stat: string,
      minutes = 10,
    ) => {
      const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
      const command = new cloudwatch.GetMetricDataCommand({
        StartTime: new Date(world.now() - minutes * MINUTE_MS),
        EndTime: new Date(world.now()),
        ScanBy: "TimestampAscending",
        MetricDataQueries: [
          { Id: "m", MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat } },
        ],
      });
      return (await watchClient.send(command)).MetricDataResults?.[0]?.Values ?? [];
    },
    /** CloudTrail's events of a name, newest first, parsed. */
    events: async (AttributeValue: string, AttributeKey: cloudtrail.LookupAttributeKey = "EventName") => {
      const command = new cloudtrail.LookupEventsCommand({ LookupAttributes: [{ AttributeKey, AttributeValue }] });
      const { Events = [] } = await trailClient.send(command);
      return Events.map(({ CloudTrailEvent = "" }) => JSON.parse(CloudTrailEvent));
    },
    loadBalancer: () => ({ LoadBalancer: world.lakehouse.traffic.loadBalancerDimension }),
    ecsService: () => ({ ClusterName: names.cluster, ServiceName: names.service }),
  };
}

/** Registers a revision that differs from the newest one and deploys it, as a responder does. */
export async function deployRevision(
  { ecsClient, names }: Incident,
  change: Partial<ecs.RegisterTaskDefinitionCommandInput>,
  environment: Record<string, string> = {},
): Promise<void> {
  const described = await ecsClient.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: names.taskFamily }));
  const { containerDefinitions, cpu, memory, executionRoleArn, taskRoleArn } = described.taskDefinition!;
  const [container] = containerDefinitions!;
  const kept = (container!.environment ?? []).filter(({ name = "" }) => !(name in environment));
  const given = Object.entries(environment).map(([name, value]) => ({ name, value }));
  const { taskDefinition } = await ecsClient.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: names.taskFamily,
      cpu,
      memory,
      executionRoleArn,
      taskRoleArn,
      containerDefinitions: [{ ...container, environment: [...kept, ...given] }],
      ...change,
    }),
  );
  await deploy(ecsClient, names, taskDefinition!.taskDefinitionArn!);
}

/** UpdateService to a revision. */
export async function deploy(
  client: ecs.ECSClient,
  names: Incident["names"],
  taskDefinition: string,
): Promise<ecs.UpdateServiceCommandOutput> {
  return client.send(new ecs.UpdateServiceCommand({ cluster: names.cluster, service: names.service, taskDefinition }));
}

/** Holds Nessie at zero as a careful responder does. */
export async function containNessie({ clients, ecsClient, names }: Incident) {
  await new scaling.ApplicationAutoScalingClient(clients).send(
    new scaling.RegisterScalableTargetCommand({
      ServiceNamespace: "ecs",
      ScalableDimension: "ecs:service:DesiredCount",
      ResourceId: `service/${names.cluster}/${names.service}`,
      MinCapacity: 0,
      SuspendedState: {
        DynamicScalingInSuspended: true,
        DynamicScalingOutSuspended: true,
        ScheduledScalingSuspended: true,
      },
    }),
  );
  await ecsClient.send(
    new ecs.UpdateServiceCommand({ cluster: names.cluster, service: names.service, desiredCount: 0 }),
  );
}
