import { Failure } from "../base/failure.ts";
import { accessChecks, accessVerdicts } from "./access/index.ts";
import { catalogChecks, catalogVerdicts } from "./catalog/index.ts";
import type { AnyCheck } from "./check.ts";
import { dagsterChecks } from "./dagster/checks.ts";
import { composeChecks } from "./dagster/compose-checks.ts";
import { dagsterVerdicts } from "./dagster/verdicts.ts";
import type { GivenAnswers } from "./fact.ts";
import { containmentCheck, generalVerdicts } from "./general.ts";
import { keyChecks, keyVerdicts } from "./keys/checks.ts";
import { nessieChecks, nessieVerdicts } from "./nessie/index.ts";
import { objectChecks } from "./objects/checks.ts";
import { objectVerdicts } from "./objects/verdicts.ts";
import { stateChecks, stateVerdicts } from "./state/checks.ts";
import { driftChecks, driftVerdicts } from "./tables/index.ts";
import type { VerdictDefinition } from "./verdict.ts";

/** A question that a responder can ask: `d`, or `mayday diagnose ID`. */
export interface DiagnosisDefinition {
  id: string;
  title: string;
  /** What it looks at, in one sentence. */
  description: string;
  /** What only the responder knows and helps it: asked for in the cockpit on a key, given to `mayday diagnose` by flags. */
  asks?: readonly DiagnosisQuestion[];
}

export interface DiagnosisQuestion {
  name: keyof GivenAnswers;
  label: string;
  description: string;
}

const ALERT: DiagnosisQuestion = {
  name: "alert",
  label: "The alert of the schema drift sensor",
  description: "paste its text, as it came",
};

/** All diagnoses, in the order of the list. Append yours. */
export const diagnoses: readonly DiagnosisDefinition[] = [
  {
    id: "everything",
    title: "Everything",
    description: "Asks all checks at once and ranks every cause that they find.",
    asks: [ALERT],
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
  {
    id: "s3-403",
    title: "S3 403 Forbidden",
    description:
      "Who is refused what, and which layer decides: our quarantine, bucket policy, role, KMS, endpoint, Lake Formation.",
    asks: [
      { name: "principal", label: "Who is refused", description: "ARN, or the name of a role" },
      { name: "action", label: "What", description: "such as s3:PutObject; empty: s3:GetObject" },
      { name: "key", label: "Which object", description: "its key; empty: any" },
    ],
  },
  {
    id: "schema-drift",
    title: "Schema drift alert",
    description: "Live schemas against the YAML templates, who changed them and when, and whether it was meant.",
    asks: [ALERT],
  },
  {
    id: "data-loss",
    title: "Data files are gone",
    description: "Objects that were deleted together, by whom, and which tables miss them.",
  },
  {
    id: "catalog",
    title: "The catalog is damaged",
    description: "Bad commits on Nessie's main, and the items of the DynamoDB tables that it is kept in.",
  },
  {
    id: "terraform-state",
    title: "Terraform's state is damaged",
    description: "Versions of the state object by serial, lineage and number of resources, its digest and its lock.",
  },
  {
    id: "leaked-key",
    title: "An access key is in other hands",
    description: "From where the access keys of IAM users are used, what was refused, made and read there.",
  },
];

/** All checks. Append yours: each says by itself to which diagnoses it belongs. */
export const checks: readonly AnyCheck[] = [
  containmentCheck,
  ...nessieChecks,
  ...dagsterChecks,
  ...composeChecks,
  ...accessChecks,
  ...driftChecks,
  ...objectChecks,
  ...catalogChecks,
  ...stateChecks,
  ...keyChecks,
];

/** All verdicts, in the order in which equally certain ones are shown. Append yours. */
export const verdicts: readonly VerdictDefinition[] = [
  ...generalVerdicts,
  ...nessieVerdicts,
  ...dagsterVerdicts,
  ...accessVerdicts,
  ...driftVerdicts,
  ...objectVerdicts,
  ...catalogVerdicts,
  ...stateVerdicts,
  ...keyVerdicts,
];

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
