import * as z from "zod";
import type { JsonObject } from "../../base/json.ts";
import { compareSchemas, differenceTexts } from "../../iceberg/compare.ts";
import { tableInputOf } from "../../iceberg/glue.ts";
import type { TableMetadata } from "../../iceberg/metadata.ts";
import type { ActionDefinition, CallStep, Check, PrepareContext, Prepared, Reading } from "../contract.ts";
import { COMPARE_OPERATIONS, compareStep } from "./compare-schema.ts";
import { type CatalogEntry, type CatalogPlace, catalogEntry, readMetadataFile } from "./table-facts.ts";
import { findTemplate } from "./templates.ts";

const parameters = z.object({
  table: z.string().min(3).describe("Table as namespace.table, such as lakehouse.event_stream"),
  metadata: z
    .string()
    .regex(/^s3[an]?:\/\/[^/]+\/.+\.metadata\.json$/)
    .describe("The former metadata file, s3://...metadata.json"),
});

/** Points a table at a former metadata file of its own: the schema is that one's again, and so is the data. */
export const rollBackSchema: ActionDefinition<z.infer<typeof parameters>> = {
  id: "roll-back-schema",
  title: "Point a table at a former metadata file of its own",
  description:
    "One change in the catalog (Glue UpdateTable, or a commit on Nessie's main); no file is written or deleted. Can be undone.",
  runbook: "Common Failure Runbooks > Schema Drift Alert",
  tier: "name",
  parameters,
  operations: [
    ...new Set([
      ...COMPARE_OPERATIONS,
      "nessie:GetReference",
      "glue:UpdateTable",
      "nessie:Commit",
      "sts:GetCallerIdentity",
    ]),
  ],
  async prepare(context, { table, metadata: path }): Promise<Prepared> {
    const entry = await catalogEntry(context, context.deployment, table);
    const [now, then] = await Promise.all([
      readMetadataFile(context, entry.metadataLocation),
      readMetadataFile(context, path),
    ]);
    const template = await findTemplate(context.deployment, table);
    const step =
      entry.place.catalog === "glue"
        ? glueStep(entry, entry.place, path, then)
        : await nessieStep(context, entry, entry.place, path, then, table);
    const difference = compareSchemas(now.schema.fields, then.schema.fields);
    const lost = lostSnapshots(now, then);
    const rows = lost.reduce((sum, { addedRecords }) => sum + (Number(addedRecords) || 0), 0);
    const logGroups = context.deployment.dagster?.logGroups ?? [];
    return {
      facts: {
        table,
        catalog: entry.place.catalog,
        "metadata now": entry.metadataLocation,
        "metadata then": path,
        "schema changes": difference ? differenceTexts(difference).join("; ") : "none",
        "commits that go out of sight": lost.length === 0 ? "none" : `${lost.length}, ${rows} rows`,
      },
      checks: checksOf(now, then, path, template, lost.length),
      plan: {
        actionId: rollBackSchema.id,
        title: `Point ${table} at ${path.split("/").at(-1)}`,
        parameters: { table, metadata: path },
        tier: "name",
        resourceName: table.split(".").at(-1) ?? table,
        effects: [
          lost.length === 0
            ? "No data was committed since: only the schema changes."
            : `${lost.length} commits since then (${rows} rows) are no longer in the table. Their files stay in S3: run those jobs again, or undo.`,
          "Readers and jobs meet the former schema from their next run on.",
        ],
        caveats: [
          "Stop what wrote the wrong schema first, or its next run writes it again.",
          "Maintenance (remove_orphan_files) takes the files that went out of sight after some days: until then this can be undone.",
        ],
        steps: [
          step,
          ...(template ? [compareStep({ place: entry.place, template: template.file, name: table, logGroups })] : []),
        ],
        verify: {
          kind: "wait",
          id: "verify-metadata",
          title: "The catalog names the former metadata file",
          reading: placeReading(entry.place),
          until: [{ label: "metadata", op: "equals", value: path }],
          deadlineMs: 60_000,
        },
        guard: null,
      },
    };
  },
};

/** Snapshots of the present table that the former one does not have. */
function lostSnapshots(now: TableMetadata, then: TableMetadata) {
  const kept = new Set(then.snapshots.map(({ snapshotId }) => snapshotId));
  const sinceMs = then.updatedAtMs;
  return now.snapshots.filter(({ snapshotId, atMs }) => !kept.has(snapshotId) && atMs >= sinceMs);
}

