import type { AwsError } from "../../wire/aws-error.ts";
import { type TrailDraft, userIdentity } from "../trail.ts";

type Members = Record<string, unknown>;

/** A call on objects, as CloudTrail hears of it. */
export interface DataCall {
  /** CloudTrail's name of the operation. */
  name: string;
  reads: boolean;
  bucket: string;
  bucketAccountId: string;
  region: string;
  /** ms since the Unix epoch. */
  atMs: number;
  requestId: string;
  userAgent: string;
  sourceAddress: string;
  by: TrailDraft["by"];
  input: Members;
  output: Members | undefined;
  error: Pick<AwsError, "code" | "message"> | undefined;
}

/** Members of a request by the names under which CloudTrail shows them. */
const REQUEST_NAMES: Record<string, string> = {
  Key: "key",
  VersionId: "versionId",
  CopySource: "x-amz-copy-source",
  Prefix: "prefix",
  Delimiter: "delimiter",
  MaxKeys: "max-keys",
  StartAfter: "start-after",
  Marker: "marker",
  KeyMarker: "key-marker",
  VersionIdMarker: "version-id-marker",
  UploadId: "uploadId",
  PartNumber: "partNumber",
  Range: "range",
  ServerSideEncryption: "x-amz-server-side-encryption",
  SSEKMSKeyId: "x-amz-server-side-encryption-aws-kms-key-id",
};

const RESPONSE_NAMES: Record<string, string> = {
  VersionId: "x-amz-version-id",
  DeleteMarker: "x-amz-delete-marker",
  CopySourceVersionId: "x-amz-copy-source-version-id",
  ServerSideEncryption: "x-amz-server-side-encryption",
  SSEKMSKeyId: "x-amz-server-side-encryption-aws-kms-key-id",
};

function renamed(members: Members, names: Record<string, string>): Members {
  return Object.fromEntries(
    Object.entries(names).flatMap(([from, to]) => (members[from] === undefined ? [] : [[to, members[from]]])),
  );
}

/** What the event names: the object, or for calls on many of them where they begin. */
function resourcesOf({ bucket, bucketAccountId, input }: DataCall) {
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const object = typeof input.Key === "string" ? { ARN: `${bucketArn}/${input.Key}` } : { ARNPrefix: `${bucketArn}/` };
  return [
    { type: "AWS::S3::Object", ...object },
    { accountId: bucketAccountId, type: "AWS::S3::Bucket", ARN: bucketArn },
  ];
}

function lengthOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/**
 * The event as JSON. The keys that DeleteObjects names are not in it, as on AWS: only the bucket is (S3 user guide, logging
 * options; the response's version ids are missing for the same reason).
 */
export function dataEventRecord(call: DataCall, eventId: string): string {
  const { input, output, error, name, reads } = call;
  const answered = output && !reads ? renamed(output, RESPONSE_NAMES) : {};
  return JSON.stringify({
    eventVersion: "1.11",
    userIdentity: userIdentity(call.by),
    eventTime: eventTime(call.atMs),
    eventSource: "s3.amazonaws.com",
    eventName: name,
    awsRegion: call.region,
    sourceIPAddress: call.sourceAddress,
    userAgent: `[${call.userAgent}]`,
    ...(error && { errorCode: error.code, errorMessage: error.message }),
    requestParameters: {
      bucketName: call.bucket,
      Host: `s3.${call.region}.amazonaws.com`,
      ...renamed(input, REQUEST_NAMES),
      ...(name === "DeleteObjects" && { delete: "" }),
    },
    responseElements: Object.keys(answered).length > 0 ? answered : null,
    additionalEventData: {
      SignatureVersion: "SigV4",
      AuthenticationMethod: "AuthHeader",
      bytesTransferredIn: reads ? 0 : lengthOf(input.ContentLength),
      bytesTransferredOut: reads ? lengthOf(output?.ContentLength) : 0,
    },
    requestID: call.requestId,
    eventID: eventId,
    readOnly: reads,
    resources: resourcesOf(call),
    eventType: "AwsApiCall",
    managementEvent: false,
    recipientAccountId: call.bucketAccountId,
    eventCategory: "Data",
  });
}

/** Times in CloudTrail's files have whole seconds. */
export function eventTime(atMs: number): string {
  return new Date(Math.floor(atMs / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
