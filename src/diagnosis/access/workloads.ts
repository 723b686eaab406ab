import type { FactSource } from "../fact.ts";
import { DEFINITION_OPERATIONS, readDefinition, readServices, SERVICE_OPERATIONS } from "../sources/ecs.ts";

/** A service that reads and writes the lakehouse: as whom it does, and where. */
export interface Workload {
  cluster: string;
  service: string;
  roleArn: string;
  subnets: string[];
}

/** Dagster's ECS services with their role and subnets. */
export const workloads: FactSource<Workload[]> = {
  id: "workloads",
  title: "role and subnets of Dagster's tasks",
  operations: [...SERVICE_OPERATIONS, ...DEFINITION_OPERATIONS],
  async fetch(reader) {
    const { dagster } = reader.deployment;
    if (!dagster) return reader.absent("Dagster does not run on ECS here");
    const services = await readServices(reader, dagster.cluster, dagster.services);
    return Promise.all(
      services.map(async ({ cluster, name, subnets, taskDefinition }) => {
        const { taskRoleArn = "" } = await readDefinition(reader, taskDefinition);
        return { cluster, service: name, roleArn: taskRoleArn, subnets };
      }),
    );
  },
};
