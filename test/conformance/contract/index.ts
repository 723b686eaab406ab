import type { ContractCase } from "../server.ts";
import { acm } from "./acm.ts";
import { applicationAutoScaling } from "./application-auto-scaling.ts";
import { cloudTrail } from "./cloudtrail.ts";
import { cloudWatch } from "./cloudwatch.ts";
import { dynamoDbItems } from "./dynamodb-items.ts";
import { dynamoDbReads } from "./dynamodb-reads.ts";
import { dynamoDbTables } from "./dynamodb-tables.ts";
import { ec2 } from "./ec2.ts";
import { ecs } from "./ecs.ts";
import { elasticLoadBalancing } from "./elastic-load-balancing.ts";
import { glue } from "./glue.ts";
import { iamIdentities } from "./iam-identities.ts";
import { iamPolicies } from "./iam-policies.ts";
import { kms } from "./kms.ts";
import { lakeFormation } from "./lake-formation.ts";
import { logs } from "./logs.ts";
import { s3Buckets } from "./s3-buckets.ts";
import { s3Objects } from "./s3-objects.ts";
import { s3Versions } from "./s3-versions.ts";
import { sns } from "./sns.ts";
import { sts } from "./sts.ts";
import { tagging } from "./tagging.ts";

/** The contract: what holds at AWS, at the simulator and, but for MOTO_GAPS, at moto. */
export const contractCases: ContractCase[] = [
  ...iamIdentities,
  ...iamPolicies,
  ...sts,
  ...ecs,
  ...elasticLoadBalancing,
  ...cloudWatch,
  ...logs,
  ...applicationAutoScaling,
  ...cloudTrail,
  ...s3Buckets,
  ...s3Objects,
  ...s3Versions,
  ...dynamoDbTables,
  ...dynamoDbItems,
  ...dynamoDbReads,
  ...ec2,
  ...glue,
  ...lakeFormation,
  ...sns,
  ...acm,
  ...tagging,
  ...kms,
];
