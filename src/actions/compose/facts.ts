import { Failure, failureDetail } from "../../base/failure.ts";
import type { ComposeDeployment } from "../../config/deployment.ts";
import { callDocker, type InspectedContainer, type ServiceCount } from "../../transports/docker/contract.ts";
import type { PrepareContext } from "../contract.ts";

/** A service of the project with its own containers, those of `docker compose run` apart. */
export interface ComposeServiceFacts extends ServiceCount {
  own: InspectedContainer[];
  oneOff: InspectedContainer[];
}

export interface ComposeFacts {
  project: string;
  /** In the order in which they are stopped. */
  services: ComposeServiceFacts[];
  /** All containers of the project, other services' too. */
  all: InspectedContainer[];
}

const ACTION = { purpose: "action" } as const;

/**
 * What there is of Dagster's compose project on its docker host. Throws a Failure: docker's own, or one of kind not-found that says what
 * there is instead when none of the services has a container.
 */
export async function readComposeProject(context: PrepareContext, compose: ComposeDeployment): Promise<ComposeFacts> {
  const { project, services } = compose;
  const options = { ...ACTION, ...(context.signal ? { signal: context.signal } : {}) };
  const { output } = await callDocker(context.aws, "ComposePs", { project }, options);
  const ids = output.containers.map(({ ID }) => ID);
  const present = [...new Set(output.containers.map(({ Service }) => Service))];
  if (!services.some((service) => present.includes(service))) throw await nothingThere(context, compose, present);
  const all = (await callDocker(context.aws, "Inspect", { containers: ids }, options)).output.containers;
  const none = { containers: 0, up: 0, paused: 0, stopped: 0 };
  return {
    project,
    all,
    services: services.map((service) => ({
      ...(output.services.find(({ Service }) => Service === service) ?? { Service: service, ...none }),
      own: all.filter(({ Service, OneOff }) => Service === service && !OneOff),
      oneOff: all.filter(({ Service, OneOff }) => Service === service && OneOff),
    })),
  };
}

async function nothingThere(
  context: PrepareContext,
  { project, services }: ComposeDeployment,
  present: readonly string[],
): Promise<Failure> {
  const settings = "Check dagster.composeProject, dagster.composeServices and dagster.dockerHost (mayday config).";
  const found =
    present.length > 0
      ? `The project has the services ${present.join(", ")}.`
      : await callDocker(context.aws, "ComposeLs", {}, ACTION).then(
          ({ output }) =>
            output.projects.length > 0
              ? `The projects there: ${output.projects.map(({ Name }) => Name).join(", ")}.`
              : "There is no compose project at all on this docker host.",
          (error: unknown) => `The projects there could not be listed: ${failureDetail(error, "docker").why}.`,
        );
  return new Failure({
    kind: "not-found",
    what: `compose project ${project}`,
    why: `it has no container of ${services.join(" or ")} on this docker host`,
    next: `${found} ${settings}`,
  });
}
