/** Which catalog the template was applied with: Glue has no ECS service, load balancer or DynamoDB table at all. */
export type CatalogType = "nessie" | "glue";

/** Where the simulated lakehouse is and what it is called. */
export interface Place {
  project: string;
  environment: string;
  region: string;
  accountId: string;
  /** Default: nessie. */
  catalogType?: CatalogType;
}

/** Names by the Terraform template's rules, P = project, E = environment (docs/lakehouse-deployment.md). */
export interface Names extends Place {
  catalogType: CatalogType;
  /** P-E, the start of most names. */
  prefix: string;
  cluster: string;
  service: string;
  taskFamily: string;
  container: string;
  loadBalancer: string;
  targetGroup: string;
  logGroup: string;
  /** The template's own table, which Nessie does not use. */
  table: string;
  /** Nessie's `table-prefix`: it keeps its things in `<prefix>_refs` and `<prefix>_objs`. */
  nessieTablePrefix: string;
  /** The ECS cluster of those who run Dagster there; the template has it in docker compose. */
  dagsterCluster: string;
  /** Terraform's: the bucket and key of the state, and the table of locks. */
  stateBucket: string;
  stateKey: string;
  lockTable: string;
  /** Glue names may not have hyphens in Athena: P_E. */
  glueDatabase: string;
  lakehouseBucket: string;
  auditBucket: string;
  /** Name of the trail of data events. */
  trail: string;
  scalingPolicy: string;
  accountAlias: string;
  /** The start of the alarms' names. */
  alarmPrefix: string;
  /** Name of the SNS topic of the alarms. */
  alertTopic: string;
  /** Name of the IAM user for emergencies. */
  breakGlassUser: string;
}

/** Names that somebody chose: of what is named once and found by its name. */
export type OwnNames = Partial<Omit<Names, keyof Place | "prefix">>;

/** Every name of the template for a place. */
export function templateNames(place: Place): Names {
  const prefix = `${place.project}-${place.environment}`;
  return {
    ...place,
    catalogType: place.catalogType ?? "nessie",
    prefix,
    cluster: `${prefix}-nessie`,
    service: "nessie",
    taskFamily: `${prefix}-nessie`,
    container: "nessie",
    loadBalancer: `${prefix}-nessie`,
    targetGroup: `${prefix}-nessie`,
    logGroup: `/ecs/${prefix}-nessie`,
    table: `${prefix}-nessie`,
    nessieTablePrefix: `${prefix}-nessie`,
    dagsterCluster: `${prefix}-dagster`,
    stateBucket: "my-tf-state",
    stateKey: `iceberg-lakehouse/${place.environment}/terraform.tfstate`,
    lockTable: "tf-locks",
    glueDatabase: prefix.replaceAll("-", "_"),
    lakehouseBucket: `${prefix}-lakehouse`,
    auditBucket: `${prefix}-audit-trail`,
    trail: `${prefix}-data-events`,
    scalingPolicy: `${prefix}-nessie-cpu`,
    accountAlias: `${prefix}-account`,
    alarmPrefix: prefix,
    alertTopic: `${prefix}-alerts`,
    breakGlassUser: "break-glass",
  };
}

/** The template's default tags, which its provider puts on everything. */
export function defaultTags(place: Place): Record<string, string> {
  return { Project: place.project, Environment: place.environment, ManagedBy: "terraform" };
}

/** The service-linked role by which Application Auto Scaling changes ECS services (Application Auto Scaling user guide). */
export function scalingRoleArn(place: Place): string {
  return `arn:aws:iam::${place.accountId}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`;
}

/** `arn:aws:<service>:<region>:<account>:<resource>` */
export function arn(place: Place, service: string, resource: string): string {
  return `arn:aws:${service}:${place.region}:${place.accountId}:${resource}`;
}
