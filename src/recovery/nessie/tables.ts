import type { OutputOf } from "../../aws/contract.ts";
import { Failure } from "../../base/failure.ts";
import { calling, type Reader } from "./reader.ts";

type Description = NonNullable<OutputOf<"dynamodb", "DescribeTable">["Table"]>;

/** What a table is to Nessie: its references, its objects, or both in one table. */
export type TableRole = "refs" | "objs" | "table";

/** The tables of a store, and the names of those that a restore makes. */
export interface StoreLayout {
  /** `prefixed`: two tables `PREFIX_refs` and `PREFIX_objs`; `single`: one table, as the runbook has it. */
  kind: "prefixed" | "single";
  /** The table prefix, or the name of the single table; empty: tables without a prefix. */
  name: string;
  tables: { role: TableRole; source: string }[];
}

/** A table of the store with all that decides about its restore. Times in domain ms. */
export interface SourceTable {
  role: TableRole;
  name: string;
  arn: string;
  items: number;
  bytes: number;
  keySchema: { name: string; type: string }[];
  /** Undefined: point-in-time recovery is off. */
  window?: { earliestMs: number; latestMs: number; days?: number };
  /** Settings that a restore does not take over. */
  settings: TableSettings;
}

export interface TableSettings {
  tags: { Key: string; Value: string }[];
  /** Attribute of time to live. */
  timeToLive?: string;
  deletionProtection: boolean;
  streamView?: string;
  isProvisioned: boolean;
  /** What could not be read, with why. */
  unread: string[];
}

/** A table that has the name of the restored one. */
export interface ExistingTable {
  arn: string;
  status: string;
  /** Set where it is a restore of another table. */
  restore?: { sourceArn: string; atMs: number; inProgress: boolean };
  createdAtMs: number;
}

export const TABLE_READS = [
  "dynamodb:DescribeTable",
  "dynamodb:DescribeContinuousBackups",
  "dynamodb:DescribeTimeToLive",
  "dynamodb:ListTagsOfResource",
];

/** The tables of the prefix that Nessie opens, else the single table of the configuration, by what there is. Rejects with a Failure. */
export async function findLayout(reader: Reader, prefix: string, configured: readonly string[]): Promise<StoreLayout> {
  const start = prefix === "" ? "" : `${prefix}_`;
  const names = { refs: `${start}refs`, objs: `${start}objs` };
  const [refs, objs] = await Promise.all([describe(reader, names.refs), describe(reader, names.objs)]);
  if (refs || objs) {
    const tables = (["refs", "objs"] as const).map((role) => ({ role, source: names[role] }));
    return { kind: "prefixed", name: prefix, tables };
  }
  for (const name of configured) {
    if (await describe(reader, name)) return { kind: "single", name, tables: [{ role: "table", source: name }] };
  }
  throw new Failure({
    kind: "not-found",
    what: "the tables of Nessie",
    why: `there is neither ${names.refs} nor ${names.objs}${configured.length > 0 ? `, nor ${configured.join(" or ")}` : ""}`,
    next: `If they were deleted: aws dynamodb list-backups --backup-type SYSTEM shows the backup that DynamoDB makes of a deleted table with point-in-time recovery and keeps for 35 days; aws dynamodb restore-table-from-backup restores it.`,
  });
}

/** The names of the restored tables, which Nessie can open by a change of its table prefix alone. */
export function targetName({ kind, name }: StoreLayout, role: TableRole, suffix: string): string {
  if (kind === "single") return `${name}-${suffix}`;
  return `${targetPrefix(name, suffix)}_${role}`;
}

export const targetPrefix = (prefix: string, suffix: string): string =>
  prefix === "" ? suffix : `${prefix}-${suffix}`;

/** A table's description; undefined: there is none. */
export async function describe(reader: Reader, name: string): Promise<Description | undefined> {
  try {
    return (await reader.aws.call("dynamodb", "DescribeTable", { TableName: name }, calling(reader))).output.Table;
  } catch (error) {
    if (error instanceof Failure && error.kind === "not-found") return undefined;
    throw error;
  }
}

