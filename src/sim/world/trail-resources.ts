import type { WireCall } from "../wire/types.ts";

/** The resources that CloudTrail lists beside an event, so that LookupEvents by ResourceName finds it. */
export function trailResources(
  call: WireCall,
  input: Record<string, unknown>,
): { ResourceType: string; ResourceName: string }[] {
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
  if (call.service === "ec2") {
    add("AWS::EC2::SecurityGroup", input.GroupId);
    add("AWS::EC2::NetworkAcl", input.NetworkAclId);
  }
  if (call.service === "kms") add("AWS::KMS::Key", input.KeyId);
  if (call.service === "s3") add("AWS::S3::Bucket", input.Bucket);
  if (call.service === "iam") {
    add("AWS::IAM::User", input.UserName);
    add("AWS::IAM::Role", input.RoleName);
    add("AWS::IAM::Policy", input.PolicyArn);
    add("AWS::IAM::AccessKey", input.AccessKeyId);
  }
  if (call.service === "sts") add("AWS::IAM::Role", input.RoleArn);
  return found;
}
