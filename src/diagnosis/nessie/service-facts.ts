import { Failure } from "../../base/failure.ts";
import type { FactReader, FactSource } from "../fact.ts";
import {
  DEFINITION_OPERATIONS,
  type EcsService,
  type EcsTask,
  readDefinition,
  readServices,
  readTasks,
  SERVICE_OPERATIONS,
  TASK_OPERATIONS,
  type TaskDefinition,
} from "../sources/ecs.ts";
import { changesService, serviceUpdates } from "../sources/service-updates.ts";
import type { TrailEvent } from "../sources/trail.ts";

/** Nessie's names; ends the fetch where the catalog is not Nessie. */
export function namesOf(reader: FactReader): NonNullable<FactReader["deployment"]["nessie"]> {
  return reader.deployment.nessie ?? reader.absent("this lakehouse has no Nessie: its catalog is Glue");
}

/** Nessie's ECS service. */
export const nessieService: FactSource<EcsService> = {
  id: "nessie-service",
  title: "Nessie's ECS service",
  operations: SERVICE_OPERATIONS,
  async fetch(reader) {
    const { cluster, service } = namesOf(reader);
    const [found] = await readServices(reader, cluster, [service]);
    if (found) return found;
    throw new Failure({
      kind: "not-found",
      what: `service ${service}`,
      why: `there is no active service ${service} in cluster ${cluster}`,
      next: "Check cluster and service of nessie in mayday.yaml, the region and the account.",
    });
  },
};

/** Its tasks, those that stopped in the last hour too. */
export const nessieTasks: FactSource<EcsTask[]> = {
  id: "nessie-tasks",
  title: "Nessie's tasks",
  operations: TASK_OPERATIONS,
  fetch(reader) {
    const { cluster, service } = namesOf(reader);
    return readTasks(reader, cluster, service);
  },
};

/** Revisions of Nessie's task definition by ARN: those that run, those that tasks failed with, and what a rollback goes to. */
export const nessieDefinitions: FactSource<ReadonlyMap<string, TaskDefinition>> = {
  id: "nessie-definitions",
  title: "Nessie's task definitions",
  operations: DEFINITION_OPERATIONS,
  async fetch(reader) {
    const [service, tasks] = await Promise.all([reader.need(nessieService), reader.fact(nessieTasks)]);
    const used = tasks.status === "known" ? tasks.value.map(({ taskDefinition }) => taskDefinition) : [];
    const arns = [service.taskDefinition, ...service.deployments.map(({ taskDefinition }) => taskDefinition), ...used];
    const known = await Promise.all([...new Set(arns)].slice(0, 6).map((arn) => readDefinition(reader, arn)));
    return new Map(known.map((definition) => [definition.arn, definition]));
  },
};

/** Who changed the service in the last day, newest first. */
export const nessieServiceChanges: FactSource<TrailEvent[]> = {
  id: "nessie-service-changes",
  title: "who changed Nessie's service (CloudTrail)",
  operations: [],
  async fetch(reader) {
    const { service, cluster } = namesOf(reader);
    return (await reader.need(serviceUpdates)).filter(({ input }) => changesService(input, cluster, service));
  },
};
