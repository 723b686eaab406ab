import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel.ts";
import { arn, type Place } from "../names.ts";
import { type RandomStream, randomUuid } from "../random.ts";
import type { TaskBehaviour } from "./behaviour.ts";
import { TaskLifecycle } from "./lifecycle.ts";
import { type Cluster, type Deployment, liveTasks, type Service, type Task, type TaskDefinition } from "./model.ts";
import { ServiceScheduler } from "./scheduler.ts";

/** What the rest of the world learns from ECS, and what ECS asks of it. */
export interface EcsPort {
  /** How a task's process behaves; called once, when it enters RUNNING. */
  behaviourOf(task: Task, random: RandomStream): TaskBehaviour;
  /** Why the task cannot start (an image that cannot be pulled ...), in ECS's words; undefined when it can. */
  startFailureOf(task: Task): string | undefined;
  registerTarget(task: Task, alreadyHealthy: boolean): void;
  deregisterTarget(task: Task): void;
  /** Whether the load balancer sends requests to the task. */
  targetHealthy(task: Task): boolean;
  /** The task's process started or ended: its log stream begins or ends. */
  processStarted(task: Task): void;
  processEnded(task: Task): void;
}

/** How long ECS watches an unhealthy target before it replaces the task. */
const UNHEALTHY_PATIENCE_MS = { from: 120_000, to: 140_000 };

/** Host parts of a /24 that tasks get: the first ones are the network's own. */
const FIRST_HOST = 10;
const HOSTS = 240;

const digits = (random: RandomStream, count: number) =>
  Array.from({ length: count }, () => random.whole(0, 9)).join("");

/** The simulated ECS of one account and region. */
export class Ecs {
  readonly clusters = new Map<string, Cluster>();
  readonly definitions = new Map<string, TaskDefinition[]>();
  readonly tasks = new Map<string, Task>();
  /** The newest task of each private address. */
  readonly #byAddress = new Map<string, Task>();
  readonly scheduler: ServiceScheduler;
  readonly lifecycle: TaskLifecycle;
  readonly #kernel: Kernel;
  readonly #place: Place;
  readonly #port: EcsPort;
  readonly #random: (entity: string) => RandomStream;
  #taskCount = 0;
  /** Tasks that each service has had: no service's chance depends on the others. */
  readonly #tasksOf = new Map<string, number>();

  constructor(kernel: Kernel, journal: Journal, place: Place, random: (entity: string) => RandomStream, port: EcsPort) {
    this.#kernel = kernel;
    this.#place = place;
    this.#port = port;
    this.#random = random;
    this.lifecycle = new TaskLifecycle(kernel, journal, {
      starting: (task) => {
        task.behaviour = port.behaviourOf(task, task.random);
        port.processStarted(task);
      },
      startFailureOf: (task) => port.startFailureOf(task),
      startFailed: (task) => this.scheduler.startFailed(task),
      running: (task) => this.#running(task),
      leaving: (task) => port.deregisterTarget(task),
      ended: (task) => port.processEnded(task),
      changed: (task) => this.scheduler.wake(task.service),
      forgotten: (task) => this.#forget(task),
    });
    this.scheduler = new ServiceScheduler(kernel, journal, this.lifecycle, {
      createTask: (service, deployment) => this.createTask(service, deployment),
      inService: (task) => task.lastStatus === "RUNNING" && (!task.service.targetGroupArn || port.targetHealthy(task)),
    });
  }

