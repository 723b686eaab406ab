import type { Service, TaskDefinition } from "./ecs/model.ts";
import { TargetGroup } from "./elb/target-group.ts";
import { addAlertTopic, addCertificate } from "./lakehouse-alerting.ts";
import { addCatalog } from "./lakehouse-catalog.ts";
import { ADDRESSES, addNetwork, NETWORK_IDS, PORTS, SUBNETS } from "./lakehouse-network.ts";
import { addPermissions } from "./lakehouse-permissions.ts";
import { addAlarms, addScaling, capacity } from "./lakehouse-scaling.ts";
import { addLockTable, addNessieTables, setStateDigest } from "./lakehouse-tables.ts";
import { SAMPLE_PERIOD_MS, type Traffic } from "./metrics/traffic.ts";
import { arn } from "./names.ts";
import { NessieServer, TABLE_PREFIX_VARIABLE } from "./nessie/server.ts";
import { Workload } from "./nessie/workload.ts";
import { randomUuid } from "./random.ts";
import { md5Of } from "./s3/content.ts";
import { buildStorage, type TemplateStorage } from "./storage/index.ts";
import type { World } from "./world.ts";

const DAY_MS = 86_400_000;
/** How long before the scenario's start the template was applied, ms. */
export const LAKEHOUSE_AGE_MS = 43 * DAY_MS;

export interface LoadBalancer {
  name: string;
  arn: string;
  dnsName: string;
  createdAtMs: number;
  zones: { zone: string; subnetId: string }[];
  securityGroups: string[];
  /** Address of its network interface in the first zone. */
  ip: string;
  /** Of its HTTPS listener. */
  certificateArn: string;
}

/** The parts of the template's Nessie that scenarios take hold of. */
export interface NessieDeployment {
  service: Service;
  definition: TaskDefinition;
  targetGroup: TargetGroup;
  loadBalancer: LoadBalancer;
  traffic: Traffic;
  server: NessieServer;
}

/** Builds the template's deployment: everything but the running tasks; Nessie only where it is the catalog. */
export function buildLakehouse(world: World): { nessie: NessieDeployment | undefined; storage: TemplateStorage } {
  const createdAtMs = world.epochMs - LAKEHOUSE_AGE_MS;
  addLockTable(world, createdAtMs);
  addNetwork(world, createdAtMs);
  addCatalog(world, createdAtMs);
  addPermissions(world, createdAtMs);
  addAlertTopic(world, createdAtMs);
  const nessie = world.names.catalogType === "nessie" ? buildNessie(world, createdAtMs) : undefined;
  const storage = buildStorage(world, createdAtMs, nessie);
  const [state] = storage.state.objects.get(world.names.stateKey) ?? [];
  if (state?.content) setStateDigest(world, md5Of(state.content).toString("hex"), state.atMs);
  return { nessie, storage };
}

function buildNessie(world: World, createdAtMs: number): NessieDeployment {
  const { names, kernel } = world;
  const definition = addDefinition(world);
  const { loadBalancer, targetGroup, traffic } = addLoadBalancer(world, createdAtMs);
  const subnets = SUBNETS.map(({ id, letter, prefix }) => ({ id, zone: `${names.region}${letter}`, prefix }));
  const service = world.ecs.addService(
    {
      name: names.service,
      cluster: world.ecs.addCluster(names.cluster),
      desiredCount: capacity(names.environment).min,
      targetGroupArn: targetGroup.arn,
      subnets,
      securityGroups: [NETWORK_IDS.nessieGroup],
      createdAtMs,
    },
    definition,
  );
  world.logs.addGroup({
    name: names.logGroup,
    arn: arn(names, "logs", `log-group:${names.logGroup}`),
    createdAtMs,
    retentionDays: 30,
  });
  world.scheduleSampling(traffic);
  addAlarms(world, traffic, createdAtMs);
  addScaling(world, service, createdAtMs);
  // Six-hourly reminder that ECS gives of a steady service: the last one before the prehistory.
  service.events.push({
    id: randomUuid(service.random),
    atMs: kernel.nowMs - 4 * 3_600_000,
    message: `(service ${service.name}) has reached a steady state.`,
  });
  const workload = new Workload(names.lakehouseBucket, world.random("nessie/workload"));
  addNessieTables(world, workload, createdAtMs);
  const server = new NessieServer(world, targetGroup, traffic, workload);
  server.start();
  return { service, definition, targetGroup, loadBalancer, traffic, server };
}

