import { createHash } from "node:crypto";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { FactReader, FactSource } from "../fact.ts";

/** One version of the state object: what may be told of it. A state holds secrets; none of its contents is kept. */
export interface StateVersion {
  versionId: string;
  atMs: number;
  bytes: number;
  /** MD5 of its bytes, hexadecimal: what Terraform compares with its digest item. */
  md5: string;
  /** Undefined where the text is no state; `problem` says why. */
  summary?: { serial: number; lineage: string; terraformVersion: string; resources: number };
  problem?: string;
}

export interface StateVersions {
  bucket: string;
  key: string;
  /** Newest first; the first one is what Terraform reads, unless `deleted`. */
  versions: StateVersion[];
  /** The newest version is a delete marker. */
  deleted: boolean;
  /** How many versions there are beside those that were read. */
  older: number;
}

/** Versions that are read: the damage and what was before it. */
const READ = 6;

function placeOf(reader: FactReader): NonNullable<FactReader["deployment"]["terraform"]> {
  return (
    reader.deployment.terraform ??
    reader.absent("no bucket of Terraform's state is known: set terraform.stateBucket (MAYDAY_TERRAFORM_STATE_BUCKET)")
  );
}

/** The newest versions of Terraform's state. */
export const stateVersions: FactSource<StateVersions> = {
  id: "terraform-state-versions",
  title: "versions of Terraform's state",
  operations: ["s3:ListObjectVersions", "s3:GetObject"],
  async fetch(reader) {
    const { stateBucket: bucket, stateKey: key } = placeOf(reader);
    const output = await reader.call("s3", "ListObjectVersions", { Bucket: bucket, Prefix: key });
    const listed = (output.Versions ?? [])
      .filter((version) => version.Key === key)
      .sort((a, b) => (b.LastModified?.getTime() ?? 0) - (a.LastModified?.getTime() ?? 0));
    const deleted = (output.DeleteMarkers ?? []).some((marker) => marker.Key === key && marker.IsLatest);
    if (listed.length === 0 && !deleted) {
      throw new Failure({
        kind: "not-found",
        what: "Terraform's state",
        why: `bucket ${bucket} has no object ${key}`,
        next: "Check terraform.stateBucket and terraform.stateKey (mayday config).",
      });
    }
    const versions = await Promise.all(
      listed.slice(0, READ).map(async ({ VersionId = "", LastModified, Size = 0 }) => {
        const { Body } = await reader.call("s3", "GetObject", { Bucket: bucket, Key: key, VersionId });
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        return { versionId: VersionId, atMs: LastModified?.getTime() ?? 0, bytes: Size, ...describeState(bytes) };
      }),
    );
    return { bucket, key, versions, deleted, older: Math.max(0, listed.length - READ) };
  },
};

/** What may be told of a state's bytes. */
export function describeState(bytes: Uint8Array): Pick<StateVersion, "md5" | "summary" | "problem"> {
  const md5 = createHash("md5").update(bytes).digest("hex");
  let document: Record<string, unknown>;
  try {
    document = JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, unknown>;
  } catch {
    // The parser's own words quote the text, which may be a secret.
    return { md5, problem: bytes.length === 0 ? "it is empty" : "it is no JSON" };
  }
  const { version, serial, lineage, terraform_version: terraformVersion, resources } = document ?? {};
  if (typeof serial !== "number" || typeof lineage !== "string" || !Array.isArray(resources))
    return {
      md5,
      problem: `it is no state of format version 4${typeof version === "number" ? ` (version ${version})` : ""}`,
    };
  const instances = resources.reduce<number>((sum, resource: { instances?: unknown } | null) => {
    return sum + (Array.isArray(resource?.instances) ? resource.instances.length : 0);
  }, 0);
  return {
    md5,
    summary: {
      serial,
      lineage: sanitizeLine(lineage),
      terraformVersion: sanitizeLine(String(terraformVersion ?? "")),
      resources: instances,
    },
  };
}

/** Who holds the lock of the state, and the digest that Terraform expects of it. */
export interface StateLock {
  table: string;
  lock?: { id: string; who: string; operation: string; createdMs: number | undefined };
  /** MD5, hexadecimal; undefined: there is no such item. */
  digest?: string;
}

/** Terraform's items in its lock table: `LockID` is bucket/key, and the digest's has `-md5` behind it (Terraform, S3 backend). */
export const stateLock: FactSource<StateLock> = {
  id: "terraform-state-lock",
  title: "lock and digest of Terraform's state",
  operations: ["dynamodb:GetItem"],
  async fetch(reader) {
    const { stateBucket, stateKey, lockTable } = placeOf(reader);
    if (lockTable === undefined) return reader.absent("Terraform locks without DynamoDB here: there is no digest item");
    const id = `${stateBucket}/${stateKey}`;
    const read = async (LockID: string) =>
      (
        await reader.call("dynamodb", "GetItem", {
          TableName: lockTable,
          Key: { LockID: { S: LockID } },
          ConsistentRead: true,
        })
      ).Item;
    const [lock, digest] = await Promise.all([read(id), read(`${id}-md5`)]);
    return {
      table: lockTable,
      ...(lock ? { lock: lockOf(lock.Info?.S) } : {}),
      ...(digest?.Digest?.S ? { digest: digest.Digest.S } : {}),
    };
  },
};

function lockOf(info: string | undefined): NonNullable<StateLock["lock"]> {
  let found: { ID?: unknown; Who?: unknown; Operation?: unknown; Created?: unknown } = {};
  try {
    found = JSON.parse(info ?? "{}") as typeof found;
  } catch {
    // Held by nobody known: the item is there, and that is what locks.
  }
  const text = (value: unknown) => (typeof value === "string" ? sanitizeLine(value) : "");
  const createdMs = Date.parse(text(found.Created));
  return {
    id: text(found.ID),
    who: text(found.Who) || "somebody unknown",
    operation: text(found.Operation)
      .replace(/^OperationType/, "")
      .toLowerCase(),
    createdMs: Number.isNaN(createdMs) ? undefined : createdMs,
  };
}
