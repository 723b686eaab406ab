import { raiseAutoscaling } from "./raise-autoscaling.ts";
import { raiseTableMaximum } from "./raise-table-maximum.ts";
import { raiseCpu, raiseHeap, raiseMemory } from "./resize-service.ts";
import { restoreDesiredCount } from "./restore-desired-count.ts";
import { rollBackDeployment } from "./roll-back-deployment.ts";
import { closeSecurityGroupRule, reopenSecurityGroupRule } from "./security-group-rule.ts";

/** What a diagnosis of Nessie or Dagster offers: each a plan with its way back. */
export const serviceRepairs = [
  rollBackDeployment,
  raiseMemory,
  raiseHeap,
  raiseCpu,
  raiseAutoscaling,
  reopenSecurityGroupRule,
  closeSecurityGroupRule,
  raiseTableMaximum,
  restoreDesiredCount,
] as const;
