import type { Account } from "./account.ts";
import { Certificates } from "./acm/certificates.ts";
import type { TrailSettings } from "./data-events/data-trail.ts";
import { DynamoTables } from "./dynamodb/tables.ts";
import { type ProbeResult, steadyBehaviour, type TaskBehaviour } from "./ecs/behaviour.ts";
import { Ecs } from "./ecs/ecs.ts";
import { ageMs, processRuns, type Task } from "./ecs/model.ts";
import type { TargetGroup } from "./elb/target-group.ts";
import { External } from "./external.ts";
import { GlueCatalog } from "./glue/catalog.ts";
import { Keys } from "./kms/keys.ts";
import { LakeFormation } from "./lakeformation/permissions.ts";
import type { LoadBalancer } from "./lakehouse.ts";
import { LogExports } from "./logs/exports.ts";
import { LogStore } from "./logs/log-store.ts";
import { TaskLogs } from "./logs/task-logs.ts";
import { nessieVoice, type Voice } from "./logs/voice.ts";
import { Alarms } from "./metrics/alarms.ts";
import { MetricStore } from "./metrics/metric-store.ts";
import { Meters } from "./metrics/traffic.ts";
import type { Names } from "./names.ts";
import { Network } from "./network/network.ts";
import type { RandomStream } from "./random.ts";
import { AutoScaling } from "./scaling/auto-scaling.ts";
import { ScheduledActions } from "./scaling/scheduled.ts";
import { Topics } from "./sns/topics.ts";

/** How long before the scenario's start the account's key for S3 was made, ms. */
const ACCOUNT_KEY_AGE_MS = 400 * 86_400_000;

/** A program other than Nessie that runs in a cluster's tasks. */
export interface Program {
  behaviourOf(task: Task, random: RandomStream): TaskBehaviour;
  voice: Voice;
}

/** The account in one region: what its regional services hold. A new one is as empty as a region that nobody has used. */
export class Region {
  readonly account: Account;
  /** The template's names; `region` is this one. */
  readonly names: Names;
  readonly logs = new LogStore();
  readonly logExports: LogExports;
  readonly metrics = new MetricStore();
  readonly alarms: Alarms;
  readonly ecs: Ecs;
  readonly meters: Meters;
  readonly dynamodb: DynamoTables;
  readonly network: Network;
  readonly glue: GlueCatalog;
  readonly sns: Topics;
  readonly acm: Certificates;
  readonly lakeFormation: LakeFormation;
  readonly kms: Keys;
  readonly scaling: AutoScaling;
  readonly scheduledActions: ScheduledActions;
  readonly targetGroups = new Map<string, TargetGroup>();
  readonly loadBalancers = new Map<string, LoadBalancer>();
  /** What others than the responder do here: for scenarios and tests. */
  readonly external: External;
  readonly taskLogs: TaskLogs;
  /** What runs in the clusters where it is not Nessie, by the cluster's name. */
  readonly programs = new Map<string, Program>();
  /** How Nessie's processes that start from now on behave; scenarios replace it. */
  behaviourOf: (task: Task, random: RandomStream) => TaskBehaviour = (_task, random) => steadyBehaviour(random);
  /** Why a task cannot start, in ECS's words; scenarios replace it. */
  startFailureOf: (task: Task) => string | undefined = () => undefined;

  /** What CloudTrail's trail here is set to; a region that nobody uses has none. */
  trailSettings: () => TrailSettings | undefined = () => undefined;

  constructor(account: Account, names: Names) {
    this.account = account;
    this.names = names;
    const { kernel, journal } = account;
    const random = (entity: string) => account.random(entity);
    this.logExports = new LogExports(kernel, random(`log-exports/${names.region}`));
    this.alarms = new Alarms(kernel, journal, this.metrics);
    const programOf = (task: Task) => this.programs.get(task.service.cluster.name);
    this.taskLogs = new TaskLogs(this.logs, account.epochMs, random, (task) => programOf(task)?.voice ?? nessieVoice);
    this.ecs = new Ecs(kernel, journal, names, random, {
      behaviourOf: (task, stream) => (programOf(task) ?? this).behaviourOf(task, stream),
      startFailureOf: (task) => this.startFailureOf(task),
      registerTarget: (task, healthy) => this.#registerTarget(task, healthy),
      deregisterTarget: (task) => this.#groupOf(task)?.deregister(task.network.privateIp),
      targetHealthy: (task) => this.#groupOf(task)?.targets.get(task.network.privateIp)?.state === "healthy",
      processStarted: (task) => this.taskLogs.started(task),
      processEnded: (task) => this.taskLogs.ended(task),
    });
    this.dynamodb = new DynamoTables(kernel, journal, names, this.metrics, random);
    this.sns = new Topics(kernel, names, random(`sns/${names.region}`));
    this.acm = new Certificates(kernel, journal, names, random(`acm/${names.region}`));
    this.glue = new GlueCatalog(() => kernel.nowMs);
    this.lakeFormation = new LakeFormation(() => kernel.nowMs);
    this.kms = new Keys(names, account.epochMs - ACCOUNT_KEY_AGE_MS, random(`kms/${names.region}`));
    this.network = new Network(random(`network/${names.region}`));
    this.meters = new Meters(this.metrics, this.ecs);
    this.external = new External(this);
    this.scaling = new AutoScaling(kernel, journal, this.ecs, random("scaling"), {
      latest: (alarm) => this.alarms.latest(alarm),
      scaled: (service, desiredCount) => this.external.autoScalingUpdated(service, desiredCount),
    });
    this.scheduledActions = new ScheduledActions(kernel, names, random("scheduled-actions"), this.scaling);
  }

  /** The task behind a private IP address, the newest when it was used before. */
  taskAt(ip: string): Task | undefined {
    return this.ecs.taskAt(ip);
  }

  /** What a health check of this address finds now: silence where the network does not let it through. */
  probe(ip: string): ProbeResult {
    const task = this.taskAt(ip);
    if (task && !this.#balancerReaches(task)) return "timeout";
    if (!task?.behaviour || !processRuns(task)) return "refused";
    return task.behaviour.probe(ageMs(task, this.account.kernel.nowMs));
  }

  #balancerReaches(task: Task): boolean {
    const balancer = this.loadBalancers.get(this.#groupOf(task)?.loadBalancerArn ?? "");
    if (!balancer) return true;
    const from = { ip: balancer.ip, groups: balancer.securityGroups };
    const to = { ip: task.network.privateIp, groups: task.service.securityGroups };
    return this.network.reaches(from, to, task.definition.container.port);
  }

  #groupOf(task: Task): TargetGroup | undefined {
    return this.targetGroups.get(task.service.targetGroupArn ?? "");
  }

  #registerTarget(task: Task, healthy: boolean): void {
    const { privateIp, zone } = task.network;
    this.#groupOf(task)?.register(privateIp, zone, task.random.between(4_000, 30_000), healthy);
  }
}
