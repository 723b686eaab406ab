import { describe, expect, test } from "vitest";
import type { Failure } from "../../../src/base/failure.ts";
import { dataEventsOf } from "../../../src/diagnosis/sources/data-events.ts";

const RECORD = {
  eventTime: "2026-11-23T02:39:08Z",
  eventName: "PutObject",
  userIdentity: {
    arn: "arn:aws:sts::111122223333:assumed-role/task/4f1c",
    accessKeyId: "ASIA1",
    sessionContext: { sessionIssuer: { arn: "arn:aws:iam::111122223333:role/path/task" } },
  },
  sourceIPAddress: "10.0.11.5",
  userAgent: "[Boto3/1.35]",
  errorCode: "AccessDenied",
  errorMessage: "no\u001b[31m",
  requestParameters: { bucketName: "b", key: "a/b.parquet", "x-amz-server-side-encryption": "aws:kms" },
  vpcEndpointId: "vpce-1",
  managementEvent: false,
};

describe("a log file of CloudTrail", () => {
  test("a call on an object, its texts made safe", () => {
    expect(dataEventsOf(JSON.stringify({ Records: [RECORD] }), "f")).toEqual([
      {
        atMs: Date.UTC(2026, 10, 23, 2, 39, 8),
        name: "PutObject",
        arn: "arn:aws:sts::111122223333:assumed-role/task/4f1c",
        roleArn: "arn:aws:iam::111122223333:role/path/task",
        by: "task/4f1c",
        accessKeyId: "ASIA1",
        sourceAddress: "10.0.11.5",
        userAgent: "Boto3/1.35",
        bucket: "b",
        key: "a/b.parquet",
        encryption: "aws:kms",
        vpcEndpointId: "vpce-1",
        errorCode: "AccessDenied",
        errorMessage: "no",
      },
    ]);
  });

  test("management events are not its matter; what is not there is left out", () => {
    const bare = { eventTime: "2026-11-23T02:39:08Z", eventName: "DeleteObjects", requestParameters: null };
    const events = dataEventsOf(JSON.stringify({ Records: [{ ...RECORD, managementEvent: true }, bare] }), "f");
    expect(events).toHaveLength(1);
    expect(events[0]).not.toHaveProperty("key");
    expect(events[0]).not.toHaveProperty("encryption");
    expect(dataEventsOf("{}", "f")).toEqual([]);
  });

  test("a file that is none is a Failure that names it", () => {
    expect(() => dataEventsOf("not json", "AWSLogs/x.json.gz")).toThrow(
      expect.objectContaining({ detail: expect.objectContaining({ what: "AWSLogs/x.json.gz" }) }) as Failure,
    );
  });
});
