export type Access = "read" | "write";

export interface Operation {
  access: Access;
  /** The IAM actions that the call needs. */
  iamActions: string[];
  /** Calls per second that we allow ourselves, per account and region. */
  ratePerSecond: number;
  /** Tells people something: nothing in AWS depends on it, so it goes out also while AWS does not say who we are. */
  tellsPeople?: true;
  /** Attempts of a read that gets no answer, the first included; left out: the layer's own number. */
  attempts?: number;
}

/** Where AWS documents no number, or one far above what a cockpit needs. */
const DEFAULT_RATE_PER_SECOND = 10;

const read = (iamActions: string | string[], ratePerSecond = DEFAULT_RATE_PER_SECOND): Operation => ({
  access: "read",
  iamActions: [iamActions].flat(),
  ratePerSecond,
});
const write = (iamActions: string | string[], ratePerSecond = DEFAULT_RATE_PER_SECOND): Operation => ({
  access: "write",
  iamActions: [iamActions].flat(),
  ratePerSecond,
});

/** Nothing of AWS is asked: who may run docker on its host decides. */
const NO_IAM_ACTION: string[] = [];

/** To people, by services beside AWS; at most as often as those allow. */
const message = (ratePerSecond: number): Operation => ({ ...write(NO_IAM_ACTION, ratePerSecond), tellsPeople: true });

/**
 * Every operation that the program may send, by `service:Operation`. The read-only gate is an allow-list over it: what is not here as
 * a read is refused. Rates come from AWS's documentation of service quotas: CloudTrail LookupEvents 2/s, CloudWatch Logs
 * FilterLogEvents 5/s (25 in some regions), CloudWatch DescribeAlarms 9/s and GetMetricData 50/s, ECS reads 20/s sustained. Slack
 * documents one message a second and channel; PagerDuty 120 events a minute and key.
 */
