import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel.ts";
import { ageMs, type Task, type TaskStatus } from "./model.ts";

/** How long stopped tasks stay visible: about an hour (ECS API reference, DescribeTasks). */
const STOPPED_TASK_RETENTION_MS = 3_600_000;
/** ECS sends SIGKILL this long after SIGTERM (StopTask, default stopTimeout). */
const STOP_TIMEOUT_MS = 30_000;

/** What the lifecycle tells the rest of the world. */
export interface LifecycleListener {
  /** The task enters RUNNING: its behaviour must be set. */
  starting(task: Task): void;
  /** Why the task cannot start, undefined when it can; asked once its image should be there. */
  startFailureOf(task: Task): string | undefined;
  startFailed(task: Task): void;
  running(task: Task): void;
  /** The load balancer must let go of the task. */
  leaving(task: Task): void;
  /** The process has ended. */
  ended(task: Task): void;
  /** Any change that the scheduler may have to act on. */
  changed(task: Task): void;
  forgotten(task: Task): void;
}

/** Moves Fargate tasks through their states. Durations are typical ones for Fargate with an image of some 300 MB. */
export class TaskLifecycle {
  readonly #kernel: Kernel;
  readonly #journal: Journal;
  readonly #listener: LifecycleListener;

  constructor(kernel: Kernel, journal: Journal, listener: LifecycleListener) {
    this.#kernel = kernel;
    this.#journal = journal;
    this.#listener = listener;
  }

  /** Takes a new task from PROVISIONING to RUNNING. */
  start(task: Task): void {
    this.#enter(task, "PROVISIONING");
    this.#kernel.after(task.random.between(8_000, 14_000), () => {
      if (task.lastStatus !== "PROVISIONING") return;
      this.#enter(task, "PENDING");
      task.pullStartedAtMs = this.#kernel.nowMs + 1_500;
      this.#kernel.after(task.random.between(11_000, 19_000), () => {
        if (task.lastStatus !== "PENDING") return;
        const failure = this.#listener.startFailureOf(task);
        if (failure !== undefined) {
          this.#failToStart(task, failure);
          return;
        }
        task.pullStoppedAtMs = this.#kernel.nowMs - 1_000;
        this.#enter(task, "ACTIVATING");
        this.#kernel.after(task.random.between(1_000, 3_000), () => {
          if (task.lastStatus === "ACTIVATING") this.run(task, this.#kernel.nowMs);
        });
      });
    });
  }

  /** Puts the task in RUNNING as of `startedAtMs`, which may lie before now: how a world begins with old tasks. */
  run(task: Task, startedAtMs: number): void {
    task.startedAtMs = startedAtMs;
    this.#listener.starting(task);
    this.#enter(task, "RUNNING");
    this.#listener.running(task);
    const exit = task.behaviour?.exit;
    if (!exit) return;
    this.#kernel.at(startedAtMs + exit.afterMs, () => {
      if (task.executionStoppedAtMs !== undefined) return;
      task.exitCode = exit.exitCode;
      if (exit.reason !== undefined) task.containerReason = exit.reason;
      // A task that is being stopped keeps the reason it was stopped for.
      task.stopCode ??= "EssentialContainerExited";
      task.stoppedReason ??= "Essential container in task exited";
      this.#processEnded(task);
    });
  }

  /** Stops a task as ECS does: out of the load balancer, SIGTERM, SIGKILL after 30 s. Does nothing for one already stopping. */
  stop(task: Task, stopCode: NonNullable<Task["stopCode"]>, reason: string): void {
    if (task.desiredStatus === "STOPPED") return;
    const ran = task.startedAtMs !== undefined;
    task.desiredStatus = "STOPPED";
    task.stopCode = stopCode;
    task.stoppedReason = reason;
    task.stoppingAtMs = this.#kernel.nowMs;
    this.#listener.leaving(task);
    if (!ran) {
      this.#deprovision(task);
      return;
    }
    this.#enter(task, "DEACTIVATING");
    this.#kernel.after(task.random.between(2_000, 5_000), () => {
      if (task.lastStatus !== "DEACTIVATING") return;
      this.#enter(task, "STOPPING");
      const pressed = ageMs(task, this.#kernel.nowMs) >= (task.behaviour?.pressureAfterMs ?? Number.POSITIVE_INFINITY);
      const wantedMs = pressed ? Number.POSITIVE_INFINITY : (task.behaviour?.terminationMs ?? 0);
      this.#kernel.after(Math.min(wantedMs, STOP_TIMEOUT_MS), () => {
        if (task.executionStoppedAtMs !== undefined) return;
        task.exitCode = wantedMs > STOP_TIMEOUT_MS ? 137 : 143;
        this.#processEnded(task);
      });
    });
  }

  #failToStart(task: Task, reason: string): void {
    task.desiredStatus = "STOPPED";
    task.stopCode = "TaskFailedToStart";
    task.stoppedReason = reason;
    task.stoppingAtMs = this.#kernel.nowMs;
    this.#listener.startFailed(task);
    this.#deprovision(task);
  }

  #processEnded(task: Task): void {
    task.executionStoppedAtMs = this.#kernel.nowMs;
    if (task.desiredStatus === "RUNNING") {
      task.desiredStatus = "STOPPED";
      task.stoppingAtMs = this.#kernel.nowMs;
      this.#listener.leaving(task);
    }
    this.#journal.note(this.#kernel.nowMs, `task ${task.id} exit ${task.exitCode}`);
    this.#listener.ended(task);
    this.#deprovision(task);
  }

  #deprovision(task: Task): void {
    this.#enter(task, "DEPROVISIONING");
    this.#kernel.after(task.random.between(4_000, 11_000), () => {
      task.stoppedAtMs = this.#kernel.nowMs;
      this.#enter(task, "STOPPED");
      this.#kernel.after(STOPPED_TASK_RETENTION_MS, () => this.#listener.forgotten(task));
    });
  }

  #enter(task: Task, status: TaskStatus): void {
    task.lastStatus = status;
    task.version += 1;
    this.#journal.note(this.#kernel.nowMs, `task ${task.id} ${status}`);
    this.#listener.changed(task);
  }
}
