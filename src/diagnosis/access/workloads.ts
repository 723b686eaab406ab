import { dagsterDefinitions, dagsterServices } from "../dagster/facts.ts";
import type { FactSource } from "../fact.ts";

/** A service that reads and writes the lakehouse: as whom it does, and where. */
export interface Workload {
  cluster: string;
  service: string;
  roleArn: string;
  subnets: string[];
  /** When its present revision was deployed, domain ms. */
  sinceMs: number;
}

/** Dagster's ECS services with their role and subnets. */
export const workloads: FactSource<Workload[]> = {
  id: "workloads",
  title: "role and subnets of Dagster's tasks",
  operations: [],
  async fetch(reader) {
    const [services, definitions] = await Promise.all([reader.need(dagsterServices), reader.need(dagsterDefinitions)]);
    return services.flatMap(({ cluster, name, subnets, taskDefinition, deployments }) => {
      const roleArn = definitions.get(taskDefinition)?.taskRoleArn;
      return roleArn === undefined
        ? []
        : [{ cluster, service: name, roleArn, subnets, sinceMs: deployments[0]?.createdAtMs ?? 0 }];
    });
  },
};