function addDefinition(world: World): TaskDefinition {
  const { names } = world;
  const role = (name: string) => `arn:aws:iam::${names.accountId}:role/${names.prefix}-${name}`;
  return world.ecs.addDefinition({
    family: names.taskFamily,
    cpuUnits: 1024,
    memoryMb: 2048,
    container: {
      name: names.container,
      image: "ghcr.io/projectnessie/nessie:0.99.0",
      port: 19120,
      environment: [
        { name: "NESSIE_VERSION_STORE_TYPE", value: "DYNAMODB" },
        { name: TABLE_PREFIX_VARIABLE, value: names.nessieTablePrefix },
        { name: "QUARKUS_DYNAMODB_AWS_REGION", value: names.region },
      ],
    },
    executionRoleArn: role("nessie-exec"),
    taskRoleArn: role("nessie-task"),
    logGroup: names.logGroup,
    registeredBy: `arn:aws:sts::${names.accountId}:assumed-role/terraform/ci`,
  });
}

function addLoadBalancer(world: World, createdAtMs: number) {
  const { names } = world;
  const random = world.random("load-balancer");
  const suffix = `app/${names.loadBalancer}/${random.hex(16)}`;
  const groupSuffix = `targetgroup/${names.targetGroup}/${random.hex(16)}`;
  const balancerArn = arn(names, "elasticloadbalancing", `loadbalancer/${suffix}`);
  const loadBalancer: LoadBalancer = {
    name: names.loadBalancer,
    arn: balancerArn,
    dnsName: `internal-${names.loadBalancer}-${random.whole(100_000_000, 999_999_999)}.${names.region}.elb.amazonaws.com`,
    createdAtMs,
    zones: SUBNETS.map(({ id, letter }) => ({ zone: `${names.region}${letter}`, subnetId: id })),
    ip: ADDRESSES.balancer,
    certificateArn: addCertificate(world, balancerArn, createdAtMs),
    securityGroups: [NETWORK_IDS.balancerGroup],
  };
  const identity = {
    name: names.targetGroup,
    arn: arn(names, "elasticloadbalancing", groupSuffix),
    loadBalancerArn: loadBalancer.arn,
    port: 19120,
  };
  const targetGroup: TargetGroup = new TargetGroup(identity, world.kernel, (ip) => world.probe(ip), {
    changing: () => world.meters.sampleHosts(traffic, world.kernel.nowMs),
    unhealthy: (target, cause) => {
      world.journal.note(world.kernel.nowMs, `target ${target.ip} unhealthy: ${cause}`);
      const task = world.taskAt(target.ip);
      if (task) world.ecs.targetUnhealthy(task, cause);
    },
    healthy: (target) => {
      world.journal.note(world.kernel.nowMs, `target ${target.ip} healthy`);
      const task = world.taskAt(target.ip);
      if (task) world.ecs.targetHealthy(task);
    },
  });
  const traffic: Traffic = {
    loadBalancerName: names.loadBalancer,
    loadBalancerDimension: suffix,
    targetGroupDimension: groupSuffix,
    group: targetGroup,
    requestsPerSecond: 14,
    reachable: () => {
      const from = { ip: ADDRESSES.dagster, groups: [NETWORK_IDS.dagsterGroup] };
      const to = { ip: loadBalancer.ip, groups: loadBalancer.securityGroups };
      return world.network.reaches(from, to, PORTS.listener);
    },
  };
  world.targetGroups.set(targetGroup.arn, targetGroup);
  world.loadBalancers.set(loadBalancer.arn, loadBalancer);
  return { loadBalancer, targetGroup, traffic };
}

/** Meters are read in step with the minute, so that every minute gets the same number of samples. */
export function samplingStart(nowMs: number): number {
  return Math.ceil(nowMs / SAMPLE_PERIOD_MS) * SAMPLE_PERIOD_MS + 7_000;
}
