import type { AwsError } from "../wire/aws-error.ts";
import type { WireCall } from "../wire/types.ts";
import { Buckets } from "./buckets.ts";
import { Denials } from "./denials.ts";
import { type ProbeResult, steadyBehaviour, type TaskBehaviour } from "./ecs/behaviour.ts";
import { Ecs } from "./ecs/ecs.ts";
import { ageMs, processRuns, type Task } from "./ecs/model.ts";
import type { TargetGroup } from "./elb/target-group.ts";
import { External } from "./external.ts";
import { Journal } from "./journal.ts";
import { Kernel } from "./kernel.ts";
import { buildLakehouse, type Lakehouse, type LoadBalancer, samplingStart } from "./lakehouse.ts";
import { LogStore } from "./logs/log-store.ts";
import { TaskLogs } from "./logs/task-logs.ts";
import { Alarms } from "./metrics/alarms.ts";
import { MetricStore } from "./metrics/metric-store.ts";
import { Meters, SAMPLE_PERIOD_MS, type Traffic } from "./metrics/traffic.ts";
import { type Names, type Place, templateNames } from "./names.ts";
import { Principals } from "./principals.ts";
import { hashText, type RandomStream, randomStream } from "./random.ts";
import { resourceArn, trailResources } from "./resource-arn.ts";
import { AutoScaling } from "./scaling/auto-scaling.ts";
import { Trail } from "./trail.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** How much history exists before the scenario starts, virtual ms. */
export const PREHISTORY_MS = 3_600_000;

export interface WorldOptions extends Place {
  clock: VirtualClock;
  seed: number;
}

/** CloudTrail's name of a service where it is not the signing name (CloudTrail user guide, supported services). */
const EVENT_SOURCES: Record<string, string> = { "application-autoscaling": "autoscaling" };
const READS = /^(Describe|List|Get|Head|Lookup|Filter|StartLiveTail)/;

/** The simulated account: one clock, one event queue, and the entities that live by them. */
export class World {
  readonly names: Names;
  readonly seed: number;
  /** Virtual start of the scenario, ms since the Unix epoch. */
  readonly epochMs: number;
  readonly clock: VirtualClock;
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly principals: Principals;
  readonly denials = new Denials();
  readonly trail: Trail;
  readonly logs = new LogStore();
  readonly metrics = new MetricStore();
  readonly alarms: Alarms;
  readonly ecs: Ecs;
  readonly meters: Meters;
  readonly scaling: AutoScaling;
  readonly buckets: Buckets;
  readonly targetGroups = new Map<string, TargetGroup>();
  readonly loadBalancers = new Map<string, LoadBalancer>();
  readonly lakehouse: Lakehouse;
  readonly scalingRoleArn: string;
  /** What others than the responder do in the account: for scenarios and tests. */
  readonly external: External;
  /** How the processes of tasks that start from now on behave; scenarios replace it. */
  behaviourOf: (task: Task, random: RandomStream) => TaskBehaviour = (_task, random) => steadyBehaviour(random);
  /** Why a task cannot start, in ECS's words; scenarios replace it. */
  startFailureOf: (task: Task) => string | undefined = () => undefined;
  #requestCount = 0;

  constructor(options: WorldOptions) {
    this.names = templateNames(options);
    this.seed = options.seed;
    this.clock = options.clock;
    this.epochMs = options.clock.epochMs;
    this.kernel = new Kernel(this.epochMs - PREHISTORY_MS);
    this.journal = new Journal(this.epochMs);
    this.principals = new Principals(options.accountId);
    this.trail = new Trail(this.random("trail"));
    this.buckets = new Buckets(this.random("buckets"));
    this.alarms = new Alarms(this.kernel, this.journal, this.metrics);
    const taskLogs = new TaskLogs(this.logs, this.epochMs, (entity) => this.random(entity));
    this.ecs = new Ecs(this.kernel, this.journal, this.names, (entity) => this.random(entity), {
      behaviourOf: (task, random) => this.behaviourOf(task, random),
      startFailureOf: (task) => this.startFailureOf(task),
      registerTarget: (task, healthy) => this.#registerTarget(task, healthy),
      deregisterTarget: (task) => this.#groupOf(task)?.deregister(task.network.privateIp),
      targetHealthy: (task) => this.#groupOf(task)?.targets.get(task.network.privateIp)?.state === "healthy",
      processStarted: (task) => taskLogs.started(task),
      processEnded: (task) => taskLogs.ended(task),
    });
    this.meters = new Meters(this.metrics, this.ecs);
    this.scalingRoleArn = `arn:aws:iam::${options.accountId}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`;
    this.external = new External(this);
    this.scaling = new AutoScaling(this.kernel, this.journal, this.ecs, this.random("scaling"), {
      latest: (alarm) => this.alarms.latest(alarm),
      scaled: (service, desiredCount) => this.external.autoScalingUpdated(service, desiredCount),
    });
    this.lakehouse = buildLakehouse(this);
  }

