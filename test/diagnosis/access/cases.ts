import type { DeniedCall, DeniedCalls } from "../../../src/diagnosis/access/denied-calls.ts";
import type { S3Endpoint } from "../../../src/diagnosis/access/network-facts.ts";
import type { Subject, Subjects } from "../../../src/diagnosis/access/subjects.ts";
import type { Workload } from "../../../src/diagnosis/access/workloads.ts";
import { parsePolicy } from "../../../src/policy/document.ts";
import { ago } from "../facts.ts";

// Facts for table tests of the ladder of S3 403.

export const BUCKET = "lakehouse-prod-lakehouse";
export const ROLE = "lakehouse-prod-dagster-task";
export const ROLE_ARN = `arn:aws:iam::111122223333:role/${ROLE}`;
const OBJECTS = `arn:aws:s3:::${BUCKET}/*`;

export interface StatementText {
  [member: string]: unknown;
}

export const policyText = (...Statement: StatementText[]) => JSON.stringify({ Version: "2012-10-17", Statement });

/** The Terraform template's two statements. */
export const TEMPLATE: StatementText[] = [
  {
    Sid: "DenyInsecureTransport",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [`arn:aws:s3:::${BUCKET}`, OBJECTS],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  },
  {
    Sid: "DenyUnencryptedPuts",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: OBJECTS,
    Condition: { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } },
  },
];

export const deny = (change: StatementText = {}): StatementText => ({
  Sid: "DenyOthers",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: OBJECTS,
  ...change,
});

export const ALLOW: StatementText = {
  Sid: "ReadWrite",
  Effect: "Allow",
  Action: ["s3:GetObject", "s3:PutObject"],
  Resource: OBJECTS,
};

export function subject(statements: StatementText[] = [ALLOW], change: Partial<Subject> = {}): Subject {
  const text = policyText(...statements);
  return {
    kind: "role",
    name: ROLE,
    arn: ROLE_ARN,
    accountId: "111122223333",
    uniqueId: "AROAEXAMPLE",
    identity: statements.length > 0 ? [parsePolicy(text, "lakehouse-access", "identity")] : [],
    inline: statements.length > 0 ? { "lakehouse-access": text } : {},
    attached: [],
    unreadable: [],
    ...change,
  };
}

export const subjects = (...known: Subject[]): Subjects => ({ known, unknown: [], assumed: false });

/** Nobody was refused: Dagster's role is looked at. */
export const assumed = (...known: Subject[]): Subjects => ({ known, unknown: [], assumed: true });

export function call(change: Partial<DeniedCall> = {}): DeniedCall {
  return {
    arn: `arn:aws:sts::111122223333:assumed-role/${ROLE}/4f1c`,
    roleArn: ROLE_ARN,
    by: `${ROLE}/4f1c`,
    action: "s3:GetObject",
    resource: `arn:aws:s3:::${BUCKET}/lakehouse/orders/data/a.parquet`,
    firstMs: ago(9),
    lastMs: ago(2),
    count: 3,
    from: "data event",
    ...change,
  };
}

export const denied = (...calls: DeniedCall[]): DeniedCalls => ({ calls, looked: ["the data events"], unread: [] });

export const endpoint = (...statements: StatementText[]): S3Endpoint => ({
  id: "vpce-0a1",
  vpcId: "vpc-1",
  type: "Gateway",
  policy: policyText(...statements),
  subnets: ["subnet-a"],
});

export const workload = (change: Partial<Workload> = {}): Workload => ({
  cluster: "lakehouse-prod-dagster",
  service: "dagster-daemon",
  roleArn: ROLE_ARN,
  subnets: ["subnet-a"],
  sinceMs: ago(60 * 24),
  ...change,
});
