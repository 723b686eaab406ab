import type { NessieDeployment } from "../lakehouse.ts";
import { arn } from "../names.ts";
import type { World } from "../world.ts";

/** A resource of a Terraform state, format version 4. */
export interface StateResource {
  module?: string;
  mode: "managed";
  type: string;
  name: string;
  provider: string;
  instances: {
    index_key?: number | string;
    schema_version: number;
    attributes: Record<string, unknown>;
    sensitive_attributes: unknown[];
    dependencies?: string[];
  }[];
}

type Attributes = Record<string, unknown> & { id: string };

function resource(module: string, type: string, name: string, ...instances: Attributes[]): StateResource {
  return {
    module: `module.${module}`,
    mode: "managed",
    type,
    name,
    provider: 'provider["registry.terraform.io/hashicorp/aws"]',
    instances: instances.map((attributes, index) => ({
      ...(instances.length > 1 && { index_key: index }),
      schema_version: 0,
      attributes,
      sensitive_attributes: [],
    })),
  };
}

function tagsOf(world: World): Record<string, string> {
  return { Project: world.names.project, Environment: world.names.environment, ManagedBy: "terraform" };
}

/** The buckets, the trail and the roles, which every lakehouse has. */
export function storageResources(world: World): StateResource[] {
  const { names, buckets } = world;
  const tags = { tags: {}, tags_all: tagsOf(world) };
  const bucket = (name: string): Attributes => ({
    id: name,
    bucket: name,
    arn: `arn:aws:s3:::${name}`,
    region: names.region,
    ...tags,
  });
  const lakehouse = names.lakehouseBucket;
  const roles = ["lakehouse-reader", "lakehouse-writer", "lakehouse-admin", "lakeformation"];
  const role = (suffix: string): Attributes => {
    const name = `${names.prefix}-${suffix}`;
    return { id: name, name, arn: `arn:aws:iam::${names.accountId}:role/${name}`, path: "/", ...tags };
  };
  return [
    resource("storage", "aws_s3_bucket", "lakehouse", bucket(lakehouse)),
    resource("storage", "aws_s3_bucket_policy", "lakehouse", {
      id: lakehouse,
      bucket: lakehouse,
      policy: buckets.byName.get(lakehouse)?.policy ?? "",
    }),
    resource("storage", "aws_s3_bucket_versioning", "lakehouse", {
      id: lakehouse,
      bucket: lakehouse,
      versioning_configuration: [{ mfa_delete: "", status: "Enabled" }],
    }),
    resource("storage", "aws_s3_bucket_lifecycle_configuration", "lakehouse", {
      id: lakehouse,
      bucket: lakehouse,
      rule: (buckets.byName.get(lakehouse)?.settings.lifecycle ?? []).map(({ ID, Status }) => ({
        id: ID,
        status: Status,
      })),
    }),
    resource("audit", "aws_s3_bucket", "audit", bucket(names.auditBucket)),
    resource("audit", "aws_cloudtrail", "data_events", {
      id: names.trail,
      name: names.trail,
      arn: arn(names, "cloudtrail", `trail/${names.trail}`),
      s3_bucket_name: names.auditBucket,
      enable_log_file_validation: true,
      ...tags,
    }),
    ...roles.map((suffix) => resource("access", "aws_iam_role", suffix.replace("lakehouse-", ""), role(suffix))),
  ];
}

/** The Glue database and the Athena workgroup, which only a Glue lakehouse has. */
export function glueResources(world: World): StateResource[] {
  const { names } = world;
  const database = `${names.project}_${names.environment}`.replaceAll("-", "_");
  const workgroup = `${names.prefix}-lakehouse`;
  return [
    resource("catalog", "aws_glue_catalog_database", "lakehouse", {
      id: `${names.accountId}:${database}`,
      name: database,
      arn: arn(names, "glue", `database/${database}`),
      catalog_id: names.accountId,
    }),
    resource("catalog", "aws_athena_workgroup", "lakehouse", {
      id: workgroup,
      name: workgroup,
      arn: arn(names, "athena", `workgroup/${workgroup}`),
      state: "ENABLED",
    }),
  ];
}

/** Nessie and what it stands on. */
export function nessieResources(world: World, nessie: NessieDeployment): StateResource[] {
  const { names, alarms, scaling } = world;
  const tags = { tags: {}, tags_all: tagsOf(world) };
  const { service, definition, loadBalancer, targetGroup } = nessie;
  const cluster = arn(names, "ecs", `cluster/${names.cluster}`);
  const own = [...alarms.byName.values()].filter((alarm) => alarm.name.startsWith(names.alarmPrefix));
  const targets = [...scaling.targets.values()];
  return [
    resource("nessie", "aws_ecs_cluster", "nessie", { id: cluster, arn: cluster, name: names.cluster, ...tags }),
    resource("nessie", "aws_ecs_task_definition", "nessie", {
      id: definition.family,
      arn: definition.arn,
      family: definition.family,
      revision: definition.revision,
      cpu: String(definition.cpuUnits),
      memory: String(definition.memoryMb),
      execution_role_arn: definition.executionRoleArn,
      task_role_arn: definition.taskRoleArn,
      ...tags,
    }),
    resource("nessie", "aws_ecs_service", "nessie", {
      id: arn(names, "ecs", `service/${names.cluster}/${names.service}`),
      name: service.name,
      cluster,
      desired_count: 1,
      launch_type: "FARGATE",
      task_definition: definition.arn,
      ...tags,
    }),
    resource("nessie", "aws_lb", "nessie", {
      id: loadBalancer.arn,
      arn: loadBalancer.arn,
      name: loadBalancer.name,
      dns_name: loadBalancer.dnsName,
      internal: true,
      security_groups: loadBalancer.securityGroups,
      ...tags,
    }),
    resource("nessie", "aws_lb_target_group", "nessie", {
      id: targetGroup.arn,
      arn: targetGroup.arn,
      name: names.targetGroup,
      port: 19_120,
      protocol: "HTTP",
      target_type: "ip",
      ...tags,
    }),
    resource("nessie", "aws_cloudwatch_log_group", "nessie", {
      id: names.logGroup,
      name: names.logGroup,
      arn: arn(names, "logs", `log-group:${names.logGroup}`),
      retention_in_days: 30,
      ...tags,
    }),
    resource("nessie", "aws_dynamodb_table", "nessie", {
      id: names.table,
      name: names.table,
      arn: arn(names, "dynamodb", `table/${names.table}`),
      billing_mode: "PAY_PER_REQUEST",
      hash_key: "pk",
      range_key: "sk",
      point_in_time_recovery: [{ enabled: true, recovery_period_in_days: 35 }],
      ...tags,
    }),
    ...own.map((alarm) =>
      resource(
        "nessie",
        "aws_cloudwatch_metric_alarm",
        alarm.name.slice(names.alarmPrefix.length + 1).replaceAll("-", "_"),
        {
          id: alarm.name,
          alarm_name: alarm.name,
          arn: alarm.arn,
          ...tags,
        },
      ),
    ),
    ...targets.map(({ resourceId, min, max }) =>
      resource("nessie", "aws_appautoscaling_target", "nessie", {
        id: resourceId,
        resource_id: resourceId,
        min_capacity: min,
        max_capacity: max,
        scalable_dimension: "ecs:service:DesiredCount",
        service_namespace: "ecs",
      }),
    ),
  ];
}