const operations: Record<string, Operation> = {
  "acm:DeleteCertificate": write("acm:DeleteCertificate"),
  "acm:DescribeCertificate": read("acm:DescribeCertificate"),
  "acm:RequestCertificate": write("acm:RequestCertificate"),
  "acm:ResendValidationEmail": write("acm:ResendValidationEmail"),
  "application-autoscaling:DeregisterScalableTarget": write("application-autoscaling:DeregisterScalableTarget"),
  "application-autoscaling:DescribeScalableTargets": read("application-autoscaling:DescribeScalableTargets"),
  "application-autoscaling:DescribeScalingActivities": read("application-autoscaling:DescribeScalingActivities"),
  "application-autoscaling:DescribeScalingPolicies": read("application-autoscaling:DescribeScalingPolicies"),
  "application-autoscaling:DescribeScheduledActions": read("application-autoscaling:DescribeScheduledActions"),
  "application-autoscaling:PutScalingPolicy": write("application-autoscaling:PutScalingPolicy"),
  "application-autoscaling:RegisterScalableTarget": write("application-autoscaling:RegisterScalableTarget"),
  "cloudtrail:DescribeTrails": read("cloudtrail:DescribeTrails"),
  "cloudtrail:GetEventSelectors": read("cloudtrail:GetEventSelectors"),
  "cloudtrail:ListPublicKeys": read("cloudtrail:ListPublicKeys"),
  "cloudtrail:LookupEvents": read("cloudtrail:LookupEvents", 2),
  "cloudwatch:DescribeAlarmHistory": read("cloudwatch:DescribeAlarmHistory"),
  "cloudwatch:DescribeAlarms": read("cloudwatch:DescribeAlarms", 9),
  "cloudwatch:GetMetricData": read("cloudwatch:GetMetricData", 50),
  "dynamodb:DeleteItem": write("dynamodb:DeleteItem"),
  "docker:ComposeDown": write(NO_IAM_ACTION),
  "docker:ComposeHash": read(NO_IAM_ACTION),
  "docker:ComposeLs": read(NO_IAM_ACTION),
  "docker:ComposePause": write(NO_IAM_ACTION),
  "docker:ComposePs": read(NO_IAM_ACTION),
  "docker:ComposePull": write(NO_IAM_ACTION),
  "docker:ComposeStart": write(NO_IAM_ACTION),
  "docker:ComposeStop": write(NO_IAM_ACTION),
  "docker:ComposeUnpause": write(NO_IAM_ACTION),
  "docker:ComposeUp": write(NO_IAM_ACTION),
  "docker:Events": read(NO_IAM_ACTION),
  "docker:Inspect": read(NO_IAM_ACTION),
  "docker:Logs": read(NO_IAM_ACTION),
  "docker:Pause": write(NO_IAM_ACTION),
  "docker:Start": write(NO_IAM_ACTION),
  "docker:Tag": write(NO_IAM_ACTION),
  "docker:Unpause": write(NO_IAM_ACTION),
  "dynamodb:DescribeContinuousBackups": read("dynamodb:DescribeContinuousBackups"),
  "dynamodb:DescribeTable": read("dynamodb:DescribeTable"),
  "dynamodb:DescribeTimeToLive": read("dynamodb:DescribeTimeToLive"),
  "dynamodb:GetItem": read("dynamodb:GetItem"),
  "dynamodb:ListTagsOfResource": read("dynamodb:ListTagsOfResource"),
  // Restoring reads the source's backups and writes the new table (DynamoDB developer guide, IAM permissions to restore a table).
  "dynamodb:RestoreTableToPointInTime": write([
    "dynamodb:RestoreTableToPointInTime",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
  ]),
  "dynamodb:Scan": read("dynamodb:Scan"),
  "dynamodb:TagResource": write("dynamodb:TagResource"),
  "dynamodb:UpdateContinuousBackups": write("dynamodb:UpdateContinuousBackups"),
  "dynamodb:UpdateTable": write("dynamodb:UpdateTable"),
  "dynamodb:UpdateTimeToLive": write("dynamodb:UpdateTimeToLive"),
  "ec2:AuthorizeSecurityGroupEgress": write("ec2:AuthorizeSecurityGroupEgress"),
  "ec2:AuthorizeSecurityGroupIngress": write("ec2:AuthorizeSecurityGroupIngress"),
  "dynamodb:PutItem": write("dynamodb:PutItem"),
  "ec2:DescribeNetworkAcls": read("ec2:DescribeNetworkAcls"),
  "ec2:DescribeNetworkInterfaces": read("ec2:DescribeNetworkInterfaces"),
  "ec2:DescribeRouteTables": read("ec2:DescribeRouteTables"),
  "ec2:DescribeSecurityGroups": read("ec2:DescribeSecurityGroups"),
  "ec2:DescribeSubnets": read("ec2:DescribeSubnets"),
  "ec2:DescribeVpcEndpoints": read("ec2:DescribeVpcEndpoints"),
  "ec2:DescribeVpcs": read("ec2:DescribeVpcs"),
  "ec2:GetManagedPrefixListEntries": read("ec2:GetManagedPrefixListEntries"),
  "ec2:ModifyVpcEndpoint": write("ec2:ModifyVpcEndpoint"),
  "ec2:RevokeSecurityGroupEgress": write("ec2:RevokeSecurityGroupEgress"),
  "ec2:RevokeSecurityGroupIngress": write("ec2:RevokeSecurityGroupIngress"),
  "ecs:DescribeClusters": read("ecs:DescribeClusters", 20),
  "ecs:DescribeServices": read("ecs:DescribeServices", 20),
  "ecs:DescribeTaskDefinition": read("ecs:DescribeTaskDefinition", 20),
  "ecs:DescribeTasks": read("ecs:DescribeTasks", 20),
  "ecs:ListServices": read("ecs:ListServices", 20),
  "ecs:ListTasks": read("ecs:ListTasks", 20),
  "ecs:RegisterTaskDefinition": write(["ecs:RegisterTaskDefinition", "iam:PassRole"]),
  "ecs:UpdateService": write("ecs:UpdateService"),
  "elbv2:DescribeListeners": read("elasticloadbalancing:DescribeListeners"),
  "elbv2:DescribeLoadBalancers": read("elasticloadbalancing:DescribeLoadBalancers"),
  "elbv2:DescribeTargetGroups": read("elasticloadbalancing:DescribeTargetGroups"),
  "elbv2:DescribeTargetHealth": read("elasticloadbalancing:DescribeTargetHealth"),
  "glue:GetDatabases": read("glue:GetDatabases"),
  "glue:GetTable": read("glue:GetTable"),
  "glue:GetTables": read("glue:GetTables"),
  "glue:UpdateTable": write("glue:UpdateTable"),
  "iam:CreateAccessKey": write("iam:CreateAccessKey"),
  "iam:DeleteAccessKey": write("iam:DeleteAccessKey"),
  "iam:DeleteRolePolicy": write("iam:DeleteRolePolicy"),
  "iam:GetAccessKeyLastUsed": read("iam:GetAccessKeyLastUsed"),
  "iam:GetGroupPolicy": read("iam:GetGroupPolicy"),
  "iam:GetLoginProfile": read("iam:GetLoginProfile"),
  "iam:GetPolicy": read("iam:GetPolicy"),
  "iam:GetPolicyVersion": read("iam:GetPolicyVersion"),
  "iam:GetRole": read("iam:GetRole"),
  "iam:GetRolePolicy": read("iam:GetRolePolicy"),
  "iam:GetUser": read("iam:GetUser"),
  "iam:GetUserPolicy": read("iam:GetUserPolicy"),
  "iam:ListAccessKeys": read("iam:ListAccessKeys"),
  "iam:ListAccountAliases": read("iam:ListAccountAliases"),
  "iam:ListAttachedGroupPolicies": read("iam:ListAttachedGroupPolicies"),
  "iam:ListAttachedRolePolicies": read("iam:ListAttachedRolePolicies"),
  "iam:ListAttachedUserPolicies": read("iam:ListAttachedUserPolicies"),
  "iam:ListGroupPolicies": read("iam:ListGroupPolicies"),
  "iam:ListGroupsForUser": read("iam:ListGroupsForUser"),
  "iam:ListMFADevices": read("iam:ListMFADevices"),
  "iam:ListRolePolicies": read("iam:ListRolePolicies"),
  "iam:ListUserPolicies": read("iam:ListUserPolicies"),
  "iam:ListUsers": read("iam:ListUsers"),
  "iam:PutRolePolicy": write("iam:PutRolePolicy"),
  "iam:SimulatePrincipalPolicy": read("iam:SimulatePrincipalPolicy"),
  "iam:UpdateAccessKey": write("iam:UpdateAccessKey"),
  "kms:CancelKeyDeletion": write("kms:CancelKeyDeletion"),
  "kms:DescribeKey": read("kms:DescribeKey"),
  "kms:DisableKey": write("kms:DisableKey"),
  "kms:EnableKey": write("kms:EnableKey"),
  "kms:GetKeyPolicy": read("kms:GetKeyPolicy"),
  "kms:ListGrants": read("kms:ListGrants"),
  "lakeformation:GrantPermissions": write("lakeformation:GrantPermissions"),
  "lakeformation:ListPermissions": read("lakeformation:ListPermissions"),
  "lakeformation:RevokePermissions": write("lakeformation:RevokePermissions"),
  "logs:DescribeLogGroups": read("logs:DescribeLogGroups"),
  "logs:FilterLogEvents": read("logs:FilterLogEvents", 5),
  "logs:StartLiveTail": read("logs:StartLiveTail", 3),
  "nessie:AssignReference": write([]),
  "pagerduty:Enqueue": message(2),
  "nessie:Commit": write([]),
  "nessie:CreateReference": write([]),
  "nessie:GetContent": { ...read([]), attempts: 2 },
  "nessie:GetEntries": { ...read([]), attempts: 2 },
  "nessie:GetHistory": { ...read([]), attempts: 2 },
  "nessie:GetReference": { ...read([]), attempts: 1 },
  "resourcegroupstaggingapi:GetResources": read("tag:GetResources"),
  "s3:AbortMultipartUpload": write("s3:AbortMultipartUpload", 100),
  "s3:CompleteMultipartUpload": write("s3:PutObject", 100),
  "s3:CopyObject": write(
    [
      "s3:GetObject",
      "s3:GetObjectVersion",
      "s3:GetObjectTagging",
      "s3:GetObjectVersionTagging",
      "s3:PutObject",
      "s3:PutObjectTagging",
    ],
    100,
  ),
  "s3:CreateMultipartUpload": write(["s3:PutObject", "s3:PutObjectTagging"], 100),
  "s3:DeleteBucketPolicy": write("s3:DeleteBucketPolicy"),
  // On condition of an ETag S3 asks for the permission to read, too.
  "s3:DeleteObject": write(["s3:DeleteObject", "s3:GetObject"]),
  // Only delete markers by their version, and markers on condition of an ETag as the undo of a restore (version-guard.ts).
  "s3:DeleteObjects": write(["s3:DeleteObjectVersion", "s3:DeleteObject", "s3:GetObject"]),
  "s3:GetBucketEncryption": read("s3:GetEncryptionConfiguration"),
  "s3:GetBucketLifecycleConfiguration": read("s3:GetLifecycleConfiguration"),
  "s3:GetBucketOwnershipControls": read("s3:GetBucketOwnershipControls"),
  "s3:GetBucketPolicy": read("s3:GetBucketPolicy"),
  "s3:GetBucketReplication": read("s3:GetReplicationConfiguration"),
  "s3:GetBucketTagging": read("s3:GetBucketTagging"),
  "s3:GetBucketVersioning": read("s3:GetBucketVersioning"),
  "s3:GetObject": read(["s3:GetObject", "s3:GetObjectVersion"], 100),
  "s3:GetObjectLockConfiguration": read("s3:GetBucketObjectLockConfiguration"),
  "s3:GetObjectTagging": read(["s3:GetObjectTagging", "s3:GetObjectVersionTagging"], 100),
  "s3:GetPublicAccessBlock": read("s3:GetBucketPublicAccessBlock"),
  "s3:HeadBucket": read("s3:ListBucket"),
  "s3:HeadObject": read(["s3:GetObject", "s3:GetObjectVersion"], 100),
  "s3:ListObjectVersions": read("s3:ListBucketVersions", 100),
  "s3:ListObjectsV2": read("s3:ListBucket", 100),
  "s3:PutBucketLifecycleConfiguration": write("s3:PutLifecycleConfiguration"),
  "s3:PutBucketPolicy": write("s3:PutBucketPolicy"),
  "slack:ChatPostMessage": message(1),
  "slack:ConversationsCreate": message(1),
  "slack:ConversationsInvite": message(1),
  "slack:ConversationsSetTopic": message(1),
  "slack:PostWebhook": message(1),
  "s3:PutObject": write("s3:PutObject", 100),
  "s3:UploadPart": write("s3:PutObject", 100),
  "s3:UploadPartCopy": write(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], 100),
  "sns:GetSubscriptionAttributes": read("sns:GetSubscriptionAttributes"),
  "sns:ListSubscriptionsByTopic": read("sns:ListSubscriptionsByTopic"),
  "sns:Publish": write("sns:Publish"),
  "sns:Subscribe": write("sns:Subscribe"),
  "sns:Unsubscribe": write("sns:Unsubscribe"),
  "sts:GetCallerIdentity": read([], 50),
  // No permission is asked for (STS API reference, GetSessionToken).
  "sts:GetSessionToken": write([]),
};

/** The operation, or undefined for one that the program does not know: it counts as a mutation. */
export function operationOf(service: string, operation: string): Operation | undefined {
  return operations[`${service}:${operation}`];
}

/** All operations, `service:Operation`, sorted. */
export function knownOperations(): string[] {
  return Object.keys(operations).sort();
}
