import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel.ts";
import { randomUuid } from "../random.ts";
import type { TaskLifecycle } from "./lifecycle.ts";
import { type Deployment, liveTasks, type Service, type Task } from "./model.ts";

/** What the scheduler needs beside the lifecycle. */
export interface SchedulerPort {
  createTask(service: Service, deployment: Deployment): Task;
  /** Whether the task takes part: RUNNING and, behind a load balancer, healthy there. */
  inService(task: Task): boolean;
}

/** Events that a service keeps (ECS console and DescribeServices show the last 100). */
const EVENTS_KEPT = 100;
/** Longest pause between attempts to start tasks that never run (ECS developer guide, service throttle logic: 15 minutes). */
const LONGEST_PAUSE_MS = 900_000;

const names = (tasks: readonly Task[]) => tasks.map((task) => `(task ${task.id})`).join(" ");

/** The ECS service scheduler: keeps the desired number of tasks, rolls deployments, and says so in service events. */
export class ServiceScheduler {
  readonly #kernel: Kernel;
  readonly #journal: Journal;
  readonly #lifecycle: TaskLifecycle;
  readonly #port: SchedulerPort;
  readonly #planned = new Set<Service>();

  constructor(kernel: Kernel, journal: Journal, lifecycle: TaskLifecycle, port: SchedulerPort) {
    this.#kernel = kernel;
    this.#journal = journal;
    this.#lifecycle = lifecycle;
    this.#port = port;
  }

  /** Looks at the service again in a few seconds: the scheduler's own pace. */
  wake(service: Service): void {
    if (this.#planned.has(service)) return;
    this.#planned.add(service);
    this.#kernel.after(service.random.between(2_000, 6_000), () => {
      this.#planned.delete(service);
      this.#reconcile(service);
    });
  }

  /** Adds a service event in ECS's words: `(service NAME) MESSAGE`. */
  say(service: Service, message: string): void {
    const text = `(service ${service.name}) ${message}`;
    service.events.unshift({ id: randomUuid(service.random), atMs: this.#kernel.nowMs, message: text });
    if (service.events.length > EVENTS_KEPT) service.events.pop();
    this.#journal.note(this.#kernel.nowMs, text);
  }

  /** A task stopped before it ran: the next attempts are spaced out. */
  startFailed(task: Task): void {
    const { service } = task;
    service.startFailures += 1;
    const deployment = service.deployments.find((candidate) => candidate.id === task.deploymentId);
    if (deployment) deployment.failedTasks += 1;
    if (service.startFailures !== 3) return;
    const advice = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
    this.say(service, `is unable to consistently start tasks successfully. ${advice}`);
  }

  #reconcile(service: Service): void {
    const [primary, ...older] = service.deployments;
    if (!primary) return;
    primary.desiredCount = service.desiredCount;
    const live = liveTasks(service);
    const current = live.filter((task) => task.deploymentId === primary.id);
    if (current.length < service.desiredCount) this.#startTasks(service, primary, live.length, current.length);
    if (current.length > service.desiredCount) this.#scaleIn(service, primary, current);
    if (older.length > 0) this.#retireOlder(service, primary, live);
    this.#settle(service, primary);
  }

  #startTasks(service: Service, primary: Deployment, live: number, current: number): void {
    // maximumPercent 200: ECS's default for rolling updates.
    const room = service.desiredCount * 2 - live;
    const count = Math.min(service.desiredCount - current, room);
    if (count <= 0) return;
    service.steady = false;
    const pauseMs =
      service.startFailures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, 15_000 * 2 ** (service.startFailures - 1));
    const lastStartMs = Math.max(0, ...service.tasks.map((task) => task.createdAtMs));
    const dueMs = lastStartMs + pauseMs;
    if (dueMs > this.#kernel.nowMs) {
      this.#kernel.at(dueMs, () => this.wake(service));
      return;
    }
    const started = Array.from({ length: count }, () => this.#port.createTask(service, primary));
    this.say(service, `has started ${count} tasks: ${names(started)}.`);
    for (const task of started) this.#lifecycle.start(task);
  }

  #scaleIn(service: Service, primary: Deployment, current: Task[]): void {
    service.steady = false;
    const rank = (task: Task) => (task.lastStatus !== "RUNNING" ? 0 : this.#port.inService(task) ? 2 : 1);
    const leaving = [...current].sort((a, b) => rank(a) - rank(b)).slice(0, current.length - service.desiredCount);
    this.#stopTasks(service, leaving, `Scaling activity initiated by (deployment ${primary.id})`);
  }

  #retireOlder(service: Service, primary: Deployment, live: Task[]): void {
    const old = live.filter((task) => task.deploymentId !== primary.id);
    const ready = live.filter((task) => this.#port.inService(task));
    // minimumHealthyPercent 100: an old task goes only when enough others serve.
    const spare = Math.max(0, ready.length - service.desiredCount);
    const idle = old.filter((task) => !ready.includes(task));
    const leaving = [...idle, ...old.filter((task) => ready.includes(task)).slice(0, spare)];
    if (leaving.length > 0)
      this.#stopTasks(service, leaving, `Scaling activity initiated by (deployment ${primary.id})`);
    if (old.length === leaving.length) service.deployments = [primary];
  }

  #stopTasks(service: Service, tasks: Task[], reason: string): void {
    this.say(service, `has stopped ${tasks.length} running tasks: ${names(tasks)}.`);
    if (service.targetGroupArn) {
      this.say(service, `has begun draining connections on ${tasks.length} tasks.`);
      this.say(service, `deregistered ${tasks.length} targets in (target-group ${service.targetGroupArn})`);
    }
    for (const task of tasks) this.#lifecycle.stop(task, "ServiceSchedulerInitiated", reason);
  }

  #settle(service: Service, primary: Deployment): void {
    const live = liveTasks(service);
    const ready = live.filter((task) => this.#port.inService(task)).length;
    if (service.deployments.length > 1 || live.length !== service.desiredCount || ready !== service.desiredCount)
      return;
    service.startFailures = 0;
    if (primary.rolloutState === "IN_PROGRESS") {
      primary.rolloutState = "COMPLETED";
      primary.rolloutReason = `ECS deployment ${primary.id} completed.`;
      primary.updatedAtMs = this.#kernel.nowMs;
      this.say(service, `(deployment ${primary.id}) deployment completed.`);
    }
    if (service.steady) return;
    service.steady = true;
    this.say(service, "has reached a steady state.");
  }
}
