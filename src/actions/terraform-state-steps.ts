import type { JsonObject } from "../base/json.ts";
import type { KnownVersion } from "../recovery/terraform-state/history.ts";
import { digestPath, lockFileKey, lockPath, type StatePlace } from "../recovery/terraform-state/place.ts";
import type { ReplaceRequest } from "../recovery/terraform-state/replacement-contract.ts";
import type { JobStep } from "./contract.ts";
import { READ_STATE_OPERATIONS, stateResource, WRITE_STATE_OPERATIONS } from "./terraform-state-place.ts";

/** Tens of MB over a slow line, machine ms. */
const TRANSFER_BOX_MS = 30 * 60_000;
const VERIFY_BOX_MS = 5 * 60_000;

const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/** The runbook's second command: a version to a private file, with what is in it. */
export function downloadStep(place: StatePlace, version: KnownVersion): JobStep {
  const where = { Bucket: place.bucket, Key: place.key, VersionId: version.versionId };
  return {
    kind: "job",
    id: "download",
    title: `Download version ${version.versionId} to a private file, and inspect it`,
    job: "download-terraform-state",
    input: plain({ place, versionId: version.versionId, sha256: version.state?.sha256 ?? "" }),
    operations: ["s3:GetObject"],
    shows: [{ service: "s3", operation: "GetObject", input: where }],
    boxMs: TRANSFER_BOX_MS,
    essential: true,
  };
}

/** The change under the lock. Its calls are shown as they are known before: of the digest and of what it reads back only the job knows. */
export function replaceStep(request: ReplaceRequest, title: string): JobStep {
  return {
    kind: "job",
    id: "replace",
    title,
    job: "replace-terraform-state",
    input: plain(request),
    operations: [...READ_STATE_OPERATIONS, ...WRITE_STATE_OPERATIONS],
    resource: stateResource(request.place),
    shows: callsOf(request),
    boxMs: TRANSFER_BOX_MS,
    essential: true,
  };
}

function callsOf({ place, usesTable, usesFile, lock, current, change }: ReplaceRequest): NonNullable<JobStep["shows"]> {
  const table = { TableName: place.lockTable ?? "" };
  const object = { Bucket: place.bucket, Key: place.key };
  const condition: JsonObject = current.etag === "" ? { IfNoneMatch: "*" } : { IfMatch: current.etag };
  const dynamo = (operation: string, input: JsonObject) => ({
    service: "dynamodb",
    operation,
    input: { ...table, ...input },
  });
  const s3 = (operation: string, input: JsonObject) => ({ service: "s3", operation, input });
  const lockFile = { Bucket: place.bucket, Key: lockFileKey(place) };
  return [
    ...(usesFile ? [s3("PutObject", { ...lockFile, Body: "LOCK-INFO.json", IfNoneMatch: "*" })] : []),
    ...(usesTable
      ? [
          dynamo("PutItem", {
            Item: { LockID: { S: lockPath(place) }, Info: { S: JSON.stringify({ ID: lock.id, Who: lock.who }) } },
            ConditionExpression: "attribute_not_exists(LockID)",
          }),
        ]
      : []),
    ...(change.kind === "write"
      ? [s3("PutObject", { ...object, Body: "STATE-WITH-NEXT-SERIAL.json", ...condition })]
      : []),
    ...(usesTable
      ? [
          dynamo("PutItem", { Item: { LockID: { S: digestPath(place) }, Digest: { S: "MD5-OF-THE-STATE" } } }),
          dynamo("DeleteItem", {
            Key: { LockID: { S: lockPath(place) } },
            ConditionExpression: "Info = :held",
            ExpressionAttributeValues: { ":held": { S: "OUR-LOCK-INFO" } },
          }),
        ]
      : []),
    ...(usesFile ? [s3("DeleteObject", { ...lockFile, IfMatch: "ETAG-OF-OUR-LOCK" })] : []),
  ];
}

/** What has to hold at the end. */
export function verifyStep(request: ReplaceRequest, wanted: { serial: number; lineage: string }): JobStep {
  const { place, usesTable, usesFile, lock } = request;
  return {
    kind: "job",
    id: "verify",
    title: `The lock is free, serial ${wanted.serial}, lineage unchanged${usesTable ? ", the digest is the MD5 of the object" : ""}`,
    job: "verify-terraform-state",
    input: plain({ place, expected: { usesTable, usesFile, lockId: lock.id, ...wanted } }),
    operations: READ_STATE_OPERATIONS,
    boxMs: VERIFY_BOX_MS,
    essential: true,
  };
}
