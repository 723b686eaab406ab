import { describe, expect, test } from "vitest";
import { type DenialText, denialText } from "../../../src/diagnosis/access/denial-text.ts";

const WHO = "arn:aws:sts::111122223333:assumed-role/lakehouse-prod-dagster-task/4f1c";
const OBJECT = "arn:aws:s3:::lakehouse-prod-lakehouse/lakehouse/orders/data/a.parquet";
const base = { principal: WHO, action: "s3:PutObject", resource: OBJECT };
const text = (because: string) =>
  `User: ${WHO} is not authorized to perform: s3:PutObject on resource: "${OBJECT}" ${because}`;

const KEY = "arn:aws:kms:us-east-1:111122223333:key/0b7d1e52-4c3a-4f7e-9a61-6a2f0d1c8e35";
const failed = (code: string, operation: string, why: string) =>
  `botocore.exceptions.ClientError: An error occurred (${code}) when calling the ${operation} operation: ${KEY} ${why}`;

describe("AWS's words of a refusal", () => {
  test.each<[string, string, DenialText | undefined]>([
    [
      "a disabled key, in a log",
      failed("KMS.DisabledException", "PutObject", "is disabled."),
      { action: "kms:GenerateDataKey", resource: KEY, layer: "kms-key", explicit: false },
    ],
    [
      "a key that is pending deletion, in a log",
      failed("KMS.KMSInvalidStateException", "GetObject", "is pending deletion."),
      { action: "kms:Decrypt", resource: KEY, layer: "kms-key", explicit: false },
    ],
    ["the same in a data event", `${KEY} is disabled.`, { resource: KEY, layer: "kms-key", explicit: false }],
    ["a key that somebody talks about", `INFO uses ${KEY} for uploads`, undefined],
    [
      "bucket policy",
      text("with an explicit deny in a resource-based policy"),
      { ...base, layer: "resource", explicit: true },
    ],
    [
      "identity policy",
      text("because no identity-based policy allows the s3:PutObject action"),
      { ...base, layer: "identity", explicit: false },
    ],
    [
      "identity deny",
      text("with an explicit deny in an identity-based policy"),
      { ...base, layer: "identity", explicit: true },
    ],
    [
      "endpoint",
      text("because no VPC endpoint policy allows the s3:PutObject action"),
      { ...base, layer: "endpoint", explicit: false },
    ],
    [
      "boundary",
      text("because no permissions boundary allows the s3:PutObject action"),
      { ...base, layer: "boundary", explicit: false },
    ],
    [
      "session",
      text("because no session policy allows the s3:PutObject action"),
      { ...base, layer: "session", explicit: false },
    ],
    [
      "service control policy",
      text("with an explicit deny in a service control policy"),
      { ...base, layer: "service-control", explicit: true },
    ],
    [
      "resource control policy",
      text("with an explicit deny in a resource control policy"),
      { ...base, layer: "resource-control", explicit: true },
    ],
    ["without a reason", text("").trim(), base],
    [
      "inside a traceback",
      `botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the PutObject operation: ${text("with an explicit deny in a resource-based policy")}`,
      { ...base, layer: "resource", explicit: true },
    ],
    [
      "an action without a resource",
      `User: ${WHO} is not authorized to perform: kms:GenerateDataKey because no identity-based policy allows the kms:GenerateDataKey action`,
      { principal: WHO, action: "kms:GenerateDataKey", layer: "identity", explicit: false },
    ],
    [
      "Lake Formation",
      "botocore.errorfactory.AccessDeniedException: An error occurred (AccessDeniedException) when calling the GetTable operation: Insufficient Lake Formation permission(s): Required Describe on event_stream",
      {
        action: "glue:GetTable",
        layer: "lake-formation",
        explicit: false,
        lakeFormation: { permissions: ["Describe"], on: "event_stream" },
      },
    ],
    [
      "Lake Formation, several",
      "Insufficient Lake Formation permission(s): Required Alter, Insert on orders",
      { layer: "lake-formation", explicit: false, lakeFormation: { permissions: ["Alter", "Insert"], on: "orders" } },
    ],
    ["S3 of another account", "Access Denied", undefined],
    ["nothing of the kind", "Writing to Iceberg table: lakehouse.orders", undefined],
  ])("%s", (_name, given, expected) => {
    expect(denialText(given)).toEqual(expected);
  });
});
