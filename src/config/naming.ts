import type { ComposeDeployment, Deployment } from "./deployment.ts";

/** Dagster by the names of those who run it on ECS beside the template: cluster `P-E-dagster`, a log group a service. */
export function dagsterOnEcs(project: string, environment: string): NonNullable<Deployment["dagster"]> {
  const prefix = `${project}-${environment}`;
  const services = ["dagster-webserver", "dagster-daemon"];
  const logGroups = services.map((service) => `/ecs/${prefix}-${service}`);
  return { cluster: `${prefix}-dagster`, services, logGroups };
}

/** Compose services of Dagster in the template, in the order in which they are stopped: schedules and sensors first. */
export const COMPOSE_SERVICES: readonly string[] = ["dagster-daemon", "dagster-webserver"];

/** Dagster as the template runs it: in the compose project `P-E`. */
export function dagsterInCompose(project: string, environment: string): ComposeDeployment {
  return { project: `${project}-${environment}`, services: [...COMPOSE_SERVICES] };
}

/** Key of the state and table of the locks by the template's backend; the bucket follows no rule. */
export function terraformByNamingRule(environment: string): { stateKey: string; lockTable: string } {
  return { stateKey: `iceberg-lakehouse/${environment}/terraform.tfstate`, lockTable: "tf-locks" };
}

/**
 * Every name of a lakehouse by the naming rule of the Terraform template Baselyne-Systems/iceberg-quickstart-iac
 * (docs/lakehouse-deployment.md): `P-E-nessie`, `P-E-lakehouse` and so on. Dagster is not in it: the template runs it in
 * docker compose. The audit bucket exists only with `enable_cloudtrail`.
 *
 * @param project the template's `project_name`.
 * @param environment the template's `environment`.
 * @param region AWS region, taken over as it is.
 */
export function deploymentByNamingRule(
  project: string,
  environment: string,
  catalogType: Deployment["catalogType"],
  region: string,
): Deployment {
  const prefix = `${project}-${environment}`;
  const nessieName = `${prefix}-nessie`;
  return {
    project,
    environment,
    catalogType,
    region,
    ...(catalogType === "nessie" && {
      nessie: {
        cluster: nessieName,
        service: "nessie",
        container: "nessie",
        logGroup: `/ecs/${nessieName}`,
        targetGroup: nessieName,
        loadBalancer: nessieName,
        tables: [nessieName],
      },
    }),
    buckets: { lakehouse: `${prefix}-lakehouse`, audit: `${prefix}-audit-trail` },
    alarmPrefixes: [`${prefix}-`],
    logGroups: [],
  };
}
