import type * as Wire from "@aws-sdk/client-ecs";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { Cluster, Service, Task, TaskDefinition } from "../world/ecs/model.ts";
import { arn } from "../world/names.ts";
import type { Region } from "../world/region.ts";
import { definitionView, serviceView, taskView } from "./ecs-views.ts";
import { pageOf, shortName } from "./paging.ts";

/** Limits of the ECS API reference: names per DescribeServices, tasks per DescribeTasks. */
const SERVICES_PER_CALL = 10;
const TASKS_PER_CALL = 100;

const invalid = (message: string) => new AwsError("InvalidParameterException", message);
/** A failure of a Describe call: it names the whole ARN that was looked for. @param place the ARN up to the name. */
const missing = (place: string, asked: string) => ({
  arn: asked.startsWith("arn:") ? asked : `${place}/${asked}`,
  reason: "MISSING",
});

function clusterOf(region: Region, nameOrArn: string | undefined): Cluster {
  const cluster = region.ecs.clusters.get(shortName(nameOrArn, "default"));
  if (!cluster) throw new AwsError("ClusterNotFoundException", "Cluster not found.");
  return cluster;
}

function serviceOf(cluster: Cluster, nameOrArn: string | undefined): Service {
  const service = cluster.services.get(shortName(nameOrArn));
  if (!service) throw new AwsError("ServiceNotFoundException", "Service not found.");
  return service;
}

/** The template's default tags, which its provider puts on everything. */
function defaultTags({ names }: Region) {
  return [
    { key: "Project", value: names.project },
    { key: "Environment", value: names.environment },
    { key: "ManagedBy", value: "terraform" },
  ];
}

/** A definition by `family`, `family:revision` or ARN; without a revision the newest. */
function definitionOf(region: Region, text: string | undefined): TaskDefinition {
  const [family = "", revision] = shortName(text).split(":");
  const revisions = region.ecs.definitions.get(family) ?? [];
  const found = revision === undefined ? revisions.at(-1) : revisions[Number(revision) - 1];
  if (!found) throw new AwsError("ClientException", "Unable to describe task definition.");
  return found;
}

function tasksOf(region: Region, cluster: Cluster): Task[] {
  return [...region.ecs.tasks.values()].filter((task) => task.service.cluster === cluster);
}

function exists({ ecs }: Region, arn: string | undefined): boolean {
  const clusters = [...ecs.clusters.values()];
  const all = [
    ...clusters,
    ...clusters.flatMap((cluster) => [...cluster.services.values()]),
    ...ecs.tasks.values(),
    ...[...ecs.definitions.values()].flat(),
  ];
  return all.some((resource) => resource.arn === arn);
}

function register(region: Region, input: Wire.RegisterTaskDefinitionCommandInput, by: string): TaskDefinition {
  const [container] = input.containerDefinitions ?? [];
  if (!container) throw new AwsError("ClientException", "Container list cannot be empty.");
  const family = input.family ?? "";
  const previous = region.ecs.definitions.get(family)?.at(-1);
  return region.ecs.addDefinition({
    family,
    cpuUnits: Number(input.cpu ?? previous?.cpuUnits ?? 256),
    memoryMb: Number(input.memory ?? previous?.memoryMb ?? 512),
    container: {
      name: container.name ?? "",
      image: container.image ?? "",
      port: container.portMappings?.[0]?.containerPort ?? 0,
      healthCommand: container.healthCheck?.command?.at(-1),
      environment: (container.environment ?? []).map(({ name = "", value = "" }) => ({ name, value })),
    },
    executionRoleArn: input.executionRoleArn ?? "",
    taskRoleArn: input.taskRoleArn ?? "",
    logGroup: container.logConfiguration?.options?.["awslogs-group"] ?? "",
    registeredBy: by,
  });
}