function checksOf(
  now: TableMetadata,
  then: TableMetadata,
  path: string,
  template: Awaited<ReturnType<typeof findTemplate>>,
  lost: number,
): Check[] {
  const own = now.uuid === then.uuid && now.location === then.location;
  const former = now.log.some((entry) => entry.path === path);
  const difference = template && compareSchemas(template.fields, then.schema.fields);
  return [
    own
      ? { label: "same table", status: "pass", detail: `table-uuid ${now.uuid}` }
      : {
          label: "same table",
          status: "fail",
          detail: "the file is another table's: its table-uuid or location differs",
        },
    former
      ? { label: "former file", status: "pass", detail: "the table's own metadata log has it" }
      : { label: "former file", status: "warn", detail: "the table's metadata log does not have it (any more)" },
    template === undefined
      ? {
          label: "template",
          status: "unknown",
          detail: "no template of the table is known: the result is not compared",
        }
      : difference
        ? {
            label: "template",
            status: "warn",
            detail: `it would still differ: ${differenceTexts(difference).join("; ")}`,
          }
        : { label: "template", status: "pass", detail: "its schema is the template's" },
    lost === 0
      ? { label: "data since", status: "pass", detail: "no commit since then" }
      : {
          label: "data since",
          status: "warn",
          detail: `${lost} commits since then go out of sight until their jobs run again`,
        },
  ];
}

function placeReading(place: CatalogPlace): Reading {
  return place.catalog === "glue"
    ? {
        service: "glue",
        operation: "GetTable",
        input: { DatabaseName: place.database, Name: place.table },
        pick: { metadata: "Table.Parameters.metadata_location" },
      }
    : {
        service: "nessie",
        operation: "GetContent",
        input: { Endpoint: place.endpoint, Reference: "main", Key: place.key },
        pick: { metadata: "content.metadataLocation" },
      };
}

function glueStep(
  entry: CatalogEntry,
  place: Extract<CatalogPlace, { catalog: "glue" }>,
  path: string,
  then: TableMetadata,
): CallStep {
  const { raw, metadataLocation: present } = entry;
  const reading = placeReading(place);
  const base = {
    kind: "call" as const,
    transport: "aws" as const,
    service: "glue",
    operation: "UpdateTable",
    resource: `table ${place.table} in ${place.database}`,
  };
  const input = tableInputOf(raw, { location: path, previous: present, fields: then.schema.fields });
  // Written back as it was, but for what Glue gives and does not take.
  const { Parameters, StorageDescriptor } = raw as { Parameters: JsonObject; StorageDescriptor: JsonObject };
  const former = { ...input, Parameters, StorageDescriptor };
  return {
    ...base,
    id: "point-back",
    title: "Point Glue's table at the former metadata file",
    input: {
      DatabaseName: place.database,
      TableInput: input,
      // Glue refuses when the table has another version by then, as Iceberg's own commits do.
      ...(typeof raw.VersionId === "string" ? { VersionId: raw.VersionId } : {}),
    },
    state: { reading, before: { metadata: present }, after: { metadata: path } },
    undo: [
      {
        ...base,
        id: "point-forth",
        title: "Point it at the metadata file again that it had",
        input: { DatabaseName: place.database, TableInput: former },
        state: { reading, before: { metadata: path }, after: { metadata: present } },
      },
    ],
  };
}

async function nessieStep(
  context: PrepareContext,
  entry: CatalogEntry,
  place: Extract<CatalogPlace, { catalog: "nessie" }>,
  path: string,
  then: TableMetadata,
  table: string,
): Promise<CallStep> {
  const { raw, metadataLocation: present } = entry;
  const at = { Endpoint: place.endpoint, Reference: "main" };
  const { signal } = context;
  const head = await context.aws.call("nessie", "GetReference", at, {
    purpose: "action",
    ...(signal ? { signal } : {}),
  });
  const reading = placeReading(place);
  const put = (content: JsonObject) => [{ type: "PUT", key: { elements: place.key }, content }];
  const former: JsonObject = {
    ...raw,
    metadataLocation: path,
    snapshotId: then.snapshotId ?? -1,
    schemaId: then.schema.schemaId,
  };
  const base = {
    kind: "call" as const,
    transport: "aws" as const,
    service: "nessie",
    operation: "Commit",
    resource: `table ${table} on Nessie's main`,
  };
  return {
    ...base,
    id: "point-back",
    title: "Commit the former metadata file on top of main",
    input: {
      ...at,
      Hash: head.output.reference.hash,
      Message: `Roll back the schema of ${table} (incident ${context.incident.id})`,
      Author: context.operator,
      Operations: put(former),
    },
    keep: { hash: "targetBranch.hash" },
    state: { reading, before: { metadata: present }, after: { metadata: path } },
    undo: [
      {
        ...base,
        id: "point-forth",
        title: "Commit the metadata file again that it had",
        input: {
          ...at,
          Hash: { $ref: "point-back.output.hash" },
          Message: `Undo the roll-back of ${table} (incident ${context.incident.id})`,
          Author: context.operator,
          Operations: put(raw),
        },
        state: { reading, before: { metadata: path }, after: { metadata: present } },
      },
    ],
  };
}
