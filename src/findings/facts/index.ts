import type { AlarmView } from "../../state/views.ts";
import { operations as alarmOperations, readAlarms } from "./alarms.ts";
import { type BreakGlassFacts, operations as breakGlassOperations, readBreakGlass } from "./break-glass.ts";
import {
  type ExpiryRule,
  layoutOperations,
  lifecycleOperations,
  policyOperations,
  readExpiry,
  readLayout,
  readPolicy,
} from "./bucket.ts";
import { type NessieFacts, operations as nessieOperations, readNessie } from "./nessie.ts";
import type { FactReader } from "./reader.ts";
import { type RoleFacts, readRoles, operations as roleOperations } from "./roles.ts";
import { readTables, type TableFacts, operations as tableOperations } from "./tables.ts";
import { readTerraform, type TerraformFacts, operations as terraformOperations } from "./terraform.ts";
import { readTrails, type TrailFacts, operations as trailOperations } from "./trails.ts";

/** Everything that findings are made from. */
export interface FactValues {
  alarms: AlarmView[];
  nessie: NessieFacts | null;
  tables: TableFacts[];
  /** The text of the lakehouse bucket's policy. */
  policy: string | null;
  expiry: ExpiryRule[];
  /** Top-level prefixes of the lakehouse bucket. */
  layout: string[];
  trails: TrailFacts[];
  terraform: TerraformFacts;
  breakGlass: BreakGlassFacts | null;
  roles: RoleFacts[];
}

export type FactName = keyof FactValues;

/** How one fact is read. `other` gives a fact that this one builds on; it is read once, whoever asks. */
interface FactDefinition<Name extends FactName> {
  operations: readonly string[];
  read(reader: FactReader, other: <N extends FactName>(name: N) => Promise<FactValues[N]>): Promise<FactValues[Name]>;
}

export const FACTS: { readonly [Name in FactName]: FactDefinition<Name> } = {
  alarms: { operations: alarmOperations, read: readAlarms },
  nessie: { operations: nessieOperations, read: readNessie },
  tables: {
    operations: tableOperations,
    // Which tables are in use is best known by the running task; without it the configured names are looked at.
    read: async (reader, other) => readTables(reader, await other("nessie").catch(() => null)),
  },
  policy: { operations: policyOperations, read: readPolicy },
  expiry: { operations: lifecycleOperations, read: readExpiry },
  layout: { operations: layoutOperations, read: readLayout },
  trails: { operations: trailOperations, read: readTrails },
  terraform: { operations: terraformOperations, read: readTerraform },
  breakGlass: { operations: breakGlassOperations, read: readBreakGlass },
  roles: { operations: roleOperations, read: readRoles },
};

/** Every operation by which facts are read, service:Operation. */
export const FACT_OPERATIONS: readonly string[] = [
  ...new Set(Object.values(FACTS).flatMap(({ operations }) => operations)),
];
