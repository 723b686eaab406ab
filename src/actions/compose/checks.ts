import { failureDetail } from "../../base/failure.ts";
import type { ComposeDeployment } from "../../config/deployment.ts";
import { type ComposeFiles, callDocker } from "../../transports/docker/contract.ts";
import type { Check, PrepareContext } from "../contract.ts";
import type { ComposeFacts, ComposeServiceFacts } from "./facts.ts";

/** How containers are held down. */
export type How = "stop" | "pause" | "down";

const names = (containers: readonly { Name: string }[]): string => containers.map(({ Name }) => Name).join(", ");

/** What has to be looked at before containers are stopped, paused or removed. */
export function composeChecks(context: PrepareContext, facts: ComposeFacts, how: How): Check[] {
  return [
    environmentCheck(context, facts),
    ...facts.services.filter(({ containers }) => containers === 0).map(absentCheck),
    upCheck(facts),
    ...restartingCheck(facts, how),
    ...policyCheck(facts, how),
    ...oneOffCheck(facts, how),
  ];
}

/** The project's name is all that a compose project says of its environment. */
function environmentCheck(context: PrepareContext, { project }: ComposeFacts): Check {
  const { environment } = context.deployment;
  const parts = project.split(/[-_]/);
  const other = ["dev", "staging", "prod", "production"].find((name) => name !== environment && parts.includes(name));
  const status = parts.includes(environment) ? "pass" : other ? "fail" : "unknown";
  const detail =
    status === "unknown"
      ? `the project's name ${project} does not say which one it is`
      : `the project is ${project}, the incident is in ${environment}`;
  return { label: "environment", status, detail };
}

function absentCheck({ Service }: ComposeServiceFacts): Check {
  return { label: Service, status: "warn", detail: "it has no container here; nothing is done about it" };
}

function upCheck({ services }: ComposeFacts): Check {
  const up = services.reduce((sum, service) => sum + service.up, 0);
  return {
    label: "already held down",
    status: up > 0 ? "pass" : "warn",
    detail: up > 0 ? "no" : "no container of these services runs; nothing would be done but watching",
  };
}

function restartingCheck({ services }: ComposeFacts, how: How): Check[] {
  const restarting = services.flatMap(({ own }) => own).filter(({ State }) => State.Status === "restarting");
  if (restarting.length === 0 || how !== "pause") return [];
  const detail = `${names(restarting)} is between two lives, and docker cannot pause it then: use stop`;
  return [{ label: "restarting", status: "fail", detail }];
}

function policyCheck({ services }: ComposeFacts, how: How): Check[] {
  const always = services.flatMap(({ own }) => own).filter(({ RestartPolicy }) => RestartPolicy === "always");
  if (always.length === 0 || how !== "stop") return [];
  const detail = `${names(always)} has the policy always: when the docker daemon or the host starts again, so does it`;
  return [{ label: "restart policy", status: "warn", detail }];
}

/** compose stop takes them along, and start does not bring them back; pause and down leave them. */
function oneOffCheck({ services }: ComposeFacts, how: How): Check[] {
  const running = services
    .flatMap(({ oneOff }) => oneOff)
    .filter(({ State }) => State.Status === "running" || State.Status === "paused");
  if (running.length === 0) return [];
  const which = `${names(running)} (docker compose run)`;
  const detail =
    how === "stop"
      ? `${which} is stopped as well, and the undo does not start it again`
      : `${which} goes on running: stop it by docker stop`;
  return [{ label: "one-off containers", status: "warn", detail }];
}

/** Where the project's compose file is: as configured, else as its containers say. */
export function composeFilesOf(compose: ComposeDeployment, { services }: ComposeFacts): ComposeFiles {
  const first = services.flatMap(({ own }) => own)[0];
  if (compose.directory !== undefined) return { files: [], directory: compose.directory, environmentFiles: [] };
  return {
    files: first?.ConfigFiles ?? [],
    directory: first?.WorkingDirectory ?? "",
    environmentFiles: first?.EnvironmentFiles ?? [],
  };
}

/** Removing containers needs a way back: the compose file on this host, and nobody else who would be removed with them. */
export async function downChecks(context: PrepareContext, facts: ComposeFacts, files: ComposeFiles): Promise<Check[]> {
  return [await fileCheck(context, facts, files), dependentsCheck(facts), mixedCheck(facts)];
}

export async function fileCheck(context: PrepareContext, facts: ComposeFacts, files: ComposeFiles): Promise<Check> {
  const label = "the way back";
  const place = files.files.join(", ") || files.directory || "a compose file";
  try {
    const input = { project: facts.project, ...files };
    const { output } = await callDocker(context.aws, "ComposeHash", input, { purpose: "action" });
    const hashOf = new Map(output.services.map(({ Service, Hash }) => [Service, Hash]));
    const concerned = facts.services.filter(({ containers }) => containers > 0);
    const unknown = concerned.filter(({ Service }) => !hashOf.has(Service)).map(({ Service }) => Service);
    if (unknown.length > 0)
      return {
        label,
        status: "fail",
        detail: `${place} has no service ${unknown.join(", ")}: up could not make it again`,
      };
    const changed = concerned
      .filter(({ Service, own }) => own.some(({ ConfigHash }) => ConfigHash !== hashOf.get(Service)))
      .map(({ Service }) => Service);
    return changed.length === 0
      ? { label, status: "pass", detail: `${place} makes the same containers again` }
      : {
          label,
          status: "warn",
          detail: `${place} is not what ${changed.join(", ")} was made from (or an env_file keeps that from being told): up may start something else`,
        };
  } catch (error) {
    const { why } = failureDetail(error, "docker:ComposeHash");
    return { label, status: "fail", detail: `${place} cannot be used from here (${why}); use stop or pause` };
  }
}

/** compose removes what depends on a service with it. */
function dependentsCheck({ all, services }: ComposeFacts): Check {
  const ours = services.map(({ Service }) => Service);
  const dependents = all.filter(
    ({ Service, DependsOn }) => !ours.includes(Service) && DependsOn.some((name) => ours.includes(name)),
  );
  return dependents.length === 0
    ? { label: "services that depend on these", status: "pass", detail: "none" }
    : {
        label: "services that depend on these",
        status: "fail",
        detail: `${names(dependents)} would be removed as well: use stop or pause`,
      };
}

/** A new container runs, whatever the old one did. */
function mixedCheck({ services }: ComposeFacts): Check {
  const mixed = services.filter(({ containers, up }) => up > 0 && up < containers).map(({ Service }) => Service);
  return {
    label: "all containers up",
    status: mixed.length === 0 ? "pass" : "warn",
    detail: mixed.length === 0 ? "yes" : `not those of ${mixed.join(", ")}: the undo starts all of them`,
  };
}
