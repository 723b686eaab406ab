import * as z from "zod";
import { type FargateSize, fargateMemories, isFargateSize, moreCpu, moreMemory } from "../aws/fargate.ts";
import { Failure } from "../base/failure.ts";
import type { ActionDefinition, Check, PrepareContext, Prepared } from "./contract.ts";
import { HEAP_VARIABLE, heapOption } from "./heap-options.ts";
import { type NamedService, namedService } from "./named-service.ts";
import { REGISTER_OPERATIONS, type RevisionChange } from "./register-revision.ts";
import { revisionPlan } from "./revision-plan.ts";
import { REVISION_OPERATIONS, readServiceRevision, type ServiceRevision } from "./service-revision.ts";

const operations = [...REVISION_OPERATIONS, ...REGISTER_OPERATIONS];

const serviceParameter = z.string().default("nessie").describe("nessie, or the name of one of Dagster's services");

const memoryParameters = z.object({
  service: serviceParameter,
  memory: z.string().default("").describe("MB of the task (empty: the next Fargate size with twice the memory)"),
});

/** A larger memory for a service: a new revision of its task definition, rolled out without an outage. */
export const raiseMemory: ActionDefinition<z.infer<typeof memoryParameters>> = {
  id: "raise-memory",
  title: "Raise the memory of a service",
  description:
    "Registers a revision with the next valid Fargate size and rolls it out. Shows the tfvars line. Can be undone.",
  runbook: "Common Failure Runbooks > Nessie Unreachable",
  tier: "yes",
  parameters: memoryParameters,
  operations,
  async prepare(context, { service, memory }) {
    const named = namedService(context.deployment, service);
    const found = await readServiceRevision(context, named);
    const now = sizeOf(found);
    const to = memory.trim() === "" ? moreMemory(now) : asked({ ...now, memoryMb: wholeNumber(memory, "memory") }, now);
    if (!to) throw largest(found, now);
    return resize(context, { id: raiseMemory.id, named, found, now, to });
  },
};

const cpuParameters = z.object({
  service: serviceParameter,
  cpu: z.string().default("").describe("CPU units of the task, 1024 are one vCPU (empty: twice as many)"),
});

/** More CPU for a service, with the memory that Fargate asks for beside it. */
export const raiseCpu: ActionDefinition<z.infer<typeof cpuParameters>> = {
  id: "raise-cpu",
  title: "Raise the CPU of a service",
  description:
    "Registers a revision with the next valid Fargate size and rolls it out. Shows the tfvars line. Can be undone.",
  runbook: "Monitoring Escalation > CloudWatch Alarms",
  tier: "yes",
  parameters: cpuParameters,
  operations,
  async prepare(context, { service, cpu }) {
    const named = namedService(context.deployment, service);
    const found = await readServiceRevision(context, named);
    const now = sizeOf(found);
    const units = cpu.trim() === "" ? undefined : wholeNumber(cpu, "cpu");
    const least = units === undefined ? undefined : fargateMemories(units).find((memoryMb) => memoryMb >= now.memoryMb);
    const to = units === undefined ? moreCpu(now) : asked({ cpu: units, memoryMb: least ?? now.memoryMb }, now);
    if (!to) throw largest(found, now);
    return resize(context, { id: raiseCpu.id, named, found, now, to });
  },
};

const heapParameters = z.object({
  percent: z.coerce
    .number()
    .int()
    .min(20)
    .max(80)
    .default(70)
    .describe("Share of the container's memory that the heap may have, percent"),
});

/** A larger heap for Nessie's JVM inside the same container. */
export const raiseHeap: ActionDefinition<z.infer<typeof heapParameters>> = {
  id: "raise-heap",
  title: "Give Nessie's JVM more of its container's memory",
  description: "Registers a revision whose JAVA_OPTS_APPEND lets the heap grow, and rolls it out. Can be undone.",
  runbook: "Common Failure Runbooks > Nessie Unreachable",
  tier: "yes",
  parameters: heapParameters,
  operations,
  async prepare(context, { percent }) {
    const named = namedService(context.deployment, "nessie");
    const found = await readServiceRevision(context, named);
    const container = found.definition.containerDefinitions?.find(({ name }) => name === named.container);
    const memoryMb = container?.memory ?? sizeOf(found).memoryMb;
    const before = heapOption(container?.environment ?? []);
    const after = `-XX:MaxRAMPercentage=${percent}`;
    const change = { heap: { container: named.container, percent } };
    const check: Check = {
      label: "heap",
      status: container === undefined ? "fail" : before === after ? "fail" : "pass",
      detail:
        container === undefined
          ? `the task definition has no container ${named.container}`
          : before === after
            ? `the heap may have ${percent} % already: raise the memory instead (raise-memory)`
            : `${before ?? "the image's default"} becomes ${after}: ${Math.round((memoryMb * percent) / 100)} MB of ${memoryMb} MB; other options of ${HEAP_VARIABLE} stay`,
    };
    return revisionPlan(context, {
      id: raiseHeap.id,
      found,
      change,
      title: `Nessie: ${after}`,
      parameters: { percent },
      facts: { heap: `${before ?? "the image's default"} -> ${after}` },
      checks: [check],
      inConfiguration: `The template has no variable for it: set ${HEAP_VARIABLE} in the task definition of your Terraform as well, or the next apply takes it away.`,
    });
  },
};

