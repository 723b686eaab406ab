import type { WireCall } from "../wire/types.ts";
import { arn, type Names } from "./names.ts";

type Input = Record<string, unknown>;

const short = (value: unknown) =>
  String(value ?? "default")
    .split("/")
    .pop() ?? "";

/** The ARN that an AccessDenied message names for a call; `*` for operations without resource-level permissions. */
export function resourceArn(names: Names, call: WireCall, input: Input): string {
  if (call.service === "s3" && typeof input.Bucket === "string") {
    return `arn:aws:s3:::${input.Bucket}${typeof input.Key === "string" ? `/${input.Key}` : ""}`;
  }
  if (call.service === "logs" && typeof input.logGroupName === "string") {
    return arn(names, "logs", `log-group:${input.logGroupName}:log-stream:`);
  }
  if (call.service === "dynamodb" && typeof input.TableName === "string") {
    return arn(names, "dynamodb", `table/${short(input.TableName)}`);
  }
  if (call.service !== "ecs") return "*";
  const service = input.service ?? (Array.isArray(input.services) ? input.services[0] : undefined);
  if (service !== undefined) return arn(names, "ecs", `service/${short(input.cluster)}/${short(service)}`);
  const task = input.task ?? (Array.isArray(input.tasks) ? input.tasks[0] : undefined);
  if (task !== undefined) return arn(names, "ecs", `task/${short(input.cluster)}/${short(task)}`);
  return "*";
}

/** The resources that CloudTrail lists beside an event, so that LookupEvents by ResourceName finds it. */
export function trailResources(call: WireCall, input: Input): { ResourceType: string; ResourceName: string }[] {
  const found: { ResourceType: string; ResourceName: string }[] = [];
  const add = (ResourceType: string, value: unknown) => {
    if (typeof value === "string") found.push({ ResourceType, ResourceName: value });
  };
  if (call.service === "ecs") {
    add("AWS::ECS::Service", input.service);
    add("AWS::ECS::Cluster", input.cluster);
    add("AWS::ECS::Task", input.task);
  }
  if (call.service === "application-autoscaling") add("AWS::ApplicationAutoScaling::ScalableTarget", input.ResourceId);
  if (call.service === "dynamodb") {
    for (const name of ["TableName", "SourceTableName", "TargetTableName"]) add("AWS::DynamoDB::Table", input[name]);
  }
  if (call.service === "s3") add("AWS::S3::Bucket", input.Bucket);
  return found;
}
