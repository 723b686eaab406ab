import type { AnyCheck } from "../check.ts";
import type { VerdictDefinition } from "../verdict.ts";
import { keyCheck, keyPolicyCheck } from "./key-checks.ts";
import { keyVerdicts } from "./key-verdicts.ts";
import {
  deniedCallsCheck,
  endpointCheck,
  lakeFormationCheck,
  organisationCheck,
  publicAccessCheck,
  simulationCheck,
} from "./other-checks.ts";
import { bucketPolicyCheck, identityPolicyCheck, quarantineCheck } from "./policy-checks.ts";
import { releaseCheck } from "./release-check.ts";
import { accessVerdicts as policyVerdicts } from "./verdicts.ts";

export const accessVerdicts: readonly VerdictDefinition[] = [...policyVerdicts, ...keyVerdicts];

/** The ladder of S3 403, in the order in which it is climbed. */
export const accessChecks: readonly AnyCheck[] = [
  deniedCallsCheck,
  quarantineCheck,
  bucketPolicyCheck,
  releaseCheck,
  identityPolicyCheck,
  simulationCheck,
  keyCheck,
  keyPolicyCheck,
  endpointCheck,
  lakeFormationCheck,
  publicAccessCheck,
  organisationCheck,
];
