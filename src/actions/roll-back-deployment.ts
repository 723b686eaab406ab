import * as z from "zod";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { ActionDefinition, Check } from "./contract.ts";
import { namedService } from "./named-service.ts";
import {
  deployStep,
  REVISION_CAVEAT,
  REVISION_OPERATIONS,
  readDefinition,
  readServiceRevision,
  replacing,
  revisionChecks,
  revisionOf,
  rolloutWait,
  type ServiceRevision,
} from "./service-revision.ts";

const parameters = z.object({
  service: z.string().default("nessie").describe("nessie, or the name of one of Dagster's services"),
  revision: z.string().default("").describe("family:revision to go back to (empty: the one that ran before)"),
});

/** Deploys an earlier revision of a service's task definition. */
export const rollBackDeployment: ActionDefinition<z.infer<typeof parameters>> = {
  id: "roll-back-deployment",
  title: "Roll a service back to an earlier revision",
  description: "Deploys the revision that ran before. The bad one stays registered. Can be undone.",
  runbook: "Common Failure Runbooks > Nessie Unreachable",
  tier: "yes",
  parameters,
  operations: REVISION_OPERATIONS,
  async prepare(context, { service, revision }) {
    const named = namedService(context.deployment, service);
    const found = await readServiceRevision(context, named);
    const wanted = revision.trim() === "" ? before(found) : revision.trim();
    const target = await readDefinition(context.aws, wanted, context);
    const to = target.taskDefinitionArn ?? wanted;
    const [now, then] = [revisionOf(found.taskDefinition), revisionOf(to)];
    const check: Check = {
      label: "revision",
      status: to === found.taskDefinition ? "fail" : target.status === "INACTIVE" ? "warn" : "pass",
      detail:
        to === found.taskDefinition
          ? `${then} is what the service runs already`
          : target.status === "INACTIVE"
            ? `${then} was deregistered; ECS may refuse it`
            : `${then}, registered ${target.registeredAt ? `${target.registeredAt.toISOString().slice(0, 16)}Z` : "at an unknown time"}`,
    };
    const image = (definition: typeof target) =>
      sanitizeLine((definition.containerDefinitions ?? []).map((container) => container.image ?? "").join(", "));
    return {
      facts: {
        service: `${found.cluster}/${found.service}`,
        revision: `${now} -> ${then}`,
        image: `${image(found.definition)} -> ${image(target)}`,
        tasks: `${found.running} running of ${found.desired} desired`,
      },
      checks: [check, ...revisionChecks(context, found)],
      plan: {
        actionId: rollBackDeployment.id,
        title: `Roll ${found.service} back: ${now} to ${then}`,
        parameters: { service, revision: then },
        resourceName: found.service,
        ...replacing(context, found, {
          effect: `Tasks of ${now} are replaced by tasks of ${then}, and what ${now} brought is gone with it`,
          back: `Tasks of ${then} are replaced by tasks of ${now}, the revision that was left: if it did not run, it does not run now`,
        }),
        caveats: [
          REVISION_CAVEAT,
          "A terraform apply deploys the template's own revision again: take the change into the configuration as well.",
        ],
        steps: [deployStep(found, to, `Deploy ${then}`)],
        verify: rolloutWait(found, "verify-rollout", `${then} is rolled out`),
        guard: null,
      },
    };
  },
};

/** The revision before: of an older deployment that still runs, or the one registered before. */
function before({ taskDefinition, deployed, service }: ServiceRevision): string {
  const older = deployed.find((arn) => arn !== taskDefinition);
  if (older) return older;
  const revision = Number(/:(\d+)$/.exec(taskDefinition)?.[1] ?? 0);
  if (revision > 1) return taskDefinition.replace(/:\d+$/, `:${revision - 1}`);
  throw new Failure({
    kind: "not-found",
    what: `roll ${service} back`,
    why: `${revisionOf(taskDefinition)} is the first revision of its family`,
    next: "Name the revision to go back to, as family:revision.",
  });
}
