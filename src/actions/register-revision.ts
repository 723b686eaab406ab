import type { InputOf, OutputOf } from "../aws/contract.ts";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { withHeapPercent } from "./heap-options.ts";
import type { Job } from "./jobs.ts";

type Definition = NonNullable<OutputOf<"ecs", "DescribeTaskDefinition">["taskDefinition"]>;
type Registration = InputOf<"ecs", "RegisterTaskDefinition">;

/** What changes from one revision to the next. Sizes as Fargate has them: CPU units and MB. */
export interface RevisionChange {
  cpu?: number;
  memoryMb?: number;
  /** Of this container the JVM's heap gets so many percent of the memory. */
  heap?: { container: string; percent: number };
  /** Of this container a variable gets this value. Never a secret: it stands in the plan. */
  variable?: { container: string; name: string; value: string };
}

export const REGISTER_OPERATIONS = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"];

/**
 * Registers a copy of a task definition with some settings changed. The definition goes from AWS to AWS and nowhere else: its variables
 * may hold secrets, which must not stand in a plan or in the record. The result has the new revision's ARN.
 */
export const registerRevision: Job = async (input, { aws, signal, progress }) => {
  const from = String(input.from);
  const options = { purpose: "action" as const, signal };
  const described = await aws.call(
    "ecs",
    "DescribeTaskDefinition",
    { taskDefinition: from, include: ["TAGS"] },
    options,
  );
  const { taskDefinition, tags } = described.output;
  if (!taskDefinition) {
    const why = "AWS gave no task definition for it";
    throw new Failure({ kind: "not-found", what: `task definition ${from}`, why, next: "Prepare the action again." });
  }
  progress("registering");
  const registration = { ...changed(taskDefinition, changeOf(input)), ...(tags?.length ? { tags } : {}) };
  signal.throwIfAborted();
  // What has left may take effect: it is not called back.
  const registered = await aws.call("ecs", "RegisterTaskDefinition", registration, { purpose: "action" });
  const { taskDefinitionArn = "", family = "", revision = 0 } = registered.output.taskDefinition ?? {};
  return {
    complete: true,
    missing: [],
    requestIds: [described.requestId, registered.requestId],
    output: { taskDefinition: taskDefinitionArn, revision: `${family}:${revision}` },
    note: `registered ${family}:${revision}`,
  };
};

function changeOf({ change }: JsonObject): RevisionChange {
  return (typeof change === "object" && change !== null && !Array.isArray(change) ? change : {}) as RevisionChange;
}

/** The registration of the next revision. Members that AWS adds by itself are left out; everything else is taken over. */
export function changed(definition: Definition, { cpu, memoryMb, heap, variable }: RevisionChange): Registration {
  const {
    taskDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    requiresAttributes: _attributes,
    compatibilities: _compatibilities,
    registeredAt: _at,
    registeredBy: _by,
    deregisteredAt: _gone,
    ...kept
  } = definition;
  const before = Number(definition.memory ?? 0);
  const containers = (definition.containerDefinitions ?? []).map((container) => {
    // A container with a limit of its own gets what the task gets more.
    const more = memoryMb === undefined || container.memory === undefined ? 0 : memoryMb - before;
    const grown = more > 0 ? { ...container, memory: (container.memory ?? 0) + more } : container;
    const set =
      variable !== undefined && container.name === variable.container
        ? { ...grown, environment: withVariable(container.environment ?? [], variable) }
        : grown;
    if (heap === undefined || container.name !== heap.container) return set;
    return { ...set, environment: withHeapPercent(container.environment ?? [], heap.percent) };
  });
  return {
    ...kept,
    family: definition.family,
    containerDefinitions: containers,
    ...(cpu === undefined ? {} : { cpu: String(cpu) }),
    ...(memoryMb === undefined ? {} : { memory: String(memoryMb) }),
  };
}

/** The variables with one set, in its place where it was there. */
function withVariable<V extends { name?: string | undefined; value?: string | undefined }>(
  environment: readonly V[],
  { name, value }: { name: string; value: string },
): (V | { name: string; value: string })[] {
  const isThere = environment.some((one) => one.name === name);
  if (!isThere) return [...environment, { name, value }];
  return environment.map((one) => (one.name === name ? { ...one, value } : one));
}
