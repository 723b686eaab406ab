import type { OutputOf } from "../../aws/contract.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { FactReader } from "../fact.ts";

/** An ECS service as diagnoses look at it. Times in domain ms; definitions by their ARN. */
export interface EcsService {
  cluster: string;
  name: string;
  desired: number;
  running: number;
  pending: number;
  taskDefinition: string;
  /** Newest (primary) first. */
  deployments: EcsDeployment[];
  /** Newest first. */
  events: { atMs: number; message: string }[];
  circuitBreaker: boolean;
  securityGroups: string[];
  subnets: string[];
  tags: Record<string, string>;
}

export interface EcsDeployment {
  id: string;
  status: string;
  taskDefinition: string;
  createdAtMs: number;
  rolloutState: string;
  rolloutReason: string;
  desired: number;
  running: number;
  failed: number;
}

/** A task, running or stopped (ECS keeps stopped ones for about an hour). Times in domain ms. */
export interface EcsTask {
  id: string;
  service: string;
  taskDefinition: string;
  /** Id of the deployment that started it. */
  deployment: string;
  lastStatus: string;
  desiredStatus: string;
  health: string;
  startedAtMs?: number;
  stoppedAtMs?: number;
  stopCode: string;
  stoppedReason: string;
  /** MB; undefined where the task sets no limit of its own. */
  memoryMb?: number;
  containers: { name: string; exitCode?: number; reason: string }[];
}

/** A revision of a task definition. `environment` may hold secrets: names may be shown, values only of variables that are known. */
export interface TaskDefinition {
  arn: string;
  /** `family:revision` */
  name: string;
  family: string;
  revision: number;
  /** CPU units; 1024 are one vCPU. */
  cpu?: number;
  memoryMb?: number;
  registeredAtMs?: number;
  registeredBy: string;
  /** The role of its processes; undefined where it has none. */
  taskRoleArn?: string;
  containers: {
    name: string;
    image: string;
    memoryMb?: number;
    environment: Record<string, string>;
    logGroup?: string;
    logPrefix?: string;
  }[];
}

/** Names per DescribeServices and tasks per DescribeTasks (Amazon ECS API reference). */
const SERVICES_PER_CALL = 10;
const TASKS_PER_CALL = 100;

type WireService = NonNullable<OutputOf<"ecs", "DescribeServices">["services"]>[number];
type WireTask = NonNullable<OutputOf<"ecs", "DescribeTasks">["tasks"]>[number];
type WireDefinition = NonNullable<OutputOf<"ecs", "DescribeTaskDefinition">["taskDefinition"]>;

export const SERVICE_OPERATIONS = ["ecs:DescribeServices"];
export const TASK_OPERATIONS = ["ecs:ListTasks", "ecs:DescribeTasks"];
export const DEFINITION_OPERATIONS = ["ecs:DescribeTaskDefinition"];

/** The services of a cluster that exist under these names, in their order. */
export async function readServices(
  reader: FactReader,
  cluster: string,
  names: readonly string[],
): Promise<EcsService[]> {
  const found: EcsService[] = [];
  for (let from = 0; from < names.length; from += SERVICES_PER_CALL) {
    const services = names.slice(from, from + SERVICES_PER_CALL);
    const { services: some = [] } = await reader.call("ecs", "DescribeServices", {
      cluster,
      services,
      include: ["TAGS"],
    });
    found.push(...some.filter(({ status }) => status !== "INACTIVE").map((service) => serviceOf(cluster, service)));
  }
  return found;
}

/** The running and the stopped tasks of a service, those that stopped last first. */
export async function readTasks(reader: FactReader, cluster: string, service: string): Promise<EcsTask[]> {
  const list = async (desiredStatus: "RUNNING" | "STOPPED") => {
    const { taskArns = [] } = await reader.call("ecs", "ListTasks", { cluster, serviceName: service, desiredStatus });
    return taskArns;
  };
  const arns = [...new Set((await Promise.all([list("RUNNING"), list("STOPPED")])).flat())];
  const found: EcsTask[] = [];
  for (let from = 0; from < arns.length; from += TASKS_PER_CALL) {
    const tasks = arns.slice(from, from + TASKS_PER_CALL);
    const { tasks: some = [] } = await reader.call("ecs", "DescribeTasks", { cluster, tasks });
    found.push(...some.map((task) => taskOf(service, task)));
  }
  return found.sort((a, b) => (b.stoppedAtMs ?? Infinity) - (a.stoppedAtMs ?? Infinity));
}

/** A revision by ARN or `family:revision`. */
export async function readDefinition(reader: FactReader, taskDefinition: string): Promise<TaskDefinition> {
  const { taskDefinition: found } = await reader.call("ecs", "DescribeTaskDefinition", { taskDefinition });
  return definitionOf(found ?? {});
}

