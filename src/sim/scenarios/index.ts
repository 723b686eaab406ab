import { Failure } from "../../base/failure.ts";
import type { Scenario } from "../scenario.ts";
import type { CatalogType } from "../world/names.ts";
import { dagsterAppError } from "./dagster-app-error.ts";
import { dagsterOom } from "./dagster-oom.ts";
import { nessieOom } from "./nessie-oom.ts";
import { quiet } from "./quiet.ts";
import { s3AccessDenied } from "./s3-access-denied.ts";
import { schemaDrift } from "./schema-drift.ts";

const SCENARIOS: readonly Scenario[] = [
  nessieOom,
  ...s3AccessDenied,
  ...schemaDrift,
  dagsterOom,
  dagsterAppError,
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
