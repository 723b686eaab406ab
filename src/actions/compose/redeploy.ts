import type { Json, JsonObject } from "../../base/json.ts";
import type { ComposeDeployment } from "../../config/deployment.ts";
import type { ComposeFiles } from "../../transports/docker/contract.ts";
import type { CallStep, Check, HumanStep, PrepareContext, Prepared, Step, WaitStep } from "../contract.ts";
import { composeChecks, composeFilesOf, fileCheck } from "./checks.ts";
import { evidenceStep } from "./containment.ts";
import { type ComposeServiceFacts, readComposeProject } from "./facts.ts";

/** Every operation that redeploying a compose project may use, evidence and undo included. */
export const COMPOSE_REDEPLOY_OPERATIONS = [
  "docker:ComposeLs",
  "docker:ComposePs",
  "docker:ComposeHash",
  "docker:Inspect",
  "docker:Events",
  "docker:Logs",
  "docker:ComposePull",
  "docker:ComposeUp",
  "docker:Tag",
];

/** How long new containers may take until they are well, domain ms: the RTO of the runbook's table. */
const WELL_WITHIN_MS = 15 * 60_000;

interface Redeployment {
  actionId: string;
  /** Commit, tag or branch that a person checks out first; empty: the files stay as they are. */
  reference: string;
  parameters: JsonObject;
}

/**
 * Prepares the redeployment of Dagster's compose project: a person checks out the commit that is meant, the images are pulled, and the
 * containers are made anew. The undo lets the images' names mean the former images again.
 */
export async function prepareComposeRedeploy(
  context: PrepareContext,
  compose: ComposeDeployment,
  { actionId, reference, parameters }: Redeployment,
): Promise<Prepared> {
  const facts = await readComposeProject(context, compose);
  const files = composeFilesOf(compose, facts);
  const { project } = facts;
  const services = facts.services.filter(({ containers }) => containers > 0);
  const names = services.map(({ Service }) => Service);
  const where = files.directory || files.files[0] || "the folder of the compose file";
  return {
    facts: {
      project,
      files: files.files.join(", ") || files.directory,
      ...Object.fromEntries(services.map(imageFact)),
    },
    checks: [
      ...composeChecks(context, facts, "down").filter(({ label }) => label !== "already held down"),
      heldDownCheck(services),
      await fileCheck(context, facts, files),
    ],
    plan: {
      actionId,
      title: `Redeploy Dagster: ${names.join(" and ")} of compose project ${project}${reference ? ` at ${reference}` : ""}`,
      parameters,
      tier: "name",
      resourceName: project,
      effects: [
        `The containers of ${names.join(" and ")} are REMOVED and made anew, with their logs and the files in them: runs that are under way end in the middle.`,
      ],
      undoing: {
        effects: [
          `The containers of ${names.join(" and ")} are removed and made anew again, from the former image, with their logs: runs that are under way end in the middle.`,
        ],
        tier: "name",
      },
      caveats: [
        "A service that is built on this host (build:) is not in a registry: build it together with the checkout, docker compose build.",
        "The undo brings the former images back as long as this host still has them (docker image prune takes them). Named volumes stay as they are.",
        ...(reference ? [] : ["The compose file stays as it is: what is pulled is what its tags mean now."]),
      ],
      steps: [
        ...(reference ? [checkoutStep("checkout", reference, where)] : []),
        evidenceStep(project, services, "down"),
        pullStep(project, names, files),
        ...services.flatMap((service) => serviceSteps(project, service, files, reference ? where : undefined)),
      ],
      verify: null,
      guard: null,
    },
  };
}

function imageFact({ Service, up, containers, own }: ComposeServiceFacts): [string, string] {
  const [first] = own;
  return [Service, `${up} of ${containers} up, ${first?.Image ?? "unknown image"} (${shortId(first?.ImageId ?? "")})`];
}

