import { exactNumber } from "../../wire/exact-json.ts";
import type { PastCommit } from "../iceberg/template-tables.ts";
import type { CommitDraft, NessieCatalog } from "../nessie/catalog.ts";
import { type Content, NessieError, type NessieOperation, NO_ANCESTOR } from "../nessie/model.ts";
import type { NessieServer } from "../nessie/server.ts";
import { randomUuid } from "../random.ts";
import type { World } from "../world.ts";
import type { CatalogCommit, TableCatalog } from "./catalog.ts";
import type { Workload } from "./workload.ts";

/** Nessie did not answer as it should: with an HTTP status, or not at all. */
export class NessieFailure extends Error {
  /** Undefined: no connection. */
  readonly status: number | undefined;
  /** Nessie's error code, where it was Nessie that answered. */
  readonly code: string | undefined;

  constructor(status: number | undefined, code?: string, message?: string) {
    super(message ?? (status === undefined ? "timed out" : `HTTP ${status}`));
    this.name = "NessieFailure";
    this.status = status;
    this.code = code;
  }
}

const BRANCH = "main";

/** Nessie as the catalog: the branch main says for each table which metadata file and snapshot are current. */
export class NessieTableCatalog implements TableCatalog {
  readonly #world: World;
  readonly #server: NessieServer;
  readonly #past: (nowMs: () => number) => NessieCatalog;

  /** @param past the store as it is filled before the world begins. */
  constructor(world: World, server: NessieServer, past: (nowMs: () => number) => NessieCatalog) {
    this.#world = world;
    this.#server = server;
    this.#past = past;
  }

  fill(history: readonly PastCommit[]): void {
    let atMs = history[0]?.atMs ?? 0;
    const store = this.#past(() => atMs);
    store.create({ type: "BRANCH", name: BRANCH, hash: NO_ANCESTOR });
    let head = NO_ANCESTOR;
    const commit = (draft: CommitDraft) => {
      head = store.commit(BRANCH, head, draft, atMs).hash;
    };
    const put = ({ table, metadataLocation, snapshot }: PastCommit) =>
      this.#put(table.name, metadataLocation, snapshot?.snapshotId, 0);
    const created = history.filter(({ snapshot }) => !snapshot).map(put);
    commit({
      message: "Create tables of the lakehouse",
      author: "terraform",
      committer: "terraform",
      operations: created,
    });
    for (const past of history) {
      if (!past.snapshot) continue;
      atMs = past.atMs;
      const message = `Iceberg append against ${past.table.namespace}.${past.table.name}`;
      commit({ message, author: "dagster", committer: "dagster", operations: [put(past)] });
    }
  }

  peek(table: string): string | undefined {
    const store = this.#server.peek();
    const branch = store?.references().find(({ name }) => name === BRANCH);
    const content = branch && store?.content(branch.hash, ["lakehouse", table]);
    return content && String(content.metadataLocation);
  }

  locate(_caller: Workload, table: string): string {
    return this.#asked((store) => {
      const content = store.content(store.reference(BRANCH).hash, ["lakehouse", table]);
      if (!content) throw new NessieFailure(404, "CONTENT_NOT_FOUND", `Table does not exist: lakehouse.${table}`);
      return String(content.metadataLocation);
    });
  }

  commit(_caller: Workload, { table, staged, message, author }: CatalogCommit): void {
    const snapshotId = staged.state.snapshots.at(-1)?.snapshotId;
    const put = this.#put(table.name, staged.metadataLocation, snapshotId, staged.state.currentSchemaId);
    this.#asked((store) => {
      const draft = { message, author, committer: author, operations: [put] };
      store.commit(BRANCH, store.reference(BRANCH).hash, draft, this.#world.kernel.nowMs);
    });
  }

  #asked<T>(ask: (store: NessieCatalog) => T): T {
    const reached = this.#server.reachFromDagster();
    if (reached === "silence") throw new NessieFailure(undefined);
    if (!("catalog" in reached)) throw new NessieFailure(reached.status);
    try {
      return ask(reached.catalog);
    } catch (error) {
      if (error instanceof NessieError) throw new NessieFailure(error.status, error.code, error.message);
      throw error;
    }
  }

  #put(table: string, metadataLocation: string, snapshotId: bigint | undefined, schemaId: number): NessieOperation {
    const content: Content = {
      type: "ICEBERG_TABLE",
      // The same for a table's whole life, and drawn from a stream of its own each time.
      id: randomUuid(this.#world.random(`nessie/content/${table}`)),
      metadataLocation,
      snapshotId: snapshotId === undefined ? -1 : exactNumber(snapshotId),
      schemaId,
      specId: 0,
      sortOrderId: 0,
    };
    return { type: "PUT", key: { elements: ["lakehouse", table] }, content };
  }
}
