import { recordDeed } from "../deeds.ts";
import { type Cluster, liveTasks, pendingCount, runningCount, type Service, type Task } from "../ecs/model.ts";
import { NETWORK_IDS, SUBNETS } from "../lakehouse-network.ts";
import { arn } from "../names.ts";
import type { Principal } from "../principals.ts";
import type { World } from "../world.ts";
import type { DagsterHome } from "./home.ts";
import type { Program, ProgramProcess } from "./process.ts";
import { DAGSTER_PROGRAMS, dagsterProgram } from "./program.ts";

const HOUR_MS = 3_600_000;

/** Dagster as many run it beside the template: a cluster with a service each for webserver and daemon. */
export class DagsterOnEcs implements DagsterHome {
  readonly cluster: Cluster;
  readonly webserver: Service;
  readonly daemon: Service;
  readonly #world: World;

  /** @param createdAtMs of the cluster, ms since the Unix epoch. */
  constructor(world: World, createdAtMs: number) {
    this.#world = world;
    this.cluster = world.ecs.addCluster(world.names.dagsterCluster);
    const [webserver, daemon] = DAGSTER_PROGRAMS;
    this.webserver = this.#addService(webserver.name, webserver.port, createdAtMs);
    this.daemon = this.#addService(daemon.name, daemon.port, createdAtMs);
  }

  begin(): void {
    const { ecs, kernel } = this.#world;
    const random = this.#world.random("dagster/tasks");
    for (const service of [this.webserver, this.daemon])
      ecs.addRunningTask(service, kernel.nowMs - Math.round(random.between(30, 90) * HOUR_MS));
  }

  runningDaemon(): Task | undefined {
    const { nowMs } = this.#world.kernel;
    const up = (task: Task) =>
      task.lastStatus === "RUNNING" && nowMs - (task.startedAtMs ?? nowMs) >= (task.behaviour?.readyAfterMs ?? 0);
    return this.daemon.tasks.findLast(up);
  }

  isDaemon(process: ProgramProcess): boolean {
    return (process as Task).service === this.daemon;
  }

  isFrozen(): boolean {
    return false;
  }

  say(process: ProgramProcess, atMs: number, message: string): void {
    this.#world.taskLogs.say(process as Task, atMs, message);
  }

  daemonProgram(): Program {
    return this.daemon.deployments[0]!.definition;
  }

  daemonStopped(): boolean {
    const { desiredCount, tasks } = this.daemon;
    return desiredCount === 0 && runningCount(tasks) + pendingCount(tasks) === 0;
  }

  daemonHasRun(durationMs: number, fits: (program: Program) => boolean): boolean {
    const live = liveTasks(this.daemon);
    const sinceMs = this.#world.kernel.nowMs - durationMs;
    return (
      this.daemon.desiredCount > 0 &&
      live.length >= this.daemon.desiredCount &&
      live.every(({ lastStatus, startedAtMs, definition }) => {
        const oldEnough = startedAtMs !== undefined && startedAtMs <= sinceMs;
        return lastStatus === "RUNNING" && oldEnough && fits(definition);
      })
    );
  }

  /** As CloudTrail shows it: a new revision of the task definition, and the service updated to it. */
  release(by: Principal, container: Partial<Program["container"]>): void {
    const { daemon } = this;
    const world = this.#world;
    const { revision: _revision, arn: _arn, registeredAtMs: _at, ...before } = daemon.deployments[0]!.definition;
    const definition = world.ecs.addDefinition({
      ...before,
      container: { ...before.container, ...container },
      registeredBy: by.arn,
    });
    const { family, cpuUnits, memoryMb } = definition;
    const { image, name, environment } = definition.container;
    const userAgent = "aws-cli/2.18.9 md/awscrt#0.22.0 ua/2.0 os/linux";
    const registration = {
      Family: family,
      Cpu: String(cpuUnits),
      Memory: String(memoryMb),
      ContainerDefinitions: [{ Name: name, Image: image, Environment: environment }],
    };
    recordDeed(world, { by, source: "ecs", name: "RegisterTaskDefinition", input: registration, userAgent });
    const cluster = daemon.cluster.name;
    recordDeed(world, {
      by,
      source: "ecs",
      name: "UpdateService",
      input: { Cluster: cluster, Service: daemon.name, TaskDefinition: definition.arn },
      userAgent,
      resources: [
        { ResourceType: "AWS::ECS::Service", ResourceName: daemon.name },
        { ResourceType: "AWS::ECS::Cluster", ResourceName: cluster },
      ],
    });
    world.ecs.updateService(daemon, { definition });
  }

  #addService(name: string, port: number, createdAtMs: number): Service {
    const { ecs, logs, names } = this.#world;
    const logGroup = `/ecs/${names.prefix}-${name}`;
    logs.addGroup({ name: logGroup, arn: arn(names, "logs", `log-group:${logGroup}`), createdAtMs, retentionDays: 30 });
    const subnets = SUBNETS.map(({ id, letter, prefix }) => ({ id, zone: `${names.region}${letter}`, prefix }));
    const securityGroups = [NETWORK_IDS.dagsterGroup];
    const definition = ecs.addDefinition({
      ...dagsterProgram(this.#world, name, port),
      family: `${names.prefix}-${name}`,
      cpuUnits: 1024,
      executionRoleArn: `arn:aws:iam::${names.accountId}:role/${names.prefix}-dagster-exec`,
      logGroup,
      registeredBy: `arn:aws:sts::${names.accountId}:assumed-role/terraform/ci`,
    });
    return ecs.addService(
      { name, cluster: this.cluster, desiredCount: 1, subnets, securityGroups, createdAtMs },
      definition,
    );
  }
}
