import type { ActionDefinition } from "../contract.ts";
import { recoverNessieBranch } from "./recover-branch.ts";
import { recoverNessieTables } from "./recover-tables.ts";
import { switchNessieTables } from "./switch-tables.ts";

/** The ways back of Nessie's catalog: by its history, or by its tables. */
export const nessieRecoveries = [
  recoverNessieBranch,
  recoverNessieTables,
  switchNessieTables,
] as unknown as readonly ActionDefinition[];
