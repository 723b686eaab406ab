import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import { callDocker } from "../../transports/docker/contract.ts";
import type { ActionDefinition } from "../contract.ts";
import { windowOf, windowParameters } from "../evidence-window.ts";
import { LIVE_BOX_MS, preservationPlan, stepOf } from "../preserve-evidence.ts";
import { CONTAINER_EVIDENCE_OPERATIONS, CONTAINER_SECRETS, containerLogsPart, containerStatePart } from "./parts.ts";

const parameters = z.object(windowParameters);

/** Keeps what docker knows of Dagster's containers, and their logs over the window. */
export const preserveContainers: ActionDefinition<z.infer<typeof parameters>> = {
  id: "preserve-containers",
  title: "Preserve the containers of docker compose",
  description:
    "List, inspection and events of the project's containers, and their logs over the window as compressed JSON lines with an index.",
  runbook: "Incident Response > Evidence Preservation",
  tier: "yes",
  parameters,
  operations: CONTAINER_EVIDENCE_OPERATIONS,
  async prepare(context, given) {
    const { compose, project, environment } = context.deployment;
    const what = "preserve the containers";
    if (!compose) {
      const why = "this deployment names no compose project";
      const next = `Set dagster.composeProject (such as ${project}-${environment}) in mayday.yaml on the host that runs it.`;
      throw new Failure({ kind: "not-found", what, why, next });
    }
    const window = windowOf(given, context);
    const options = { purpose: "action" as const, ...(context.signal ? { signal: context.signal } : {}) };
    const { output } = await callDocker(context.aws, "ComposePs", { project: compose.project }, options);
    if (output.containers.length === 0) {
      const why = `compose project ${compose.project} has no container on this docker host`;
      const next = "Check dagster.composeProject and dagster.dockerHost; docker compose ls --all shows the projects.";
      throw new Failure({ kind: "not-found", what, why, next });
    }
    const steps = [stepOf(containerStatePart(compose), LIVE_BOX_MS), stepOf(containerLogsPart(compose, window))];
    const prepared = preservationPlan(
      preserveContainers.id,
      `Preserve the containers of ${compose.project}`,
      { ...given },
      steps,
      window,
      [CONTAINER_SECRETS],
      "It reads docker and changes nothing there.",
    );
    const containers = output.containers.map(({ Name, State }) => `${Name} ${State}`).join(", ");
    return { ...prepared, facts: { ...prepared.facts, containers } };
  },
};