  /** The random stream of an entity; the same name gives the same numbers in every world of this seed. */
  random(entity: string): RandomStream {
    return randomStream(this.seed, entity);
  }

  /** Virtual time in ms since the Unix epoch, with everything due until then done. */
  now(): number {
    this.kernel.runUntil(this.clock.now());
    return this.kernel.nowMs;
  }

  /** Moves virtual time to `atMs` (ms since the Unix epoch) and lets happen what is due until then. */
  advanceTo(atMs: number): void {
    this.clock.advanceTo(atMs);
    this.now();
  }

  /** Moves virtual time on by `durationMs`. */
  advanceBy(durationMs: number): void {
    this.advanceTo(this.clock.now() + durationMs);
  }

  /** A request id in the form of AWS's, counted: the n-th call of a world has the same one in every run. */
  nextRequestId(): string {
    const count = (++this.#requestCount).toString(16).padStart(12, "0");
    const head = hashText(`requests/${this.seed}`).toString(16).padStart(8, "0");
    return `${head}-5e1f-4a00-9c0d-${count}`;
  }

  /** The ARN that an AccessDenied message names for this call; `*` where AWS names none. */
  resourceArn(call: WireCall, input: object): string {
    return resourceArn(this.names, call, input as Record<string, unknown>);
  }

  /** A call was carried out, or refused with an error by its handler: mutations of the management plane go to the trail. */
  executed(call: WireCall, input: object, output: object | undefined, error: AwsError | undefined): void {
    if (READS.test(call.operation) || (call.service === "s3" && !call.operation.includes("Bucket"))) return;
    this.trail.record({
      name: call.operation,
      source: `${EVENT_SOURCES[call.service] ?? call.service}.amazonaws.com`,
      atMs: call.atMs,
      region: call.region,
      requestId: call.requestId,
      userAgent: call.userAgent,
      input,
      output,
      ...(error ? { error: { code: error.code, message: error.message } } : {}),
      resources: trailResources(call, input as Record<string, unknown>),
      by: this.principals.of(call.accessKeyId),
    });
  }

  /** The task behind a private IP address, the newest when it was used before. */
  taskAt(ip: string): Task | undefined {
    let found: Task | undefined;
    for (const task of this.ecs.tasks.values()) {
      if (task.network.privateIp === ip && (!found || task.createdAtMs >= found.createdAtMs)) found = task;
    }
    return found;
  }

  /** What a health check of this address finds now. */
  probe(ip: string): ProbeResult {
    const task = this.taskAt(ip);
    if (!task?.behaviour || !processRuns(task)) return "refused";
    return task.behaviour.probe(ageMs(task, this.kernel.nowMs));
  }

  /** Reads the meters of a load balancer, and of all services, from now on. */
  scheduleSampling(traffic: Traffic): void {
    const random = this.random(`traffic/${traffic.loadBalancerName}`);
    this.kernel.every(samplingStart(this.kernel.nowMs), SAMPLE_PERIOD_MS, () => {
      this.meters.sampleServices(this.kernel.nowMs);
      this.meters.sampleTraffic(traffic, (ip) => this.taskAt(ip), this.kernel.nowMs, random);
    });
  }

  #groupOf(task: Task): TargetGroup | undefined {
    return this.targetGroups.get(task.service.targetGroupArn ?? "");
  }

  #registerTarget(task: Task, healthy: boolean): void {
    const { privateIp, zone } = task.network;
    this.#groupOf(task)?.register(privateIp, zone, task.random.between(4_000, 30_000), healthy);
  }
}
