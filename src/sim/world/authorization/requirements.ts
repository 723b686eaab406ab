import type { Context } from "../../../policy/pattern.ts";
import type { Iam } from "../iam/directory.ts";
import { dynamoDbRequirements } from "./dynamodb-requirements.ts";
import { iamRequirements, passRoles, stsRequirements } from "./iam-requirements.ts";
import { actionOf, type CallPlace, type Input, type Requirement, text, texts } from "./requirement.ts";
import { s3Requirements } from "./s3-requirements.ts";

/** What the rules need of the world and of the call. */
export interface RequirementSource {
  iam: Iam;
  place: CallPlace;
  /** Whom an IAM call without UserName is about. */
  callerArn: string;
  /** The encryption headers with which a multipart upload was begun. */
  upload: (id: string) => Context;
}

/**
 * The permissions that a call needs, with their resources, by the Service Authorization Reference: every one of them must
 * be granted. Operations without resource-level permissions act on `*`.
 */
export function requirementsOf(
  source: RequirementSource,
  service: string,
  operation: string,
  input: Input,
): Requirement[] {
  const { place } = source;
  switch (service) {
    case "s3":
      return s3Requirements(operation, input, source.upload);
    case "iam":
      return iamRequirements(source.iam, operation, input, source.callerArn);
    case "sts":
      return stsRequirements(operation, input);
    case "dynamodb":
      return dynamoDbRequirements(place, operation, input);
    case "ecs":
      return ecsRequirements(place, operation, input);
    default: {
      const action = actionOf(service, operation);
      return resourcesOf(place, service, operation, input).map((resource) => ({ action, resource }));
    }
  }
}

const lastPart = (value: unknown) => (text(value) ?? "default").split("/").pop() ?? "";

function ecsRequirements(place: CallPlace, operation: string, input: Input): Requirement[] {
  const action = `ecs:${operation}`;
  const arn = (resource: string) => `arn:aws:ecs:${place.region}:${place.accountId}:${resource}`;
  const cluster = lastPart(input.cluster);
  const onCluster = { "ecs:cluster": arn(`cluster/${cluster}`) };
  const on = (kind: string, names: unknown[]) =>
    names.map((name) => ({ action, resource: arn(`${kind}/${cluster}/${lastPart(name)}`), context: onCluster }));
  if (operation === "RegisterTaskDefinition") {
    const resource = arn(`task-definition/${text(input.family) ?? ""}:*`);
    return [{ action, resource }, ...passRoles([input.taskRoleArn, input.executionRoleArn], "ecs-tasks.amazonaws.com")];
  }
  const services = text(input.service) === undefined ? texts(input.services) : [input.service];
  if (services.length > 0) return on("service", services);
  const tasks = text(input.task) === undefined ? texts(input.tasks) : [input.task];
  if (tasks.length > 0) return on("task", tasks);
  if (operation === "ListTasks") return on("container-instance", ["*"]);
  const clusters = texts(input.clusters);
  if (operation === "DescribeClusters") {
    return (clusters.length > 0 ? clusters : ["default"]).map((name) => ({
      action,
      resource: arn(`cluster/${lastPart(name)}`),
    }));
  }
  return [{ action, resource: text(input.resourceArn) ?? "*" }];
}

/** The ARNs that a call of one of the other services acts on. */
function resourcesOf({ accountId, region }: CallPlace, service: string, operation: string, input: Input): string[] {
  const arn = (resource: string, name = service) => `arn:aws:${name}:${region}:${accountId}:${resource}`;
  switch (service) {
    case "logs": {
      const group = text(input.logGroupName);
      if (group !== undefined) return [arn(`log-group:${group}:log-stream:`)];
      const groups = texts(input.logGroupIdentifiers);
      return groups.length > 0 ? groups : [text(input.logGroupIdentifier) ?? "*"];
    }
    case "sns":
      return [text(input.TopicArn) ?? text(input.ResourceArn) ?? (operation === "ListTopics" ? arn("*") : "*")];
    case "acm":
      return [text(input.CertificateArn) ?? (operation === "RequestCertificate" ? arn("certificate/*") : "*")];
    case "monitoring":
      return monitoringResources(operation, input, (resource) => arn(resource, "cloudwatch"));
    case "cloudtrail": {
      const trail = text(input.TrailName);
      if (trail === undefined) return ["*"];
      return [trail.startsWith("arn:") ? trail : arn(`trail/${trail}`)];
    }
    case "kms":
      return [operation === "CreateKey" ? "*" : kmsResource(text(input.KeyId), arn)];
    case "glue":
      return glueResources(input, arn);
    case "application-autoscaling":
      return [operation.startsWith("Describe") ? "*" : arn("scalable-target/*")];
    case "elasticloadbalancing":
      return [operation.startsWith("Describe") ? "*" : (elasticLoadBalancingArn(input) ?? "*")];
    case "ec2":
      return ec2Resources(operation, input, arn);
    default:
      return ["*"];
  }
}

function elasticLoadBalancingArn(input: Input): string | undefined {
  return text(input.TargetGroupArn) ?? text(input.LoadBalancerArn) ?? text(input.ListenerArn) ?? text(input.RuleArn);
}

function monitoringResources(operation: string, input: Input, arn: (resource: string) => string): string[] {
  if (!/Alarm/.test(operation)) return ["*"];
  const names = text(input.AlarmName) === undefined ? texts(input.AlarmNames) : [text(input.AlarmName) ?? ""];
  return (names.length > 0 ? names : ["*"]).map((name) => arn(`alarm:${name}`));
}

/** A key's ARN, also of one that is named by its id; a list of all aliases acts on no key. */
function kmsResource(named: string | undefined, arn: (resource: string) => string): string {
  if (named === undefined || named.startsWith("arn:")) return named ?? "*";
  return arn(named.startsWith("alias/") ? named : `key/${named}`);
}

/** Glue checks the catalog, the database and the table, each by itself (Glue developer guide, Data Catalog resource ARNs). */
function glueResources(input: Input, arn: (resource: string) => string): string[] {
  const tableInput = input.TableInput as Input | undefined;
  const database = text(input.DatabaseName) ?? text((input.DatabaseInput as Input | undefined)?.Name);
  const table =
    text(input.TableName) ?? text(tableInput?.Name) ?? (database === undefined ? undefined : text(input.Name));
  const ofDatabase = database ?? text(input.Name);
  return [
    arn("catalog"),
    ...(ofDatabase === undefined ? [] : [arn(`database/${ofDatabase}`)]),
    ...(database === undefined || table === undefined ? [] : [arn(`table/${database}/${table}`)]),
  ];
}

function ec2Resources(operation: string, input: Input, arn: (resource: string) => string): string[] {
  if (operation.startsWith("Describe")) return ["*"];
  const listId = text(input.PrefixListId);
  if (listId !== undefined) return [arn(`prefix-list/${listId}`)];
  const kinds: [string, unknown][] = [
    ["security-group", input.GroupId],
    ["vpc-endpoint", input.VpcEndpointId],
    ["network-interface", input.NetworkInterfaceId],
    ["route-table", input.RouteTableId],
    ["network-acl", input.NetworkAclId],
  ];
  const found = kinds.flatMap(([kind, id]) => (text(id) === undefined ? [] : [arn(`${kind}/${text(id)}`)]));
  return found.length > 0 ? found : ["*"];
}
