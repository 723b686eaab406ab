import { AwsError } from "../../wire/aws-error.ts";
import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel.ts";
import type { MetricStore } from "../metrics/metric-store.ts";
import { arn, type Place } from "../names.ts";
import { type RandomStream, randomUuid } from "../random.ts";
import { type KeySchema, Table } from "./table.ts";
import { Throttles, writes } from "./throttles.ts";

const DAY_MS = 86_400_000;
/** The last five minutes cannot be restored; at most 50 restores at once (DynamoDB developer guide, point-in-time recovery). */
const RESTORABLE_LAG_MS = 300_000;
const CONCURRENT_RESTORES = 50;
const RESTORE_MS = { from: 21 * 60_000, to: 34 * 60_000 };
const CREATE_MS = { from: 6_000, to: 14_000 };

const NAMESPACE = "AWS/DynamoDB";

export interface TableDraft {
  name: string;
  keySchema: KeySchema;
  billingMode?: Table["billingMode"];
  throughput?: Table["throughput"];
  tags?: Record<string, string>;
  deletionProtection?: boolean;
}

/** The refusal of an operation on a table that is not there. */
export function tableMissing(name: string | undefined): AwsError {
  return new AwsError("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
}

/** DynamoDB's tables of one account and region, and their meters. */
export class DynamoTables {
  readonly byName = new Map<string, Table>();
  readonly throttles = new Throttles();
  readonly #kernel: Kernel;
  readonly #journal: Journal;
  readonly #place: Place;
  readonly #metrics: MetricStore;
  readonly #random: (entity: string) => RandomStream;

  constructor(
    kernel: Kernel,
    journal: Journal,
    place: Place,
    metrics: MetricStore,
    random: (entity: string) => RandomStream,
  ) {
    this.#kernel = kernel;
    this.#journal = journal;
    this.#place = place;
    this.#metrics = metrics;
    this.#random = random;
  }

  /** A table that has been there since `createdAtMs`. */
  add(draft: TableDraft, createdAtMs: number): Table {
    const { name, keySchema } = draft;
    const id = randomUuid(this.#random(`dynamodb/${name}/${createdAtMs}`));
    const table = new Table({ name, arn: arn(this.#place, "dynamodb", `table/${name}`), id, keySchema, createdAtMs });
    table.billingMode = draft.billingMode ?? "PAY_PER_REQUEST";
    table.throughput = draft.throughput ?? table.throughput;
    table.deletionProtection = draft.deletionProtection ?? false;
    table.tags = new Map(Object.entries(draft.tags ?? {}));
    this.byName.set(name, table);
    return table;
  }

  /** CreateTable: CREATING for some seconds. @throws AwsError ResourceInUseException. */
  create(draft: TableDraft): Table {
    if (this.byName.has(draft.name))
      throw new AwsError("ResourceInUseException", `Table already exists: ${draft.name}`);
    const table = this.add(draft, this.#kernel.nowMs);
    table.status = "CREATING";
    this.#later(table, CREATE_MS, () => this.#enter(table, "ACTIVE"));
    return table;
  }

  /** DeleteTable: DELETING for some seconds, then gone. @throws AwsError ResourceInUseException, ValidationException. */
  delete(table: Table): void {
    if (table.status !== "ACTIVE")
      throw new AwsError(
        "ResourceInUseException",
        `Attempt to change a resource which is still in use: Table is being ${table.status === "DELETING" ? "deleted" : "created"}: ${table.name}`,
      );
    if (table.deletionProtection)
      throw new AwsError(
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
      );
    this.#enter(table, "DELETING");
    this.#later(table, CREATE_MS, () => this.byName.delete(table.name));
  }

  /** The times to which a table can be restored, ms since the Unix epoch; undefined while recovery is disabled. */
  restorable(table: Table): { earliestMs: number; latestMs: number } | undefined {
    if (!table.recovery) return undefined;
    const nowMs = this.#kernel.nowMs;
    const earliestMs = Math.max(table.recovery.enabledAtMs, nowMs - table.recovery.days * DAY_MS);
    return { earliestMs, latestMs: Math.max(earliestMs, nowMs - RESTORABLE_LAG_MS) };
  }

  /**
   * RestoreTableToPointInTime: a table CREATING for 21 to 34 virtual minutes, then ACTIVE with the items of that time.
   * Tags, time to live and point-in-time recovery are not restored.
   * @param restoreAtMs undefined: the latest restorable time.
   * @throws AwsError as RestoreTableToPointInTime.
   */
  restore(
    source: Table,
    targetName: string,
    restoreAtMs: number | undefined,
    billingMode: Table["billingMode"] | undefined,
  ): Table {
    const window = this.restorable(source);
    if (!window)
      throw new AwsError(
        "PointInTimeRecoveryUnavailableException",
        `Point in time recovery is not enabled for table '${source.name}'`,
      );
    if (this.byName.has(targetName))
      throw new AwsError("TableAlreadyExistsException", `Table already exists: ${targetName}`);
    const { earliestMs, latestMs } = window;
    const atMs = restoreAtMs ?? latestMs;
    if (atMs < earliestMs || atMs > latestMs)
      throw new AwsError(
        "InvalidRestoreTimeException",
        "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime.",
      );
    const running = [...this.byName.values()].filter((table) => table.restored?.inProgress).length;
    if (running >= CONCURRENT_RESTORES)
      throw new AwsError(
        "LimitExceededException",
        `Subscriber limit exceeded: There is a limit of ${CONCURRENT_RESTORES} concurrent restores`,
      );
    const table = this.add(
      {
        name: targetName,
        keySchema: source.keySchema,
        billingMode: billingMode ?? source.billingMode,
        throughput: source.throughput,
      },
      this.#kernel.nowMs,
    );
    table.status = "CREATING";
    table.maximum = { ...source.maximum };
    const restored = { sourceArn: source.identity.arn, restoreAtMs: atMs, inProgress: true };
    table.restored = restored;
    const items = source.itemsAt(atMs);
    this.#journal.note(this.#kernel.nowMs, `restore of table ${source.name} to ${targetName} began`);
    this.#later(table, RESTORE_MS, () => {
      for (const item of items) table.put(item, this.#kernel.nowMs);
      restored.inProgress = false;
      this.#enter(table, "ACTIVE");
    });
    return table;
  }

  /** A change of settings that takes some seconds, UPDATING meanwhile. @throws AwsError ResourceInUseException. */
  update(table: Table, change: () => void): void {
    if (table.status !== "ACTIVE")
      throw new AwsError(
        "ResourceInUseException",
        `Attempt to change a resource which is still in use: Table is being updated: ${table.name}`,
      );
    this.#enter(table, "UPDATING");
    this.#later(table, CREATE_MS, () => {
      change();
      this.#enter(table, "ACTIVE");
    });
  }

  /**
   * A request on a table: refused while it is throttled, otherwise metered.
   * @throws AwsError of the throttle; ResourceNotFoundException for a table that is not ACTIVE.
   */
  request(table: Table, operation: string): void {
    if (table.status === "CREATING" || table.status === "DELETING")
      throw new AwsError("ResourceNotFoundException", "Requested resource not found");
    const refused = this.throttles.refuse(table, operation);
    if (!refused) return;
    this.recordThrottled(table.name, operation, 1);
    throw refused;
  }

  /** Capacity units and time of served requests. @param count how many requests. */
  recordServed(tableName: string, operation: string, units: number, latencyMs: number, count = 1): void {
    const name = writes(operation) ? "ConsumedWriteCapacityUnits" : "ConsumedReadCapacityUnits";
    this.#put(name, [["TableName", tableName]], units / count, count);
    this.#put(
      "SuccessfulRequestLatency",
      [
        ["TableName", tableName],
        ["Operation", operation],
      ],
      latencyMs,
      count,
    );
  }

  /**
   * Refused requests. ThrottledRequests exists only per TableName and Operation, the throttle events per TableName
   * (DynamoDB developer guide, metrics and dimensions).
   */
  recordThrottled(tableName: string, operation: string, count: number): void {
    this.#put(
      "ThrottledRequests",
      [
        ["TableName", tableName],
        ["Operation", operation],
      ],
      1,
      count,
    );
    this.#put(writes(operation) ? "WriteThrottleEvents" : "ReadThrottleEvents", [["TableName", tableName]], 1, count);
  }

  #put(name: string, dimensions: [string, string][], value: number, count: number): void {
    const key = { namespace: NAMESPACE, name, dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })) };
    this.#metrics.record(key, this.#kernel.nowMs, value, count);
  }

  #enter(table: Table, status: Table["status"]): void {
    table.status = status;
    this.#journal.note(this.#kernel.nowMs, `table ${table.name} ${status}`);
  }

  #later(table: Table, range: { from: number; to: number }, action: () => void): void {
    const random = this.#random(`dynamodb/${table.identity.id}/${table.status}`);
    this.#kernel.after(random.between(range.from, range.to), action);
  }
}
