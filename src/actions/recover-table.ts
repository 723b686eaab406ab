import * as z from "zod";
import { formatUtc } from "../base/duration.ts";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { s3Place } from "../iceberg/metadata.ts";
import { countTable } from "../recovery/iceberg/find-table.ts";
import {
  firstReadable,
  type MetadataFile,
  metadataFiles,
  type ReadTable,
  snapshotOf,
} from "../recovery/iceberg/locate.ts";
import type { TableTally } from "../recovery/iceberg/table-damage.ts";
import { S3Calls } from "../recovery/s3/calls.ts";
import { bytesText, countText, objectsText } from "../recovery/words.ts";
import { bucketPermissionChecks } from "./bucket-permissions.ts";
import type { ActionDefinition, Check, PrepareContext } from "./contract.ts";
import { chooseIn, newRecoveryId } from "./recovery-request.ts";
import {
  BUCKET_READS,
  COPY_OPERATIONS,
  RECOVERY_CAVEATS,
  restoreStep,
  UNDELETE_OPERATIONS,
  UNDO_OPERATIONS,
  undoingRestore,
} from "./restore-steps.ts";
import { countingContext, recoveryChecks } from "./s3-recovery-facts.ts";
import { TABLE_READS } from "./schema-repairs/table-facts.ts";
import { type CatalogPointer, catalogPointer } from "./table-catalog.ts";

const parameters = z.object({
  table: z
    .string()
    .regex(/^[^./\s]+(\.[^./\s]+)+$/, "name it as NAMESPACE.TABLE")
    .describe("Table, as NAMESPACE.TABLE, such as lakehouse.orders"),
  snapshot: z
    .string()
    .regex(/^\d*$/)
    .default("")
    .describe("Id of the snapshot (empty: the current one of the metadata)"),
  metadata: z
    .string()
    .default("")
    .describe("Metadata file, s3://... (empty: the one that the catalog names, else the newest that can be read)"),
  bucket: z.string().default("").describe("Bucket (empty: the lakehouse bucket)"),
  incomplete: z
    .enum(["stop", "allow"])
    .default("stop")
    .describe("When files cannot be restored: stop: the metadata stays away; allow: it comes back all the same"),
});

const OPERATIONS = [...new Set(["s3:GetObject", ...UNDELETE_OPERATIONS, ...COPY_OPERATIONS])];

/** Restores exactly the files that a snapshot of an Iceberg table needs. */
export const recoverTable: ActionDefinition<z.infer<typeof parameters>> = {
  id: "recover-table",
  title: "Recover an Iceberg table by its snapshot",
  description:
    "Reads metadata, manifest list and manifests in the versions that are left, also deleted ones, and restores what the snapshot names: data first, metadata last. Can be undone.",
  runbook: "Disaster Recovery > S3 Data Recovery",
  tier: "name",
  parameters,
  operations: [...new Set([...BUCKET_READS, ...OPERATIONS, ...UNDO_OPERATIONS, ...TABLE_READS])],
  async prepare(context, given) {
    const pointer = await catalogPointer(context, given.table);
    const place = placeOf(context, given, pointer);
    const { found, chosen } = await chooseIn(context, {
      bucket: place.bucket,
      prefix: place.prefix,
      pattern: "",
      sinceMs: 0,
      untilMs: null,
      kinds: [],
    });
    const { bucket, prefix } = place;
    const what = `table ${given.table}`;
    const counting = countingContext(context);
    const calls = new S3Calls(counting.reading, counting.reading.signal);
    const known = await metadataFiles(calls, bucket, prefix);
    const read = await firstReadable(calls, bucket, candidatesOf(known, given.metadata, pointer, what), what);
    const { metadata, files } = read;
    const snapshot = snapshotOf(files, given.snapshot, what);
    const table = { name: given.table, bucket, prefix, metadata, files, snapshot };
    const [counted, permissions] = await Promise.all([
      countTable(table, counting.reading, counting.isOver),
      bucketPermissionChecks(context, bucket, found.policy, [
        "s3:ListBucketVersions",
        "s3:GetObjectVersion",
        "s3:DeleteObjectVersion",
        "s3:PutObject",
      ]),
    ]);
    const { tally, isWhole } = counted;
    if (isWhole && tally.damaged === 0) {
      throw new Failure({
        kind: "invalid",
        what: `recover ${what}`,
        why: `nothing is missing: all ${objectsText(tally.needed)} that ${snapshotWords(snapshot?.id)} needs are there`,
        next: "Choose another snapshot or metadata file, or look with list-s3-damage.",
      });
    }
    const least = isWhole ? "" : "at least ";
    const words = `${least}${objectsText(tally.damaged)}`;
    const title = `Recover ${given.table}: restore ${words} that ${snapshotWords(snapshot?.id)} needs`;
    const recovery = newRecoveryId();
    return {
      facts: {
        table: given.table,
        place: `s3://${bucket}/${prefix}, by ${place.source}`,
        catalog: pointer.words,
        metadata: `${metadata.key}${metadata.isDeleted ? ", deleted or covered: read by its version" : ""}`,
        snapshot: snapshot
          ? `${snapshot.id}, ${snapshot.operation} at ${formatUtc(snapshot.atMs)}`
          : "none: the table has no data",
        "files needed": `${least}${countText(tally.needed)}${snapshot?.dataFiles === undefined ? "" : `; the snapshot has ${countText(snapshot.dataFiles)} data files`}`,
        "to restore": `${words}, ${bytesText(tally.bytes)}`,
      },
      checks: [
        ...recoveryChecks(context, found, undefined, { removesMarkers: true }),
        ...permissions,
        ...metadataChecks(read, given.metadata, pointer),
        ...lostCheck(tally, given.incomplete),
      ],
      plan: {
        actionId: recoverTable.id,
        title,
        parameters: { ...given, bucket, metadata: `s3://${bucket}/${metadata.key}`, snapshot: snapshot?.id ?? "" },
        tier: "name",
        resourceName: given.table,
        effects: [
          `${words} of the table can be read again, the metadata file last; files that the snapshot does not name stay as they are.`,
          "The catalog is not changed: the table is whole where the catalog names this metadata file.",
        ],
        caveats: [
          "Files that maintenance removed on purpose stay removed unless the snapshot needs them.",
          ...RECOVERY_CAVEATS,
        ],
        undoing: undoingRestore(
          `${given.table} lacks the files again that it lacked before, its metadata file first: whoever reads it fails.`,
        ),
        steps: [
          restoreStep({
            title,
            job: "recover-table",
            recovery,
            chosen,
            input: {
              table: given.table,
              metadata: { key: metadata.key, version: metadata.version, size: metadata.size },
              snapshot: snapshot?.id ?? "",
              incomplete: given.incomplete,
            },
            operations: OPERATIONS,
            shows: [
              {
                service: "s3",
                operation: "GetObject",
                input: { Bucket: bucket, Key: metadata.key, VersionId: metadata.version },
              },
            ],
          }),
        ],
        verify: null,
        guard: null,
      },
    };
  },
};

