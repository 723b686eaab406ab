// A world of 200 services, 2 000 targets, 500 alarms, 1 000 000 log events and 1 000 000 object versions: `node large-world.ts`.
// Prints what it cost to build, its endpoint, and what an hour of virtual time cost.
import { startSimulator } from "../../src/sim/index.ts";
import { TargetGroup } from "../../src/sim/world/elb/target-group.ts";
import { arn } from "../../src/sim/world/names.ts";
import { GeneratedContent } from "../../src/sim/world/s3/content.ts";
import type { World } from "../../src/sim/world/world.ts";

const SERVICES = 200;
const TASKS_PER_SERVICE = 10;
const ALARMS = 500;
const LOG_EVENTS = 1_000_000;
const KEYS = 200_000;
const VERSIONS_PER_KEY = 5;
const HOUR_MS = 3_600_000;

const padded = (value: number) => String(value).padStart(6, "0");

function addServices(world: World): void {
  const { names, kernel, ecs } = world;
  const { definition } = world.lakehouse;
  const cluster = ecs.addCluster("large");
  for (let index = 0; index < SERVICES; index++) {
    const name = `service-${padded(index)}`;
    const suffix = `targetgroup/${name}/${padded(index).padStart(16, "0")}`;
    const identity = {
      name,
      arn: arn(names, "elasticloadbalancing", suffix),
      loadBalancerArn: world.lakehouse.loadBalancer.arn,
      port: 19120,
    };
    const group = new TargetGroup(identity, kernel, (ip) => world.probe(ip), {
      changing: () => {},
      unhealthy: (target, cause) => {
        const task = world.taskAt(target.ip);
        if (task) ecs.targetUnhealthy(task, cause);
      },
      healthy: (target) => {
        const task = world.taskAt(target.ip);
        if (task) ecs.targetHealthy(task);
      },
    });
    world.targetGroups.set(group.arn, group);
    // A subnet for each service: addresses of tasks must differ.
    const subnets = [{ id: `subnet-${padded(index)}`, zone: `${names.region}a`, prefix: `10.${10 + index}.0` }];
    const service = ecs.addService(
      {
        name,
        cluster,
        desiredCount: TASKS_PER_SERVICE,
        targetGroupArn: group.arn,
        subnets,
        securityGroups: world.lakehouse.service.securityGroups,
        createdAtMs: world.epochMs,
      },
      definition,
    );
    for (let task = 0; task < TASKS_PER_SERVICE; task++) ecs.addRunningTask(service, kernel.nowMs - HOUR_MS);
  }
}

function addAlarms(world: World): void {
  for (let index = 0; index < ALARMS; index++) {
    const name = `large-${padded(index)}`;
    const settings = {
      name,
      arn: arn(world.names, "cloudwatch", `alarm:${name}`),
      description: "One of many",
      namespace: "AWS/ECS",
      metricName: "CPUUtilization",
      dimensions: [
        { Name: "ClusterName", Value: "large" },
        { Name: "ServiceName", Value: `service-${padded(index % SERVICES)}` },
      ],
      statistic: "Average" as const,
      periodMs: 60_000,
      evaluationPeriods: 3,
      threshold: 90,
      comparison: "GreaterThanThreshold" as const,
      treatMissingData: "missing" as const,
      alarmActions: [],
    };
    world.alarms.add(settings, "OK", world.epochMs, (index * 113) % 60_000);
  }
}

function addLogEvents(world: World): void {
  const name = "/large";
  world.logs.addGroup({ name, arn: arn(world.names, "logs", `log-group:${name}`), createdAtMs: world.epochMs });
  const nowMs = world.kernel.nowMs;
  const lines = Array.from({ length: LOG_EVENTS }, (_, index) => ({
    atMs: nowMs - HOUR_MS + Math.floor((index * HOUR_MS) / LOG_EVENTS),
    message: `INFO  [org.example.server] (executor-thread-${index % 16}) request ${index} answered in ${index % 250} ms`,
    stream: `stream-${index % 20}`,
  }));
  world.logs.inject(name, lines);
}

function addVersions(world: World): void {
  const bucket = world.buckets.add({
    name: "large-bucket",
    region: world.names.region,
    createdAtMs: world.epochMs,
    versioning: "Enabled",
  });
  for (let version = 0; version < VERSIONS_PER_KEY; version++) {
    for (let index = 0; index < KEYS; index++) {
      bucket.write(
        `data/part-${padded(index)}.parquet`,
        new GeneratedContent(index * VERSIONS_PER_KEY + version, 1_000),
        {
          atMs: world.kernel.nowMs,
          origin: "world",
        },
      );
    }
  }
}

const buildStartedMs = performance.now();
const simulator = await startSimulator({ scenario: "quiet", manual: true });
const { world } = simulator;
addServices(world);
addAlarms(world);
addLogEvents(world);
addVersions(world);
const buildMs = performance.now() - buildStartedMs;
const hourStartedMs = performance.now();
world.advanceBy(HOUR_MS);
const hourMs = performance.now() - hourStartedMs;
const targets = [...world.targetGroups.values()].flatMap((group) => [...group.targets.values()]);
const counts = {
  services: [...world.ecs.clusters.values()].reduce((sum, cluster) => sum + cluster.services.size, 0),
  healthyTargets: targets.filter(({ state }) => state === "healthy").length,
  alarms: world.alarms.byName.size,
};
const answer = { endpoint: simulator.endpoint, buildMs, hourMs, counts, startMs: world.epochMs };
process.stdout.write(`${JSON.stringify(answer)}\n`);
process.stdin.resume().once("end", () => process.exit());
