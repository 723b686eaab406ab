import { Failure } from "../../base/failure.ts";
import type { Scenario } from "../scenario.ts";
import { nessieOom } from "./nessie-oom.ts";
import { quiet } from "./quiet.ts";

const SCENARIOS: readonly Scenario[] = [nessieOom, quiet];

/** What can be simulated, for lists. */
export function listScenarios(): { id: string; title: string; description: string }[] {
  return SCENARIOS.map(({ id, title, description }) => ({ id, title, description }));
}

/** @throws Failure (not-found) that names the known ones. */
export function scenarioById(id: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.id === id);
  if (scenario) return scenario;
  throw new Failure({
    kind: "not-found",
    what: `scenario "${id}"`,
    why: "there is no scenario of this name",
    next: `Use one of: ${SCENARIOS.map((candidate) => candidate.id).join(", ")}.`,
  });
}
