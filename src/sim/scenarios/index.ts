import { Failure } from "../../base/failure.ts";
import type { Scenario } from "../scenario.ts";
import type { CatalogType } from "../world/names.ts";
import { accidentalDelete, accidentalDeleteUnderTerraform } from "./accidental-delete.ts";
import { badDeployment } from "./bad-deployment.ts";
import { catalogCorruptionLogical } from "./catalog-corruption-logical.ts";
import { catalogCorruptionPhysical } from "./catalog-corruption-physical.ts";
import { dynamodbThrottling } from "./dynamodb-throttling.ts";
import { leakedKey } from "./leaked-key.ts";
import { nessieCpuHigh } from "./nessie-cpu-high.ts";
import { nessieHeap } from "./nessie-heap.ts";
import { nessieOom } from "./nessie-oom.ts";
import { quiet } from "./quiet.ts";
import { securityGroupClosed } from "./security-group-closed.ts";
import { withTerraformApply } from "./terraform-apply.ts";
import { tfstateDamage } from "./tfstate-damage.ts";

const MINUTE_MS = 60_000;

const SCENARIOS: readonly Scenario[] = [
  nessieOom,
  withTerraformApply(nessieOom, { atMs: 14 * MINUTE_MS, everyMs: 60 * MINUTE_MS }),
  nessieHeap,
  nessieCpuHigh,
  dynamodbThrottling,
  ...securityGroupClosed,
  ...badDeployment,
  accidentalDelete,
  accidentalDeleteUnderTerraform,
  catalogCorruptionLogical,
  catalogCorruptionPhysical,
  ...tfstateDamage,
  leakedKey,
  quiet,
];

/** What can be simulated, for lists. */
export function listScenarios(): Pick<Scenario, "id" | "title" | "description" | "catalogs" | "diagnosis">[] {
  return SCENARIOS.map(({ id, title, description, catalogs, diagnosis }) => ({
    id,
    title,
    description,
    catalogs,
    diagnosis,
  }));
}

/**
 * A scenario by its id; the name of a family (`s3-access-denied`) means its first member.
 * @throws Failure (not-found) that names the known ones.
 */
export function scenarioById(id: string): Scenario {
  const scenario =
    SCENARIOS.find((candidate) => candidate.id === id) ??
    SCENARIOS.find((candidate) => candidate.id.startsWith(`${id}:`));
  if (scenario) return scenario;
  throw new Failure({
    kind: "not-found",
    what: `scenario "${id}"`,
    why: "there is no scenario of this name",
    next: `Use one of: ${SCENARIOS.map((candidate) => candidate.id).join(", ")}.`,
  });
}

/** The catalog that a scenario runs with: the one asked for, or its first. @throws Failure (invalid) when it cannot happen there. */
export function catalogOf(scenario: Scenario, asked: CatalogType | undefined): CatalogType {
  if (asked === undefined) return scenario.catalogs[0]!;
  if (scenario.catalogs.includes(asked)) return asked;
  throw new Failure({
    kind: "invalid",
    what: `scenario "${scenario.id}" with the catalog ${asked}`,
    why: `it happens only with ${scenario.catalogs.join(" or ")}`,
    next: "Leave out --catalog-type, or choose another scenario (mayday demo --list).",
  });
}
