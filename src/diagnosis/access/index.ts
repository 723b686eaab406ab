import type { AnyCheck } from "../check.ts";
import {
  deniedCallsCheck,
  endpointCheck,
  keyCheck,
  lakeFormationCheck,
  organisationCheck,
  publicAccessCheck,
  simulationCheck,
} from "./other-checks.ts";
import { bucketPolicyCheck, identityPolicyCheck, quarantineCheck } from "./policy-checks.ts";
import { releaseCheck } from "./release-check.ts";

export { accessVerdicts } from "./verdicts.ts";

/** The ladder of S3 403, in the order in which it is climbed. */
export const accessChecks: readonly AnyCheck[] = [
  deniedCallsCheck,
  quarantineCheck,
  bucketPolicyCheck,
  releaseCheck,
  identityPolicyCheck,
  simulationCheck,
  keyCheck,
  endpointCheck,
  lakeFormationCheck,
  publicAccessCheck,
  organisationCheck,
];
