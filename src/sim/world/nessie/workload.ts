import { type RandomStream, randomUuid } from "../random.ts";
import type { CommitDraft } from "./catalog.ts";
import type { NessieOperation } from "./model.ts";

/** A table that Dagster appends to. */
interface WrittenTable {
  name: string;
  contentId: string;
  /** Number of its newest metadata file. */
  version: number;
}

/** The lakehouse's Iceberg tables; those written most come first. */
export const LAKEHOUSE_TABLES = ["event_stream", "orders", "customers", "inventory"] as const;
export type LakehouseTable = (typeof LAKEHOUSE_TABLES)[number];

/** What Dagster commits: each run appends to a table, which gets a new metadata file and snapshot. */
export class Workload {
  /** Scenarios stop and start it. */
  running = true;
  readonly #bucket: string;
  readonly #random: RandomStream;
  readonly #tables: WrittenTable[];

  constructor(bucket: string, random: RandomStream) {
    this.#bucket = bucket;
    this.#random = random;
    this.#tables = LAKEHOUSE_TABLES.map((name) => ({ name, contentId: randomUuid(random), version: 0 }));
  }

  /** The first commit: all tables. */
  first(): CommitDraft {
    const operations = this.#tables.map((table) => this.#put(table));
    return { message: "Create tables of the lakehouse", author: "terraform", committer: "terraform", operations };
  }

  /** An append to one table. */
  append(): CommitDraft {
    // The event stream gets every second append.
    const table = this.#random.next() < 0.5 ? this.#tables[0]! : this.#random.pick(this.#tables);
    const message = `Iceberg append against lakehouse.${table.name}`;
    return { message, author: "dagster", committer: "dagster", operations: [this.#put(table)] };
  }

  /** Virtual ms to the next append. */
  pauseMs(): number {
    return this.#random.between(3 * 60_000, 9 * 60_000);
  }

  #put(table: WrittenTable): NessieOperation {
    const number = String(table.version).padStart(5, "0");
    table.version += 1;
    const metadataLocation = `s3://${this.#bucket}/lakehouse/${table.name}/metadata/${number}-${randomUuid(this.#random)}.metadata.json`;
    // Real snapshot ids have 63 bits; these stay within what JSON numbers carry without loss.
    const snapshotId = this.#random.whole(1e15, 9e15);
    const content = {
      type: "ICEBERG_TABLE",
      id: table.contentId,
      metadataLocation,
      snapshotId,
      schemaId: 0,
      specId: 0,
      sortOrderId: 0,
    };
    return { type: "PUT", key: { elements: ["lakehouse", table.name] }, content };
  }
}
