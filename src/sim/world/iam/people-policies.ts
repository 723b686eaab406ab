import { arn, type Names } from "../names.ts";

/** A trust policy that lets this principal assume the role. */
export function trustOf(principal: object, condition?: object): object {
  const statement = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" };
  return document(condition ? { ...statement, Condition: condition } : statement);
}

/** ECS tasks take on the role. */
export function executionTrust(): object {
  return trustOf({ Service: "ecs-tasks.amazonaws.com" });
}

/** The pipeline's token of an OpenID Connect provider takes on the role. */
export function pipelineTrust(names: Names): object {
  return document({
    Effect: "Allow",
    Principal: { Federated: `arn:aws:iam::${names.accountId}:oidc-provider/token.actions.githubusercontent.com` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" } },
  });
}

/** Everything that the on-call runbook asks for: whole services of the lakehouse, and the identities behind them. */
export function operationsPolicy(): object {
  const services = [
    "acm",
    "application-autoscaling",
    "athena",
    "autoscaling",
    "cloudtrail",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "elasticloadbalancing",
    "events",
    "glue",
    "iam",
    "kms",
    "lakeformation",
    "logs",
    "resource-groups",
    "route53",
    "s3",
    "servicequotas",
    "sns",
    "ssm",
    "sts",
    "tag",
  ];
  return document({
    Sid: "Operate",
    Effect: "Allow",
    Action: services.map((service) => `${service}:*`),
    Resource: "*",
  });
}

/** Nessie keeps its version store in DynamoDB: in tables whose names begin with the template's. */
export function nessieTaskPolicy(names: Names): object {
  return document({
    Sid: "VersionStore",
    Effect: "Allow",
    Action: [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:CreateTable",
      "dynamodb:DeleteItem",
      "dynamodb:DescribeTable",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:Scan",
      "dynamodb:UpdateItem",
    ],
    Resource: [arn(names, "dynamodb", `table/${names.table}`), arn(names, "dynamodb", `table/${names.table}*`)],
  });
}

/** Dagster reads and writes tables in the lakehouse, uses the catalog and logs. */
export function dagsterTaskPolicy(names: Names): object {
  const database = names.prefix.replaceAll("-", "_");
  return document(
    bucketAccess("ListLakehouse", ["s3:ListBucket", "s3:GetBucketLocation"], `arn:aws:s3:::${names.lakehouseBucket}`),
    bucketAccess(
      "ReadWriteLakehouse",
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      `arn:aws:s3:::${names.lakehouseBucket}/*`,
    ),
    {
      Sid: "Catalog",
      Effect: "Allow",
      Action: ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable"],
      Resource: [
        arn(names, "glue", "catalog"),
        arn(names, "glue", `database/${database}`),
        arn(names, "glue", `table/${database}/*`),
      ],
    },
    {
      Sid: "NessieTables",
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      Resource: arn(names, "dynamodb", `table/${names.table}*`),
    },
    { Sid: "LakeFormation", Effect: "Allow", Action: "lakeformation:GetDataAccess", Resource: "*" },
    { Sid: "Alerts", Effect: "Allow", Action: "sns:Publish", Resource: arn(names, "sns", names.alertTopic) },
    { Sid: "Keys", Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*" },
    {
      Sid: "Logs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: arn(names, "logs", "log-group:*"),
    },
  );
}

/** Reads and writes objects of the lakehouse bucket. */
export function objectAccessPolicy(names: Names): object {
  return document(
    bucketAccess("List", ["s3:ListBucket"], `arn:aws:s3:::${names.lakehouseBucket}`),
    bucketAccess("Objects", ["s3:GetObject", "s3:PutObject"], `arn:aws:s3:::${names.lakehouseBucket}/*`),
  );
}

function bucketAccess(Sid: string, Action: string[], Resource: string): object {
  return { Sid, Effect: "Allow", Action, Resource };
}

function document(...Statement: object[]): object {
  return { Version: "2012-10-17", Statement };
}
