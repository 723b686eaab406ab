import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { Deployment } from "../config/deployment.ts";
import type { ActionDefinition, PrepareContext, Prepared, Step } from "./contract.ts";
import {
  CONTAINMENT_OPERATIONS,
  containmentChecks,
  containmentWatches,
  evidenceStep,
  scaleToZeroSteps,
  stoppedWords,
  waitUntilStopped,
} from "./ecs-containment.ts";
import { type EcsServiceFacts, readEcsService } from "./ecs-service-facts.ts";

const parameters = z.object({});

/**
 * Scale Nessie's ECS service to 0 so that it stays there: autoscaling is suspended and its minimum set to 0 in one call first
 * (suspending alone while min >= 1 may move capacity into the range, and below min any scale-out lifts the count again), then the
 * desired count goes to 0. Volatile evidence is collected before, in a box of 15 s.
 */
export const containNessie: ActionDefinition<z.infer<typeof parameters>> = {
  id: "contain-nessie",
  title: "Contain Nessie: scale its ECS service to 0",
  description:
    "Suspends autoscaling, then sets the desired count to 0. Evidence of tasks and logs is collected first. Can be undone.",
  runbook: "Incident Response > Containment",
  tier: "name",
  parameters,
  operations: CONTAINMENT_OPERATIONS,
  collectsFirst: true,
  async prepare(context) {
    const { nessie } = context.deployment;
    if (!nessie) {
      throw new Failure({
        kind: "not-found",
        what: "contain Nessie",
        why: "this lakehouse has no Nessie service (catalog type glue)",
        next: "Nothing to contain here. Set nessie.cluster and nessie.service in mayday.yaml if there is one.",
      });
    }
    return planOf(context, nessie, await readEcsService(context, { ...nessie, setting: "nessie" }));
  },
};

function planOf(context: PrepareContext, nessie: NonNullable<Deployment["nessie"]>, found: EcsServiceFacts): Prepared {
  const steps: Step[] = [evidenceStep([{ found, logGroup: nessie.logGroup }]), ...scaleToZeroSteps(found)];
  const service = `${found.cluster}/${found.service}`;
  return {
    facts: {
      service,
      "tasks now": `${found.running} running of ${found.desired} desired`,
      autoscaling: found.scaling ? `${found.scaling.min} to ${found.scaling.max}` : "none",
      "healthy targets": found.targetGroupArn ? String(found.healthyTargets ?? "unknown") : "no target group found",
      "requests, last 5 min": found.requestsLast5Minutes === undefined ? "unknown" : String(found.requestsLast5Minutes),
    },
    checks: containmentChecks(context, found),
    plan: {
      actionId: containNessie.id,
      title: `Contain Nessie: scale ${service} to 0`,
      parameters: {},
      tier: "name",
      resourceName: found.service,
      effects: [
        `Nessie stops answering: every Dagster job and query engine that uses this catalog fails until it is undone${
          found.requestsLast5Minutes === undefined
            ? ""
            : ` (${found.requestsLast5Minutes} requests in the last 5 minutes)`
        }.`,
        stoppedWords(found.running),
        "With no targets the health alarm may read OK or INSUFFICIENT_DATA: it is blind while contained.",
      ],
      caveats: [
        "AWS has no conditional write for these calls: each value is read again right before and read back right after; between the two somebody else's change would be overwritten.",
        "A terraform apply sets the desired count again. The guard keeps watching while this cockpit runs, and warns.",
      ],
      steps,
      verify: waitUntilStopped(found, "verify-stopped", "No task is running or pending"),
      guard: {
        badge: `${found.service} ${found.desired}->0`,
        brokenMessage: `${found.service} is being scaled back up while it should be contained`,
        watches: containmentWatches(found),
      },
    },
  };
}
