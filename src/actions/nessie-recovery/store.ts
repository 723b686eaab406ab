import { Failure } from "../../base/failure.ts";
import {
  describe,
  type ExistingTable,
  findLayout,
  readExisting,
  readSource,
  type SourceTable,
  type StoreLayout,
  targetName,
} from "../../recovery/nessie/tables.ts";
import type { PrepareContext } from "../contract.ts";
import { type NamedService, namedService } from "../named-service.ts";
import { readServiceRevision, type ServiceRevision } from "../service-revision.ts";

/** Setting of Nessie's server (version store persist, DynamoDB) as the environment variable of its container. */
export const PREFIX_VARIABLE = "NESSIE_VERSION_STORE_PERSIST_DYNAMODB_TABLE_PREFIX";

/** A table of the store beside the one that a restore makes of it. */
export interface TablePair {
  source: SourceTable;
  target: string;
  targetArn: string;
  existing?: ExistingTable;
}

export interface Store {
  named: NamedService;
  revision: ServiceRevision;
  layout: StoreLayout;
  /** The variable as the task definition spells it, with its value; undefined: not set, so that tables have no prefix. */
  variable?: { name: string; value: string };
  pairs: TablePair[];
  /** Tables of the layout that are gone. */
  missing: string[];
}

/** Nessie's service. @throws Failure where the catalog is Glue. */
export function nessieService(context: PrepareContext): NamedService {
  if (context.deployment.nessie) return namedService(context.deployment, "nessie");
  throw new Failure({
    kind: "not-found",
    what: "recover Nessie",
    why: "this lakehouse has no Nessie service (catalog type glue)",
    next: "Glue keeps the versions of its tables: roll-back-schema points a table at a former metadata file.",
  });
}

/** The prefix variable of the container, however it is spelt (`nessie.version.store...table-prefix` is the same setting). */
export function prefixVariable({ definition }: ServiceRevision, container: string): Store["variable"] {
  const plain = (name: string) => name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
  const { environment = [] } = definition.containerDefinitions?.find(({ name }) => name === container) ?? {};
  const found = environment.find(({ name }) => plain(name ?? "") === PREFIX_VARIABLE);
  return found?.name ? { name: found.name, value: found.value ?? "" } : undefined;
}

/** The tables that Nessie really opens, by what its tasks run with. Rejects with a Failure. */
export async function readStore(context: PrepareContext, suffix: string): Promise<Store> {
  const named = nessieService(context);
  const revision = await readServiceRevision(context, named);
  const variable = prefixVariable(revision, named.container);
  const layout = await findLayout(context, variable?.value ?? "", context.deployment.nessie?.tables ?? []);
  const missing: string[] = [];
  const pairs = await Promise.all(
    layout.tables.map(async (table): Promise<TablePair | undefined> => {
      const target = targetName(layout, table.role, suffix);
      const [source, existing] = await Promise.all([readSource(context, table), readExisting(context, target)]);
      if (!source) {
        missing.push(table.source);
        return undefined;
      }
      const targetArn = source.arn.replace(/[^/]*$/, target);
      return { source, target, targetArn, ...(existing ? { existing } : {}) };
    }),
  );
  return {
    named,
    revision,
    layout,
    ...(variable ? { variable } : {}),
    pairs: pairs.filter((pair) => pair !== undefined),
    missing,
  };
}

/** Whether tables of these names can be opened now. */
export async function activeTables(context: PrepareContext, names: readonly string[]) {
  return Promise.all(names.map(async (name) => ({ name, table: await describe(context, name) })));
}