const snapshotWords = (id: string | undefined) => (id === undefined ? "the empty table" : `snapshot ${id}`);

/** Where the table's files are: beside the given or the catalog's metadata file, else by the naming rule. */
function placeOf(
  { deployment }: PrepareContext,
  given: z.infer<typeof parameters>,
  pointer: CatalogPointer,
): { bucket: string; prefix: string; source: string } {
  const named = given.metadata || pointer.metadata;
  if (named) {
    const place = s3Place(named);
    const folder = place && /^(.*\/)metadata\/[^/]+$/s.exec(place.key)?.[1];
    if (place && folder !== undefined)
      return {
        bucket: place.bucket,
        prefix: folder,
        source: given.metadata ? "the given metadata file" : pointer.source,
      };
    throw new Failure({
      kind: "invalid",
      what: "metadata",
      why: `${sanitizeLine(named)} is not s3://BUCKET/.../metadata/NAME.metadata.json`,
      next: "Give the metadata file's full path.",
    });
  }
  const bucket = given.bucket.trim() || deployment.buckets.lakehouse;
  return { bucket, prefix: `${given.table.replaceAll(".", "/")}/`, source: "the naming rule NAMESPACE/TABLE/" };
}

/** The metadata files to try, the best first. */
function candidatesOf(
  known: readonly MetadataFile[],
  given: string,
  pointer: CatalogPointer,
  what: string,
): readonly MetadataFile[] {
  const named = given || pointer.metadata;
  const key = named ? s3Place(named)?.key : undefined;
  const first = known.filter((file) => file.key === key);
  if (given && first.length === 0) {
    throw new Failure({
      kind: "not-found",
      what: `metadata of ${what}`,
      why: `no version of ${sanitizeLine(given)} is left`,
      next: `The newest that are left: ${
        known
          .slice(0, 3)
          .map((file) => file.key)
          .join(", ") || "none"
      }`,
    });
  }
  return given ? first : [...first, ...known.filter((file) => file.key !== key)];
}

function metadataChecks({ metadata, passedOver }: ReadTable, given: string, pointer: CatalogPointer): Check[] {
  const label = "metadata";
  const skipped = passedOver.map(
    ({ key, why }): Check => ({ label, status: "warn", detail: `${key} was passed over: ${why}` }),
  );
  if (given || !pointer.metadata) return skipped;
  const isPointer = s3Place(pointer.metadata)?.key === metadata.key;
  if (isPointer) return [...skipped, { label, status: "pass", detail: "it is the one that the catalog names" }];
  const detail = `the catalog names ${sanitizeLine(pointer.metadata)}, of which nothing can be read: point it to this one afterwards`;
  return [...skipped, { label, status: "warn", detail }];
}

function lostCheck({ lost }: TableTally, incomplete: "stop" | "allow"): Check[] {
  if (lost === 0) return [];
  const then =
    incomplete === "allow"
      ? "the metadata comes back all the same"
      : "the metadata file stays away (incomplete=allow changes that)";
  const detail = `${objectsText(lost)} have no right version left; ${then}. Look at copy-back-replica first`;
  return [{ label: "lost files", status: "warn", detail }];
}