/** Amazon ECS. */
export function ecsService(region: Region): ServiceDefinition {
  const { ecs, names } = region;
  return defineService<typeof Wire>({
    signingName: "ecs",
    load: () => import("@aws-sdk/client-ecs"),
    clientName: "ECSClient",
    operations: {
      ListClusters: (input) => {
        const page = pageOf([...ecs.clusters.values()], input.maxResults ?? 100, input.nextToken, () =>
          invalid("Invalid token."),
        );
        return { clusterArns: page.items.map((cluster) => cluster.arn), nextToken: page.next };
      },
      DescribeClusters: (input) => {
        const asked = input.clusters ?? ["default"];
        const found = asked.flatMap((name) => ecs.clusters.get(shortName(name)) ?? []);
        const absent = asked.filter((name) => !ecs.clusters.has(shortName(name)));
        return {
          clusters: found.map((cluster) => ({
            clusterArn: cluster.arn,
            clusterName: cluster.name,
            status: "ACTIVE",
            activeServicesCount: cluster.services.size,
            runningTasksCount: tasksOf(region, cluster).filter((task) => task.lastStatus === "RUNNING").length,
            pendingTasksCount: tasksOf(region, cluster).filter(
              (task) => task.startedAtMs === undefined && task.desiredStatus === "RUNNING",
            ).length,
          })),
          failures: absent.map((name) => missing(arn(names, "ecs", "cluster"), name)),
        };
      },
      ListServices: (input) => {
        const services = [...clusterOf(region, input.cluster).services.values()];
        // Default page size 10, at most 100 (ECS API reference, ListServices).
        const page = pageOf(services, Math.min(100, input.maxResults ?? 10), input.nextToken, () =>
          invalid("Invalid token."),
        );
        return { serviceArns: page.items.map((service) => service.arn), nextToken: page.next };
      },
      DescribeServices: (input) => {
        const asked = input.services ?? [];
        if (asked.length === 0) throw invalid("Services cannot be empty.");
        if (asked.length > SERVICES_PER_CALL) throw invalid("Too many services");
        const cluster = clusterOf(region, input.cluster);
        const found = asked.flatMap((name) => cluster.services.get(shortName(name)) ?? []);
        const absent = asked.filter((name) => !cluster.services.has(shortName(name)));
        return {
          services: found.map((service) => ({
            ...serviceView(service),
            // Tags are told only to who asks for them.
            ...(input.include?.includes("TAGS") ? { tags: defaultTags(region) } : {}),
          })),
          failures: absent.map((name) => missing(cluster.arn.replace(":cluster/", ":service/"), name)),
        };
      },
      UpdateService: (input) => {
        const service = serviceOf(clusterOf(region, input.cluster), input.service);
        if (input.desiredCount !== undefined && input.desiredCount < 0)
          throw invalid("Desired count must be a non-negative number.");
        ecs.updateService(service, {
          ...(input.desiredCount === undefined ? {} : { desiredCount: input.desiredCount }),
          ...(input.taskDefinition === undefined ? {} : { definition: definitionOf(region, input.taskDefinition) }),
          ...(input.forceNewDeployment === undefined ? {} : { forceNewDeployment: input.forceNewDeployment }),
        });
        region.account.journal.note(
          region.account.kernel.nowMs,
          `UpdateService ${service.name} desired ${service.desiredCount}`,
        );
        return { service: serviceView(service) };
      },
      ListTasks: (input) => {
        const cluster = clusterOf(region, input.cluster);
        const desired = input.desiredStatus ?? "RUNNING";
        const found = tasksOf(region, cluster).filter(
          (task) =>
            task.desiredStatus === desired &&
            (!input.serviceName || task.service.name === shortName(input.serviceName)) &&
            (!input.family || task.definition.family === input.family),
        );
        const page = pageOf(found, Math.min(100, input.maxResults ?? 100), input.nextToken, () =>
          invalid("Invalid token."),
        );
        return { taskArns: page.items.map((task) => task.arn), nextToken: page.next };
      },
      DescribeTasks: (input) => {
        const asked = input.tasks ?? [];
        if (asked.length === 0) throw invalid("Tasks cannot be empty.");
        if (asked.length > TASKS_PER_CALL) throw invalid("Too many tasks");
        const cluster = clusterOf(region, input.cluster);
        const found = asked.flatMap((name) => ecs.tasks.get(shortName(name)) ?? []);
        const absent = asked.filter((name) => !ecs.tasks.has(shortName(name)));
        return {
          tasks: found.map((task) => taskView(task, region.account.kernel.nowMs)),
          failures: absent.map((name) => missing(cluster.arn.replace(":cluster/", ":task/"), name)),
        };
      },
      StopTask: (input) => {
        clusterOf(region, input.cluster);
        const task = ecs.tasks.get(shortName(input.task));
        if (!task) throw invalid("The referenced task was not found.");
        ecs.lifecycle.stop(task, "UserInitiated", input.reason ?? "Task stopped by user");
        return { task: taskView(task, region.account.kernel.nowMs) };
      },
      DescribeTaskDefinition: (input) => ({
        taskDefinition: definitionView(definitionOf(region, input.taskDefinition), names.region),
        tags: [],
      }),
      ListTaskDefinitions: (input) => {
        const all = [...ecs.definitions.values()]
          .flat()
          .filter((definition) => !input.familyPrefix || definition.family === input.familyPrefix);
        const ordered = input.sort === "DESC" ? all.reverse() : all;
        const page = pageOf(ordered, Math.min(100, input.maxResults ?? 100), input.nextToken, () =>
          invalid("Invalid token."),
        );
        return { taskDefinitionArns: page.items.map((definition) => definition.arn), nextToken: page.next };
      },
      RegisterTaskDefinition: (input, call) => ({
        taskDefinition: definitionView(
          register(region, input, region.account.principals.of(call.accessKeyId).arn),
          names.region,
        ),
      }),
      ListTagsForResource: (input) => {
        if (!exists(region, input.resourceArn)) throw invalid("The specified resource was not found.");
        return {
          tags: defaultTags(region),
        };
      },
    },
  });
}
