import { Failure } from "../../base/failure.ts";
import type { FactReader, FactSource } from "../fact.ts";
import {
  DEFINITION_OPERATIONS,
  type EcsService,
  type EcsTask,
  endedByThemselves,
  failedContainer,
  readDefinition,
  readServices,
  readTasks,
  SERVICE_OPERATIONS,
  TASK_OPERATIONS,
  type TaskDefinition,
} from "../sources/ecs.ts";
import { LOG_OPERATIONS, type LogEnd, readLogEnd } from "../sources/logs.ts";
import { highest, METRIC_OPERATIONS, type Metric, readMetrics, type Series } from "../sources/metrics.ts";
import { changesService, serviceUpdates } from "../sources/service-updates.ts";
import type { TrailEvent } from "../sources/trail.ts";

/** Ends of tasks that are read of each service. */
const ENDS = 2;

/** Throws a Failure where nobody said where Dagster runs: that it is well must not be concluded from that. */
function namesOf(reader: FactReader): NonNullable<FactReader["deployment"]["dagster"]> {
  const { dagster, compose } = reader.deployment;
  if (dagster) return dagster;
  if (compose) return reader.absent("Dagster does not run on ECS here");
  throw new Failure({
    kind: "invalid",
    what: "Dagster's services",
    why: "where Dagster runs is not configured (mayday init finds it on ECS; dagster.composeProject names it in docker compose)",
    next: "Run mayday init, or set dagster.cluster and dagster.services, or dagster.composeProject.",
  });
}

/** Dagster's ECS services. */
export const dagsterServices: FactSource<EcsService[]> = {
  id: "dagster-services",
  title: "Dagster's ECS services",
  operations: SERVICE_OPERATIONS,
  async fetch(reader) {
    const { cluster, services } = namesOf(reader);
    const found = await readServices(reader, cluster, services);
    if (found.length > 0) return found;
    throw new Failure({
      kind: "not-found",
      what: `services ${services.join(", ")}`,
      why: `there is no active service of these names in cluster ${cluster}`,
      next: "Check cluster and services of dagster in mayday.yaml, the region and the account.",
    });
  },
};

/** The tasks of all of them, those that stopped in the last hour too. */
export const dagsterTasks: FactSource<EcsTask[]> = {
  id: "dagster-tasks",
  title: "Dagster's tasks",
  operations: TASK_OPERATIONS,
  async fetch(reader) {
    const { cluster, services } = namesOf(reader);
    return (await Promise.all(services.map((service) => readTasks(reader, cluster, service)))).flat();
  },
};

/** Revisions of Dagster's task definitions by ARN: those that run, and those that tasks failed with. */
export const dagsterDefinitions: FactSource<ReadonlyMap<string, TaskDefinition>> = {
  id: "dagster-definitions",
  title: "Dagster's task definitions",
  operations: DEFINITION_OPERATIONS,
  async fetch(reader) {
    const [services, tasks] = await Promise.all([reader.need(dagsterServices), reader.fact(dagsterTasks)]);
    const used = tasks.status === "known" ? tasks.value.map(({ taskDefinition }) => taskDefinition) : [];
    const current = services.flatMap(({ deployments }) => deployments.map(({ taskDefinition }) => taskDefinition));
    const arns = [...new Set([...current, ...used])].slice(0, 8);
    const known = await Promise.all(arns.map((arn) => readDefinition(reader, arn)));
    return new Map(known.map((definition) => [definition.arn, definition]));
  },
};

/** The last lines of tasks that ended by themselves. */
export const dagsterLogEnds: FactSource<LogEnd[]> = {
  id: "dagster-log-ends",
  title: "the last lines of Dagster's tasks",
  operations: LOG_OPERATIONS,
  async fetch(reader) {
    const [services, tasks, definitions] = await Promise.all([
      reader.need(dagsterServices),
      reader.need(dagsterTasks),
      reader.need(dagsterDefinitions),
    ]);
    const ended = services.flatMap(({ name }) =>
      endedByThemselves(
        tasks.filter(({ service }) => service === name),
        ENDS,
      ),
    );
    const ends = await Promise.all(
      ended.map((task) =>
        readLogEnd(reader, task, failedContainer(task)?.name ?? "", definitions.get(task.taskDefinition)),
      ),
    );
    return ends.filter((end) => end !== undefined);
  },
};

/** Memory of each service by minute, percent of what its tasks reserve, the task with the most. */
export const dagsterMemory: FactSource<ReadonlyMap<string, Series>> = {
  id: "dagster-memory",
  title: "memory of Dagster",
  operations: METRIC_OPERATIONS,
  async fetch(reader) {
    const { cluster, services } = namesOf(reader);
    const metrics = Object.fromEntries(
      services.map((service): [string, Metric] => [
        service,
        {
          namespace: "AWS/ECS",
          name: "MemoryUtilization",
          stat: "Maximum",
          dimensions: { ClusterName: cluster, ServiceName: service },
        },
      ]),
    );
    return new Map(Object.entries(await readMetrics(reader, metrics, reader.window.fromMs, reader.window.toMs)));
  },
};

/** The highest minute of a service's memory; undefined where nothing was published. */
export const memoryPeak = (memory: ReadonlyMap<string, Series>, service: string) => highest(memory.get(service) ?? []);

/** Who changed Dagster's services in the last day, newest first, with the service's name. */
export const dagsterServiceChanges: FactSource<{ service: string; event: TrailEvent }[]> = {
  id: "dagster-service-changes",
  title: "who changed Dagster's services (CloudTrail)",
  operations: [],
  async fetch(reader) {
    const { cluster, services } = namesOf(reader);
    const events = await reader.need(serviceUpdates);
    return events.flatMap((event) =>
      services
        .filter((service) => changesService(event.input, cluster, service))
        .map((service) => ({ service, event })),
    );
  },
};
