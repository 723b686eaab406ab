import * as z from "zod";
import type { ActionDefinition, CallStep, Check } from "./contract.ts";
import { namedService } from "./named-service.ts";
import { readServiceRevision, rolloutWait } from "./service-revision.ts";

const parameters = z.object({
  service: z.string().default("nessie").describe("nessie, or the name of one of Dagster's services"),
  desired: z.coerce.number().int().min(1).max(100).default(1).describe("Tasks to run"),
});

/** Starts a service that somebody else scaled to zero. What we hold down ourselves is undone, not overridden. */
export const restoreDesiredCount: ActionDefinition<z.infer<typeof parameters>> = {
  id: "restore-desired-count",
  title: "Start a service that was scaled to zero",
  description: "Sets the desired count of an ECS service. Refused while this incident holds it at zero: undo that.",
  runbook: "Common Failure Runbooks > Nessie Unreachable",
  tier: "yes",
  parameters,
  operations: ["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:UpdateService", "sts:GetCallerIdentity"],
  async prepare(context, { service, desired }) {
    const named = namedService(context.deployment, service);
    const found = await readServiceRevision(context, named);
    const resource = `service ${found.service} in cluster ${found.cluster}`;
    const ours = context.held.find(({ badge, resources }) => badge !== "" && resources.includes(resource));
    const checks: Check[] = [
      {
        label: "our own containment",
        status: ours ? "fail" : "pass",
        detail: ours ? `"${ours.title}" holds it: undo that instead (z)` : "this incident does not hold it",
      },
      {
        label: "tasks",
        status: found.desired === 0 ? "pass" : "warn",
        detail: found.desired === 0 ? "it is asked for none" : `it is asked for ${found.desired} already`,
      },
    ];
    const step = (id: string, title: string, from: number, to: number): CallStep => ({
      kind: "call",
      id,
      title,
      transport: "aws",
      service: "ecs",
      operation: "UpdateService",
      input: { cluster: found.cluster, service: found.service, desiredCount: to },
      resource,
      state: {
        reading: {
          service: "ecs",
          operation: "DescribeServices",
          input: { cluster: found.cluster, services: [found.service] },
          pick: { desired: "services[0].desiredCount" },
        },
        before: { desired: from },
        after: { desired: to },
      },
    });
    const words = `Set the desired count to ${desired}`;
    return {
      facts: { service: `${found.cluster}/${found.service}`, desired: `${found.desired} -> ${desired}` },
      checks,
      plan: {
        actionId: restoreDesiredCount.id,
        title: `Start ${found.service}: ${desired} ${desired === 1 ? "task" : "tasks"}`,
        parameters: { service, desired },
        tier: "yes",
        resourceName: found.service,
        effects: [
          `${found.service} answers again. If somebody stopped it on purpose, their reason is overridden: ask first.`,
        ],
        caveats: ["Autoscaling and terraform apply may set another count."],
        steps: [
          {
            ...step("start", words, found.desired, desired),
            undo: [step("stop", `Set the desired count to ${found.desired}`, desired, found.desired)],
          },
        ],
        verify: rolloutWait({ ...found, desired }, "verify-running", "The tasks run"),
        guard: null,
      },
    };
  },
};
