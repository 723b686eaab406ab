import { ACM } from "@aws-sdk/client-acm";
import { ApplicationAutoScaling } from "@aws-sdk/client-application-auto-scaling";
import { CloudTrail } from "@aws-sdk/client-cloudtrail";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { EC2 } from "@aws-sdk/client-ec2";
import { ECS } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { Glue } from "@aws-sdk/client-glue";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { LakeFormation } from "@aws-sdk/client-lakeformation";
import { ResourceGroupsTaggingAPI } from "@aws-sdk/client-resource-groups-tagging-api";
import { S3 } from "@aws-sdk/client-s3";
import { SNS } from "@aws-sdk/client-sns";
import { STS } from "@aws-sdk/client-sts";

export interface Caller {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export type Clients = ReturnType<typeof clientsOf>;

/** The unmodified SDK clients of a server. One attempt: a refusal is a result here, not something to try again. */
export function clientsOf(endpoint: string, region: string, credentials: Caller) {
  const configuration = {
    endpoint,
    region,
    credentials,
    maxAttempts: 1,
    disableHostPrefix: true,
    disableClockSkewCorrection: true,
  };
  return {
    acm: new ACM(configuration),
    cloudtrail: new CloudTrail(configuration),
    cloudwatch: new CloudWatch(configuration),
    dynamodb: new DynamoDB(configuration),
    ec2: new EC2(configuration),
    ecs: new ECS(configuration),
    elb: new ElasticLoadBalancingV2(configuration),
    glue: new Glue(configuration),
    iam: new IAM(configuration),
    kms: new KMS(configuration),
    lakeFormation: new LakeFormation(configuration),
    logs: new CloudWatchLogs(configuration),
    s3: new S3({ ...configuration, forcePathStyle: true }),
    scaling: new ApplicationAutoScaling(configuration),
    sns: new SNS(configuration),
    sts: new STS(configuration),
    tagging: new ResourceGroupsTaggingAPI(configuration),
  };
}
