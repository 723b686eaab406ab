import { shellQuote } from "../aws/cli-line.ts";
import type { Check, JobStep, PrepareContext, Prepared } from "./contract.ts";
import { HEAP_OPTION, HEAP_VARIABLE } from "./heap-options.ts";
import { REGISTER_OPERATIONS, type RevisionChange } from "./register-revision.ts";
import {
  deployStep,
  REVISION_CAVEAT,
  replacing,
  revisionChecks,
  revisionOf,
  rolloutWait,
  type ServiceRevision,
} from "./service-revision.ts";

/** Registering is two calls; machine ms. */
const REGISTER_BOX_MS = 30_000;

export interface RevisionPlan {
  id: string;
  found: ServiceRevision;
  change: RevisionChange;
  title: string;
  parameters: Record<string, string | number>;
  facts: Record<string, string>;
  checks: Check[];
  caveats?: string[];
  /** What has to go into the configuration as well, so that the next apply keeps it; a sentence. */
  inConfiguration: string;
}

/** Registers a revision and rolls it out, with the way back. */
export function revisionPlan(context: PrepareContext, plan: RevisionPlan): Prepared {
  const { found } = plan;
  const before = revisionOf(found.taskDefinition);
  const register: JobStep = {
    kind: "job",
    id: "register",
    title: `Register the next revision of ${found.definition.family ?? before}`,
    job: "register-revision",
    input: { from: found.taskDefinition, change: plan.change as Record<string, never> },
    operations: REGISTER_OPERATIONS,
    boxMs: REGISTER_BOX_MS,
    essential: true,
    line: byHand(context, found, plan.change),
  };
  const deploy = deployStep(found, { $ref: "register.output.taskDefinition" }, "Deploy the new revision");
  return {
    facts: {
      service: `${found.cluster}/${found.service}`,
      "revision now": before,
      tasks: `${found.running} running of ${found.desired} desired`,
      ...plan.facts,
    },
    checks: [...plan.checks, ...revisionChecks(context, found)],
    plan: {
      actionId: plan.id,
      title: plan.title,
      parameters: plan.parameters,
      resourceName: found.service,
      ...replacing(context, found, {
        effect: "ECS starts tasks of the new revision and stops the old ones as soon as the new ones serve",
        back: `ECS replaces the tasks again, by those of ${before}`,
      }),
      caveats: [...(plan.caveats ?? []), plan.inConfiguration, REVISION_CAVEAT],
      steps: [register, deploy],
      verify: rolloutWait(found, "verify-rollout", "The new revision is rolled out"),
      guard: null,
    },
  };
}

/** Registering by hand: the CLI needs the definition with its tags and without what AWS adds to it. */
function byHand({ lineOf }: PrepareContext, { taskDefinition, definition }: ServiceRevision, change: RevisionChange) {
  const describe = lineOf("ecs", "DescribeTaskDefinition", { taskDefinition, include: ["TAGS"] });
  const register = lineOf("ecs", "RegisterTaskDefinition", {});
  const whole = ".taskDefinition + (if (.tags | length) > 0 then {tags} else {} end)";
  const added =
    "del(.taskDefinitionArn,.revision,.status,.requiresAttributes,.compatibilities,.registeredAt,.registeredBy,.deregisteredAt)";
  const jq = [whole, added, ...changeInJq(change, definition)].join(" | ");
  return `${register} --cli-input-json "$(${describe} | jq ${shellQuote(jq)})"`;
}

const quoted = (text: string) => JSON.stringify(text);

/** A change as filters of jq, for the line that does by hand what `register-revision` does. */
export function changeInJq(
  { cpu, memoryMb, heap, variable }: RevisionChange,
  { memory, containerDefinitions = [] }: Pick<ServiceRevision["definition"], "memory" | "containerDefinitions">,
): string[] {
  const more = memoryMb === undefined ? 0 : memoryMb - Number(memory ?? 0);
  const hasOwnLimit = containerDefinitions.some((container) => container.memory !== undefined);
  const filters: string[] = [];
  if (cpu !== undefined) filters.push(`.cpu="${cpu}"`);
  if (memoryMb !== undefined) filters.push(`.memory="${memoryMb}"`);
  if (more > 0 && hasOwnLimit)
    filters.push(`.containerDefinitions |= map(if .memory then .memory += ${more} else . end)`);
  if (heap) {
    const option = `-XX:MaxRAMPercentage=${heap.percent}`;
    // Other options of the JVM stay.
    const others = `(.value // "" | gsub(${quoted(HEAP_OPTION.source)}; "") | split(" ") | map(select(. != "")))`;
    filters.push(setVariable(heap.container, HEAP_VARIABLE, option, `(${others} + [${quoted(option)}] | join(" "))`));
  }
  if (variable) {
    const { container, name, value } = variable;
    filters.push(setVariable(container, name, value, quoted(value)));
  }
  return filters;
}

/** Sets a variable of a container in its place. @param present what its value becomes, in jq, where it is there already. */
function setVariable(container: string, name: string, absent: string, present: string): string {
  const changed = `map(if .name==${quoted(name)} then .value=${present} else . end)`;
  const added = `. + [{name:${quoted(name)},value:${quoted(absent)}}]`;
  const environment = `(. // []) | if any(.name==${quoted(name)}) then ${changed} else ${added} end`;
  return `.containerDefinitions |= map(if .name==${quoted(container)} then .environment |= (${environment}) else . end)`;
}
