import { Failure } from "../base/failure.ts";
import type { AnyCheck } from "./check.ts";
import { dagsterChecks } from "./dagster/checks.ts";
import { composeChecks } from "./dagster/compose-checks.ts";
import { dagsterVerdicts } from "./dagster/verdicts.ts";
import { containmentCheck, generalVerdicts } from "./general.ts";
import { nessieChecks, nessieVerdicts } from "./nessie/index.ts";
import type { VerdictDefinition } from "./verdict.ts";

/** A question that a responder can ask: `d`, or `mayday diagnose ID`. */
export interface DiagnosisDefinition {
  id: string;
  title: string;
  /** What it looks at, in one sentence. */
  description: string;
}

/** All diagnoses, in the order of the list. Append yours. */
export const diagnoses: readonly DiagnosisDefinition[] = [
  {
    id: "everything",
    title: "Everything",
    description: "Asks all checks at once and ranks every cause that they find.",
  },
  {
    id: "nessie-unreachable",
    title: "Nessie unreachable",
    description: "Service, tasks, memory, heap, CPU, DynamoDB, targets, security groups, deployments and certificate.",
  },
  {
    id: "dagster-oom",
    title: "Dagster killed, or out of memory",
    description: "Exit codes and reasons of Dagster's tasks, its memory, and which run it was.",
  },
];

/** All checks. Append yours: each says by itself to which diagnoses it belongs. */
export const checks: readonly AnyCheck[] = [containmentCheck, ...nessieChecks, ...dagsterChecks, ...composeChecks];

/** All verdicts, in the order in which equally certain ones are shown. Append yours. */
export const verdicts: readonly VerdictDefinition[] = [...generalVerdicts, ...nessieVerdicts, ...dagsterVerdicts];

/** The checks of a diagnosis. Throws a Failure that lists the known diagnoses. */
export function checksOf(id: string): { diagnosis: DiagnosisDefinition; checks: readonly AnyCheck[] } {
  const diagnosis = diagnoses.find((candidate) => candidate.id === id);
  if (!diagnosis) {
    throw new Failure({
      kind: "invalid",
      what: `diagnosis ${id}`,
      why: "there is no diagnosis with this id",
      next: `Known diagnoses: ${diagnoses.map((known) => known.id).join(", ")}.`,
    });
  }
  const own = checks.filter((check) => check === containmentCheck || check.diagnoses.includes(id));
  return { diagnosis, checks: id === "everything" ? checks : own };
}