/** A table of the store; undefined: it is gone. */
export async function readSource(
  reader: Reader,
  { role, source: name }: StoreLayout["tables"][number],
): Promise<SourceTable | undefined> {
  const table = await describe(reader, name);
  if (!table) return undefined;
  const backups = (await reader.aws.call("dynamodb", "DescribeContinuousBackups", { TableName: name }, calling(reader)))
    .output.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  const {
    EarliestRestorableDateTime: earliest,
    LatestRestorableDateTime: latest,
    RecoveryPeriodInDays: days,
  } = backups ?? {};
  const isOn = backups?.PointInTimeRecoveryStatus === "ENABLED" && earliest && latest;
  return {
    role,
    name,
    arn: table.TableArn ?? "",
    items: table.ItemCount ?? 0,
    bytes: table.TableSizeBytes ?? 0,
    keySchema: keySchemaOf(table),
    ...(isOn
      ? { window: { earliestMs: earliest.getTime(), latestMs: latest.getTime(), ...(days ? { days } : {}) } }
      : {}),
    settings: await readSettings(reader, table),
  };
}

/** Key attributes with their types, `HASH` first: `{ name: "k", type: "HASH S" }`. */
export function keySchemaOf({ KeySchema = [], AttributeDefinitions = [] }: Description): SourceTable["keySchema"] {
  return KeySchema.map(({ AttributeName: name = "", KeyType }) => {
    const type = AttributeDefinitions.find((one) => one.AttributeName === name)?.AttributeType;
    return { name, type: `${KeyType} ${type}` };
  });
}

/** Whether two tables have the same key attributes, of the same types. */
export const sameKeys = (a: SourceTable["keySchema"], b: SourceTable["keySchema"]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

async function readSettings(reader: Reader, table: Description): Promise<TableSettings> {
  const { TableName = "", TableArn = "", BillingModeSummary, StreamSpecification } = table;
  const unread: string[] = [];
  const optional = async <T>(what: string, read: Promise<T>): Promise<T | undefined> => {
    try {
      return await read;
    } catch (error) {
      if (!(error instanceof Failure) || reader.signal?.aborted) throw error;
      unread.push(`${what} (${error.detail.why})`);
      return undefined;
    }
  };
  const [tags, timeToLive] = await Promise.all([
    optional("tags", readTags(reader, TableArn)),
    optional("time to live", reader.aws.call("dynamodb", "DescribeTimeToLive", { TableName }, calling(reader))),
  ]);
  const lives = timeToLive?.output.TimeToLiveDescription;
  const attribute = lives?.TimeToLiveStatus === "ENABLED" ? lives.AttributeName : undefined;
  const streamView = StreamSpecification?.StreamEnabled ? StreamSpecification.StreamViewType : undefined;
  return {
    tags: tags ?? [],
    ...(attribute ? { timeToLive: attribute } : {}),
    deletionProtection: table.DeletionProtectionEnabled ?? false,
    ...(streamView ? { streamView } : {}),
    isProvisioned: BillingModeSummary?.BillingMode !== "PAY_PER_REQUEST",
    unread,
  };
}

/** Tags of a table but for AWS's own, which nobody can set. */
async function readTags(reader: Reader, ResourceArn: string): Promise<TableSettings["tags"]> {
  const tags: TableSettings["tags"] = [];
  let NextToken: string | undefined;
  do {
    const paging = NextToken === undefined ? {} : { NextToken };
    const { output } = await reader.aws.call(
      "dynamodb",
      "ListTagsOfResource",
      { ResourceArn, ...paging },
      calling(reader),
    );
    for (const { Key = "", Value = "" } of output.Tags ?? []) if (!Key.startsWith("aws:")) tags.push({ Key, Value });
    NextToken = output.NextToken;
  } while (NextToken !== undefined);
  return tags;
}

/** What has the name of a restored table; undefined: the name is free. */
export async function readExisting(reader: Reader, name: string): Promise<ExistingTable | undefined> {
  const table = await describe(reader, name);
  if (!table) return undefined;
  const { RestoreSummary: restore } = table;
  return {
    arn: table.TableArn ?? "",
    status: table.TableStatus ?? "",
    createdAtMs: table.CreationDateTime?.getTime() ?? 0,
    ...(restore
      ? {
          restore: {
            sourceArn: restore.SourceTableArn ?? "",
            atMs: restore.RestoreDateTime?.getTime() ?? 0,
            inProgress: restore.RestoreInProgress ?? false,
          },
        }
      : {}),
  };
}
