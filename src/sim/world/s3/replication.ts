import type * as Wire from "@aws-sdk/client-s3";
import type { Kernel } from "../kernel.ts";
import { hashText } from "../random.ts";
import type { Bucket } from "./bucket.ts";
import type { ObjectVersion } from "./object-version.ts";

/** Most objects arrive within seconds, some take minutes (S3 user guide: most within 15 minutes). */
const DELAY_MS = { from: 5_000, to: 90_000 };

/** A function of the version, so that a client's writes draw from no stream of the world. */
function delayMs(version: ObjectVersion): number {
  return DELAY_MS.from + (hashText(`replication/${version.id}`) / 2 ** 32) * (DELAY_MS.to - DELAY_MS.from);
}

function covers(rule: Wire.ReplicationRule, version: ObjectVersion): boolean {
  const { Filter: filter } = rule;
  const tags = [...(filter?.Tag ? [filter.Tag] : []), ...(filter?.And?.Tags ?? [])];
  return (
    rule.Status === "Enabled" &&
    version.key.startsWith(filter?.Prefix ?? filter?.And?.Prefix ?? rule.Prefix ?? "") &&
    tags.every(({ Key, Value }) => version.tags?.[Key ?? ""] === Value) &&
    // Configurations without a Filter are of the first version, which replicates delete markers (S3 user guide).
    (!version.deleteMarker || filter === undefined || rule.DeleteMarkerReplication?.Status === "Enabled")
  );
}

/** Name of the bucket that a rule replicates to. */
export function destinationOf(rule: Wire.ReplicationRule): string {
  return rule.Destination?.Bucket?.split(":::")[1] ?? "";
}

/**
 * Schedules the replication of a version that was just written, by the rule of highest priority for each destination.
 * Deletions of versions are never replicated, nor are replicas (S3 user guide, what isn't replicated).
 */
export function replicate(
  source: Bucket,
  version: ObjectVersion,
  kernel: Kernel,
  bucketOf: (name: string) => Bucket | undefined,
): void {
  const rules = (source.settings.replication?.Rules ?? []).filter((rule) => covers(rule, version));
  const destinations = new Map<string, Wire.ReplicationRule>();
  for (const rule of rules) {
    const rival = destinations.get(destinationOf(rule));
    if (!rival || (rule.Priority ?? 0) > (rival.Priority ?? 0)) destinations.set(destinationOf(rule), rule);
  }
  if (destinations.size === 0) return;
  if (!version.deleteMarker) version.replication = "PENDING";
  kernel.at(version.atMs + delayMs(version), () => {
    const arrived = [...destinations].map(([name, rule]) => deliver(version, rule, bucketOf(name)));
    if (!version.deleteMarker) version.replication = arrived.every(Boolean) ? "COMPLETED" : "FAILED";
  });
}

/** A replica has the creation time of its source, however late it comes (S3 user guide, replication and lifecycle). */
function deliver(version: ObjectVersion, rule: Wire.ReplicationRule, bucket: Bucket | undefined): boolean {
  if (bucket?.versioning !== "Enabled") return false;
  const options = { atMs: version.atMs, origin: "replication" as const, replicaOf: version };
  if (!version.content) {
    bucket.delete(version.key, options);
    return true;
  }
  const { StorageClass: storageClass, EncryptionConfiguration: encryption } = rule.Destination ?? {};
  const details = {
    ...version.details,
    ...(storageClass && { storageClass }),
    ...(encryption?.ReplicaKmsKeyID && {
      encryption: { algorithm: "aws:kms" as const, keyId: bucket.kmsKey(encryption.ReplicaKmsKeyID) },
    }),
  };
  bucket.write(version.key, version.content, { ...options, details, tags: version.tags });
  return true;
}