function serviceOf(cluster: string, service: WireService): EcsService {
  const network = service.networkConfiguration?.awsvpcConfiguration;
  return {
    cluster,
    name: sanitizeLine(service.serviceName ?? ""),
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    pending: service.pendingCount ?? 0,
    taskDefinition: service.taskDefinition ?? "",
    deployments: (service.deployments ?? [])
      .map((deployment) => ({
        id: deployment.id ?? "",
        status: deployment.status ?? "",
        taskDefinition: deployment.taskDefinition ?? "",
        createdAtMs: deployment.createdAt?.getTime() ?? 0,
        rolloutState: deployment.rolloutState ?? "",
        rolloutReason: sanitizeLine(deployment.rolloutStateReason ?? ""),
        desired: deployment.desiredCount ?? 0,
        running: deployment.runningCount ?? 0,
        failed: deployment.failedTasks ?? 0,
      }))
      .sort((a, b) => Number(b.status === "PRIMARY") - Number(a.status === "PRIMARY") || b.createdAtMs - a.createdAtMs),
    events: (service.events ?? []).map((event) => ({
      atMs: event.createdAt?.getTime() ?? 0,
      message: sanitizeLine(event.message ?? ""),
    })),
    circuitBreaker: service.deploymentConfiguration?.deploymentCircuitBreaker?.enable ?? false,
    securityGroups: network?.securityGroups ?? [],
    subnets: network?.subnets ?? [],
    tags: Object.fromEntries((service.tags ?? []).map(({ key = "", value = "" }) => [key, value])),
  };
}

function taskOf(service: string, task: WireTask): EcsTask {
  return {
    id: task.taskArn?.split("/").at(-1) ?? "",
    service,
    taskDefinition: task.taskDefinitionArn ?? "",
    deployment: task.startedBy ?? "",
    lastStatus: task.lastStatus ?? "",
    desiredStatus: task.desiredStatus ?? "",
    health: task.healthStatus ?? "UNKNOWN",
    ...(task.startedAt ? { startedAtMs: task.startedAt.getTime() } : {}),
    // The process has ended before the task counts as stopped.
    ...stoppedAt(task.executionStoppedAt ?? task.stoppedAt),
    stopCode: task.stopCode ?? "",
    stoppedReason: sanitizeLine(task.stoppedReason ?? ""),
    ...(task.memory === undefined ? {} : { memoryMb: Number(task.memory) }),
    containers: (task.containers ?? []).map((container) => ({
      name: sanitizeLine(container.name ?? ""),
      ...(container.exitCode === undefined ? {} : { exitCode: container.exitCode }),
      reason: sanitizeLine(container.reason ?? ""),
    })),
  };
}

const stoppedAt = (date: Date | undefined) => (date ? { stoppedAtMs: date.getTime() } : {});

function definitionOf(definition: WireDefinition): TaskDefinition {
  const { family = "", revision = 0, cpu, memory } = definition;
  return {
    arn: definition.taskDefinitionArn ?? "",
    name: sanitizeLine(`${family}:${revision}`),
    family,
    revision,
    ...(cpu === undefined ? {} : { cpu: Number(cpu) }),
    ...(memory === undefined ? {} : { memoryMb: Number(memory) }),
    ...(definition.registeredAt ? { registeredAtMs: definition.registeredAt.getTime() } : {}),
    registeredBy: sanitizeLine(definition.registeredBy ?? ""),
    ...(definition.taskRoleArn ? { taskRoleArn: definition.taskRoleArn } : {}),
    containers: (definition.containerDefinitions ?? []).map((container) => {
      const options = container.logConfiguration?.options ?? {};
      const [logGroup, logPrefix] = [options["awslogs-group"], options["awslogs-stream-prefix"]];
      return {
        name: sanitizeLine(container.name ?? ""),
        image: sanitizeLine(container.image ?? ""),
        ...(container.memory === undefined ? {} : { memoryMb: container.memory }),
        environment: Object.fromEntries(
          (container.environment ?? []).map(({ name = "", value = "" }) => [name, value]),
        ),
        ...(logGroup ? { logGroup } : {}),
        ...(logPrefix ? { logPrefix } : {}),
      };
    }),
  };
}

/** `family:revision` of a task definition's ARN. */
export function revisionName(arn: string): string {
  return sanitizeLine(arn.split("/").at(-1) ?? arn);
}

/** A task's id as screens show it: its first eight characters. */
export const shortTask = (task: Pick<EcsTask, "id">): string => sanitizeLine(task.id.slice(0, 8));

/**
 * The container by whose end a task ended, and how it ended; undefined for a task that ECS or somebody stopped, or that never ran.
 * A SIGKILL that ECS sends when a task does not end in time is also exit code 137, but then the task did not end by itself.
 */
export function failedContainer(task: EcsTask): EcsTask["containers"][number] | undefined {
  if (task.stopCode !== "EssentialContainerExited") return undefined;
  return (
    task.containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0) ??
    task.containers.find(({ exitCode }) => exitCode === 0)
  );
}

/**
 * The container that the kernel killed at its memory limit: exit code 137 AND a reason that names memory. 137 alone is only SIGKILL,
 * which ECS sends as well when a task does not end in time (Amazon ECS developer guide, stopped task error messages).
 */
export function killedForMemory(task: EcsTask): EcsTask["containers"][number] | undefined {
  const named = (text: string) => /OutOfMemory|out of memory/i.test(text);
  return task.containers.find(
    ({ exitCode, reason }) => exitCode === 137 && (named(reason) || named(task.stoppedReason)),
  );
}

/** The tasks that ended by themselves with an error, newest first, so many at most. */
export function endedByThemselves(tasks: readonly EcsTask[], most: number): EcsTask[] {
  return tasks.filter((task) => failedContainer(task) !== undefined).slice(0, most);
}