  addCluster(name: string): Cluster {
    const cluster: Cluster = { name, arn: arn(this.#place, "ecs", `cluster/${name}`), services: new Map() };
    this.clusters.set(name, cluster);
    return cluster;
  }

  /** Registers the next revision of a family. */
  addDefinition(draft: Omit<TaskDefinition, "revision" | "arn" | "registeredAtMs">): TaskDefinition {
    const revisions = this.definitions.get(draft.family) ?? [];
    const revision = revisions.length + 1;
    const definition: TaskDefinition = {
      ...draft,
      revision,
      arn: arn(this.#place, "ecs", `task-definition/${draft.family}:${revision}`),
      registeredAtMs: this.#kernel.nowMs,
    };
    this.definitions.set(draft.family, [...revisions, definition]);
    return definition;
  }

  /** A service with a completed deployment and no tasks yet. */
  addService(
    draft: Pick<
      Service,
      "name" | "cluster" | "desiredCount" | "targetGroupArn" | "subnets" | "securityGroups" | "createdAtMs"
    >,
    definition: TaskDefinition,
  ): Service {
    const service: Service = {
      ...draft,
      arn: arn(this.#place, "ecs", `service/${draft.cluster.name}/${draft.name}`),
      deployments: [],
      events: [],
      tasks: [],
      healthCheckGraceSeconds: 120,
      steady: true,
      startFailures: 0,
      random: this.#random(`service/${draft.cluster.name}/${draft.name}`),
    };
    const deployment = this.#newDeployment(service, definition, draft.createdAtMs);
    deployment.rolloutState = "COMPLETED";
    deployment.rolloutReason = `ECS deployment ${deployment.id} completed.`;
    service.deployments = [deployment];
    draft.cluster.services.set(draft.name, service);
    return service;
  }

  /** A task that has been running since `startedAtMs` and is healthy behind the load balancer. */
  addRunningTask(service: Service, startedAtMs: number): Task {
    const task = this.createTask(service, service.deployments[0]!);
    task.createdAtMs = startedAtMs - 38_000;
    task.pullStartedAtMs = startedAtMs - 24_000;
    task.pullStoppedAtMs = startedAtMs - 4_000;
    this.lifecycle.run(task, startedAtMs);
    return task;
  }

  createTask(service: Service, deployment: Deployment): Task {
    this.#taskCount += 1;
    const ordinal = (this.#tasksOf.get(service.arn) ?? 0) + 1;
    this.#tasksOf.set(service.arn, ordinal);
    const random = this.#random(`task/${service.arn}/${ordinal}`);
    const id = random.hex(32);
    const subnet = service.subnets[(this.#taskCount - 1) % service.subnets.length]!;
    const privateIp = this.#freeAddress(subnet.prefix, this.#taskCount * 37 + random.whole(0, 20));
    const task: Task = {
      id,
      arn: arn(this.#place, "ecs", `task/${service.cluster.name}/${id}`),
      service,
      deploymentId: deployment.id,
      definition: deployment.definition,
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      createdAtMs: this.#kernel.nowMs,
      version: 0,
      network: {
        privateIp,
        eniId: `eni-0${random.hex(16)}`,
        attachmentId: randomUuid(random),
        subnetId: subnet.id,
        zone: subnet.zone,
        mac: `0a:${random.hex(10).match(/../g)!.join(":")}`,
      },
      runtimeId: `${id}-${digits(random, 10)}`,
      random,
    };
    service.tasks.push(task);
    this.tasks.set(id, task);
    this.#byAddress.set(privateIp, task);
    return task;
  }

  /** The task that has this private address, the newest when it was used before. */
  taskAt(ip: string): Task | undefined {
    return this.#byAddress.get(ip);
  }

  /** An address of a /24 that no living task has; of a full subnet any one. @param first where the search begins. */
  #freeAddress(prefix: string, first: number): string {
    const address = (offset: number) => `${prefix}.${FIRST_HOST + ((first + offset) % HOSTS)}`;
    for (let offset = 0; offset < HOSTS; offset++) {
      const holder = this.#byAddress.get(address(offset));
      if (!holder || holder.lastStatus === "STOPPED") return address(offset);
    }
    return address(0);
  }

  /** UpdateService: another desired count, definition, or a forced deployment. Undefined members stay as they are. */
  updateService(
    service: Service,
    change: { desiredCount?: number; definition?: TaskDefinition; forceNewDeployment?: boolean },
  ): void {
    if (change.desiredCount !== undefined) {
      if (service.desiredCount === 0 && change.desiredCount > 0) service.raisedFromZeroAtMs = this.#kernel.nowMs;
      if (service.desiredCount !== change.desiredCount) service.steady = false;
      service.desiredCount = change.desiredCount;
    }
    const primary = service.deployments[0]!;
    const definition = change.definition ?? primary.definition;
    if (change.forceNewDeployment || definition !== primary.definition) {
      primary.status = "ACTIVE";
      service.deployments = [this.#newDeployment(service, definition, this.#kernel.nowMs), ...service.deployments];
      // What kept the former deployment's tasks from starting says nothing of the new one's.
      service.startFailures = 0;
      service.steady = false;
    }
    const newest = service.deployments[0]!;
    newest.desiredCount = service.desiredCount;
    newest.updatedAtMs = this.#kernel.nowMs;
    this.scheduler.wake(service);
  }

  /** The load balancer found the task's target unhealthy: said after the grace period, and the task replaced if it stays so. */
  targetUnhealthy(task: Task, cause: string): void {
    if (task.desiredStatus === "STOPPED") return;
    const { service } = task;
    const graceEndsMs = (task.startedAtMs ?? 0) + service.healthCheckGraceSeconds * 1000;
    if (this.#kernel.nowMs < graceEndsMs) {
      this.#kernel.at(graceEndsMs, () => {
        if (!this.#port.targetHealthy(task)) this.targetUnhealthy(task, cause);
      });
      return;
    }
    const group = service.targetGroupArn;
    service.steady = false;
    this.scheduler.say(
      service,
      `(port ${task.definition.container.port}) is unhealthy in (target-group ${group}) due to (reason ${cause})`,
    );
    this.#kernel.after(service.random.between(UNHEALTHY_PATIENCE_MS.from, UNHEALTHY_PATIENCE_MS.to), () => {
      if (task.desiredStatus === "STOPPED" || this.#port.targetHealthy(task)) return;
      this.scheduler.say(service, `has stopped 1 running tasks: (task ${task.id}).`);
      this.lifecycle.stop(
        task,
        "ServiceSchedulerInitiated",
        `Task failed ELB health checks in (target-group ${group})`,
      );
    });
  }

  targetHealthy(task: Task): void {
    this.scheduler.wake(task.service);
  }

  /** Tasks that the service still wants. */
  live(service: Service): Task[] {
    return liveTasks(service);
  }

  #running(task: Task): void {
    const { service } = task;
    const old = task.startedAtMs !== this.#kernel.nowMs;
    service.startFailures = 0;
    if (!service.targetGroupArn) return;
    if (!old) this.scheduler.say(service, `registered 1 targets in (target-group ${service.targetGroupArn})`);
    this.#port.registerTarget(task, old);
  }

  #newDeployment(service: Service, definition: TaskDefinition, atMs: number): Deployment {
    const id = `ecs-svc/${digits(service.random, 19)}`;
    return {
      id,
      status: "PRIMARY",
      definition,
      desiredCount: service.desiredCount,
      failedTasks: 0,
      rolloutState: "IN_PROGRESS",
      rolloutReason: `ECS deployment ${id} in progress.`,
      createdAtMs: atMs,
      updatedAtMs: atMs,
    };
  }

  #forget(task: Task): void {
    this.tasks.delete(task.id);
    if (this.#byAddress.get(task.network.privateIp) === task) this.#byAddress.delete(task.network.privateIp);
    task.service.tasks = task.service.tasks.filter((other) => other !== task);
  }
}
