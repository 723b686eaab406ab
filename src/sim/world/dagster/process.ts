import type { TaskBehaviour } from "../ecs/behaviour.ts";
import type { Task, TaskDefinition } from "../ecs/model.ts";
import type { RandomStream } from "../random.ts";

/** A program as a task definition or a compose service describes it. */
export type Program = Pick<TaskDefinition, "memoryMb" | "container" | "taskRoleArn">;

/** One process of a program, wherever it runs: an ECS task is one, and so is each life of a container. */
export interface ProgramProcess {
  /** How the session of its role is called: by the task's id on ECS, by the instance's on a host. */
  id: string;
  definition: Program;
  startedAtMs?: number;
  /** When it had ended, ms since the Unix epoch. */
  executionStoppedAtMs?: number;
  exitCode?: number;
  network: Pick<Task["network"], "privateIp" | "subnetId">;
  behaviour?: TaskBehaviour;
  random: RandomStream;
}