function sizeOf({ definition, service }: ServiceRevision): FargateSize {
  const size = { cpu: Number(definition.cpu ?? Number.NaN), memoryMb: Number(definition.memory ?? Number.NaN) };
  if (isFargateSize(size)) return size;
  throw new Failure({
    kind: "invalid",
    what: `resize service ${service}`,
    why: `its task definition has no size of Fargate (cpu ${definition.cpu ?? "none"}, memory ${definition.memory ?? "none"})`,
    next: "It runs on EC2 or on something else: change its task definition where it is made.",
  });
}

function wholeNumber(text: string, what: string): number {
  const value = Number(text.trim());
  if (Number.isInteger(value) && value > 0) return value;
  throw new Failure({
    kind: "invalid",
    what,
    why: `"${text.trim()}" is no whole number`,
    next: "Give MB, or CPU units.",
  });
}

function asked(to: FargateSize, now: FargateSize): FargateSize {
  if (isFargateSize(to)) return to;
  const memories = fargateMemories(to.cpu);
  throw new Failure({
    kind: "invalid",
    what: `size ${to.cpu} CPU units with ${to.memoryMb} MB`,
    why: "Fargate has no tasks of this size",
    next:
      memories.length === 0
        ? `CPU sizes are 256 to 16384, doubling; now it is ${now.cpu}.`
        : `With ${to.cpu} CPU units: ${memories.slice(0, 12).join(", ")}${memories.length > 12 ? " ..." : ""} MB.`,
  });
}

function largest({ service }: ServiceRevision, { cpu, memoryMb }: FargateSize): Failure {
  return new Failure({
    kind: "invalid",
    what: `resize service ${service}`,
    why: `${cpu} CPU units with ${memoryMb} MB is the largest that can be doubled on Fargate`,
    next: "Run more tasks (raise-autoscaling), or find what needs so much.",
  });
}

function resize(
  context: PrepareContext,
  {
    id,
    named,
    found,
    now,
    to,
  }: { id: string; named: NamedService; found: ServiceRevision; now: FargateSize; to: FargateSize },
): Prepared {
  const change: RevisionChange = {
    ...(to.cpu === now.cpu ? {} : { cpu: to.cpu }),
    ...(to.memoryMb === now.memoryMb ? {} : { memoryMb: to.memoryMb }),
  };
  const size = ({ cpu, memoryMb }: FargateSize) => `${cpu} CPU units, ${memoryMb} MB`;
  const tfvars =
    named.setting === "nessie"
      ? [
          ...(change.memoryMb ? [`nessie_memory = ${to.memoryMb}`] : []),
          ...(change.cpu ? [`nessie_cpu = ${to.cpu}`] : []),
        ]
      : [];
  const same = change.cpu === undefined && change.memoryMb === undefined;
  const smaller = to.memoryMb < now.memoryMb || to.cpu < now.cpu;
  return revisionPlan(context, {
    id,
    found,
    change,
    title: `Resize ${found.service}: ${change.cpu === undefined ? `${now.memoryMb} MB to ${to.memoryMb} MB` : `${size(now)} to ${size(to)}`}`,
    parameters: { service: named.setting === "nessie" ? "nessie" : found.service, memory: to.memoryMb, cpu: to.cpu },
    facts: {
      size: `${size(now)} -> ${size(to)}`,
      ...(tfvars.length > 0 ? { "line for tfvars": tfvars.join("; ") } : {}),
    },
    checks: [
      {
        label: "size",
        status: same ? "fail" : smaller ? "warn" : "pass",
        detail: same
          ? `it is ${size(now)} already`
          : `${size(to)} is a size of Fargate${smaller ? ", and smaller than now" : ""}`,
      },
    ],
    inConfiguration:
      tfvars.length > 0
        ? `Put ${tfvars.join(" and ")} into your tfvars as well, or the next terraform apply takes it back.`
        : "Put the size into the task definition of your configuration as well, or the next terraform apply takes it back.",
  });
}