const shortId = (id: string): string => id.replace(/^sha256:/, "").slice(0, 12) || "unknown id";

function heldDownCheck(services: readonly ComposeServiceFacts[]): Check {
  const label = "held down";
  const down = services.filter(({ up }) => up === 0).map(({ Service }) => Service);
  return down.length === 0
    ? { label, status: "pass", detail: "no" }
    : {
        label,
        status: "fail",
        detail: `${down.join(", ")} is stopped or paused, perhaps contained: undo that first (z)`,
      };
}

function checkoutStep(id: string, reference: string, where: string): HumanStep {
  return {
    kind: "human",
    id,
    title: `Check out ${reference} on the docker host`,
    instruction: `In ${where} on the docker host: git fetch --all, then git checkout ${reference}. Look at git status first: local changes would be in the way. Where the image is built there, docker compose build.`,
  };
}

function pullStep(project: string, services: readonly string[], files: ComposeFiles): CallStep {
  return call(project, services.join(" and "), {
    id: "pull",
    title: `Pull the images of ${services.join(" and ")}`,
    operation: "ComposePull",
    input: { project, services: [...services], ...files },
  });
}

/** Makes a service's containers anew and waits until they are well. */
function serviceSteps(
  project: string,
  service: ComposeServiceFacts,
  files: ComposeFiles,
  checkedOutIn: string | undefined,
): Step[] {
  const { Service: name, containers } = service;
  const up = (id: string, title: string): CallStep =>
    call(project, name, {
      id: `${id}-${name}`,
      title,
      operation: "ComposeUp",
      input: { project, services: [name], ...files, scale: { [name]: containers }, recreate: true },
    });
  const undo: Step[] = [
    ...(checkedOutIn === undefined
      ? []
      : [checkoutStep(`checkout-back-${name}`, "the former commit (git checkout -)", checkedOutIn)]),
    ...retagSteps(project, service),
    up("up-again", `Make ${name} anew from the former image`),
    wellStep(`well-again-${name}`, service),
  ];
  return [{ ...up("up", `Make ${name} anew`), undo }, wellStep(`well-${name}`, service)];
}

/** Lets the name that the former file has mean the former image again; a name with a digest never meant another one. */
function retagSteps(project: string, { Service: name, own }: ComposeServiceFacts): CallStep[] {
  const { ImageId: source = "", Image: reference = "" } = own[0] ?? {};
  if (source === "" || reference === "" || reference.includes("@")) return [];
  const title = `Let ${reference} mean the former image (${shortId(source)}) again`;
  return [call(project, name, { id: `retag-${name}`, title, operation: "Tag", input: { source, reference } })];
}

/** Running, and healthy where the service has a health check: one that is restarted again and again never is. */
function wellStep(id: string, { Service: name, own }: ComposeServiceFacts): WaitStep {
  const hasCheck = own.some(({ State }) => State.Health !== "");
  const all = (value: Json) => own.map(() => value);
  return {
    kind: "wait",
    id,
    title: `${name} ${hasCheck ? "is healthy" : "runs"}`,
    reading: {
      service: "docker",
      operation: "Inspect",
      input: { containers: own.map(({ Name }) => Name) },
      pick: {
        status: "containers[].State.Status",
        restarts: "containers[].RestartCount",
        ...(hasCheck ? { health: "containers[].State.Health" } : {}),
      },
    },
    until: [
      { label: "status", op: "equals", value: all("running") },
      { label: "restarts", op: "equals", value: all(0) },
      ...(hasCheck ? [{ label: "health", op: "equals" as const, value: all("healthy") }] : []),
    ],
    deadlineMs: WELL_WITHIN_MS,
  };
}

function call(
  project: string,
  service: string,
  change: { id: string; title: string; operation: string; input: JsonObject },
): CallStep {
  return {
    kind: "call",
    transport: "docker",
    service: "docker",
    resource: `compose service ${service} of project ${project}`,
    ...change,
  };
}
