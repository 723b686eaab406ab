import type { RandomStream } from "../random.ts";
import type { TaskBehaviour } from "./behaviour.ts";

/** Task states in the order of ECS's task lifecycle. */
export type TaskStatus =
  | "PROVISIONING"
  | "PENDING"
  | "ACTIVATING"
  | "RUNNING"
  | "DEACTIVATING"
  | "STOPPING"
  | "DEPROVISIONING"
  | "STOPPED";

export interface TaskDefinition {
  family: string;
  revision: number;
  arn: string;
  cpuUnits: number;
  memoryMb: number;
  container: {
    name: string;
    image: string;
    /** 0: none. */
    port: number;
    environment: { name: string; value: string }[];
    /** Of the container's own health check, for its shell; undefined without one. */
    healthCommand?: string | undefined;
  };
  executionRoleArn: string;
  taskRoleArn: string;
  logGroup: string;
  registeredAtMs: number;
  registeredBy: string;
}

export interface Task {
  id: string;
  arn: string;
  service: Service;
  deploymentId: string;
  definition: TaskDefinition;
  lastStatus: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  createdAtMs: number;
  pullStartedAtMs?: number;
  pullStoppedAtMs?: number;
  startedAtMs?: number;
  stoppingAtMs?: number;
  executionStoppedAtMs?: number;
  stoppedAtMs?: number;
  stopCode?: "TaskFailedToStart" | "EssentialContainerExited" | "UserInitiated" | "ServiceSchedulerInitiated";
  stoppedReason?: string;
  exitCode?: number;
  containerReason?: string;
  version: number;
  network: { privateIp: string; eniId: string; attachmentId: string; subnetId: string; zone: string; mac: string };
  runtimeId: string;
  behaviour?: TaskBehaviour;
  random: RandomStream;
}

export interface Deployment {
  id: string;
  status: "PRIMARY" | "ACTIVE";
  definition: TaskDefinition;
  desiredCount: number;
  failedTasks: number;
  rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  rolloutReason: string;
  createdAtMs: number;
  updatedAtMs: number;
}

export interface ServiceEvent {
  id: string;
  atMs: number;
  message: string;
}

export interface Service {
  name: string;
  arn: string;
  cluster: Cluster;
  desiredCount: number;
  /** PRIMARY first. */
  deployments: Deployment[];
  /** Newest first, at most 100 as ECS keeps them. */
  events: ServiceEvent[];
  tasks: Task[];
  targetGroupArn?: string;
  subnets: { id: string; zone: string; prefix: string }[];
  securityGroups: string[];
  createdAtMs: number;
  healthCheckGraceSeconds: number;
  steady: boolean;
  /** Consecutive tasks that stopped before they ran: slows replacements down. */
  startFailures: number;
  /** When desired last rose from 0: tasks started then meet no backlog of retries. */
  raisedFromZeroAtMs?: number;
  random: RandomStream;
}

export interface Cluster {
  name: string;
  arn: string;
  services: Map<string, Service>;
}

/** Tasks that the service still wants: not on their way out. */
export function liveTasks(service: Service): Task[] {
  return service.tasks.filter((task) => task.desiredStatus === "RUNNING");
}

/** ECS's runningCount: tasks whose last status is RUNNING. */
export function runningCount(tasks: readonly Task[]): number {
  return tasks.filter((task) => task.lastStatus === "RUNNING").length;
}

/** ECS's pendingCount: tasks that are being started. */
export function pendingCount(tasks: readonly Task[]): number {
  return tasks.filter((task) => ["PROVISIONING", "PENDING", "ACTIVATING"].includes(task.lastStatus)).length;
}

/** Age of the task's process in ms at `atMs`; 0 before it runs. */
export function ageMs(task: Task, atMs: number): number {
  return task.startedAtMs === undefined ? 0 : Math.max(0, atMs - task.startedAtMs);
}

/** Whether the task's process runs: from RUNNING until it has ended, also while it is being stopped. */
export function processRuns(task: Task): boolean {
  return task.startedAtMs !== undefined && task.executionStoppedAtMs === undefined;
}
