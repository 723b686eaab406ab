import type { AnyCheck } from "../check.ts";
import { aclCheck } from "./acl-checks.ts";
import { certificateCheck } from "./certificate-checks.ts";
import { cpuCheck, requestsCheck, throttlingCheck } from "./load-checks.ts";
import { heapCheck, killedCheck, memoryCheck } from "./memory-checks.ts";
import { pathCheck, targetCheck } from "./network-checks.ts";
import { crashCheck, deniedCheck, desiredCheck, rolloutCheck, startCheck } from "./rollout-checks.ts";

/** The checks about Nessie, in the order in which a person would ask. */
export const nessieChecks: readonly AnyCheck[] = [
  desiredCheck,
  rolloutCheck,
  startCheck,
  killedCheck,
  memoryCheck,
  heapCheck,
  crashCheck,
  targetCheck,
  pathCheck,
  aclCheck,
  throttlingCheck,
  cpuCheck,
  requestsCheck,
  deniedCheck,
  certificateCheck,
];

export { nessieVerdicts } from "./verdicts.ts";
