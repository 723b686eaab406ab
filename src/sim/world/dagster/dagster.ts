import type { TaskBehaviour } from "../ecs/behaviour.ts";
import { steadyBehaviour } from "../ecs/behaviour.ts";
import type { Cluster, Service, Task, TaskDefinition } from "../ecs/model.ts";
import { NETWORK_IDS, SUBNETS } from "../lakehouse-network.ts";
import type { VoiceLine } from "../logs/voice.ts";
import { arn } from "../names.ts";
import type { RandomStream } from "../random.ts";
import type { World } from "../world.ts";
import { DriftSensor } from "./drift-sensor.ts";
import { DagsterRuns } from "./runs.ts";
import { ENCRYPTING_FILE_SYSTEM, FILE_SYSTEM_VARIABLE } from "./table-writer.ts";
import { dagsterVoice, type LastWords } from "./voice.ts";

const HOUR_MS = 3_600_000;
/** The image of the data team, by its release. */
const IMAGE = "lakehouse-dagster:2026.45.1";

/** Dagster as its users run it on ECS: a webserver and a daemon, in which the runs are carried out. */
export class Dagster {
  readonly cluster: Cluster;
  readonly webserver: Service;
  readonly daemon: Service;
  readonly runs: DagsterRuns;
  /** How processes that start from now on behave; scenarios replace it. */
  behaviourOf: (task: Task, random: RandomStream) => TaskBehaviour = (_task, random) => dagsterBehaviour(random);
  /** What a process says when it dies by itself; scenarios replace it. */
  lastWords: LastWords = () => [];
  readonly #world: World;

  /** @param createdAtMs of the cluster, ms since the Unix epoch. Its tasks have run for days when time begins to move. */
  constructor(world: World, createdAtMs: number) {
    this.#world = world;
    const { names, kernel } = world;
    this.cluster = world.ecs.addCluster(names.dagsterCluster);
    world.programs.set(this.cluster.name, {
      behaviourOf: (task, random) => this.behaviourOf(task, random),
      voice: dagsterVoice((task, endedMs) => this.lastWords(task, endedMs)),
    });
    this.webserver = this.#addService("dagster-webserver", 3000, createdAtMs);
    this.daemon = this.#addService("dagster-daemon", 0, createdAtMs);
    this.runs = new DagsterRuns(world, () => this.runningDaemon());
    const sensor = new DriftSensor(world, () => this.runningDaemon());
    // After the scenario has been arranged, which may change how processes behave.
    kernel.at(kernel.nowMs, () => {
      const random = world.random("dagster/tasks");
      for (const service of [this.webserver, this.daemon]) {
        world.ecs.addRunningTask(service, kernel.nowMs - Math.round(random.between(30, 90) * HOUR_MS));
      }
    });
    this.runs.start();
    sensor.start();
    if (world.nessie === undefined) world.scheduleServiceSampling();
  }

  /** The daemon's task whose process is up, the newest of several. */
  runningDaemon(): Task | undefined {
    const { nowMs } = this.#world.kernel;
    const up = (task: Task) =>
      task.lastStatus === "RUNNING" && nowMs - (task.startedAtMs ?? nowMs) >= (task.behaviour?.readyAfterMs ?? 0);
    return this.daemon.tasks.findLast(up);
  }

  /** Adds a line to the log of a task of Dagster's. */
  say({ atMs, message }: VoiceLine, task: Task): void {
    this.#world.taskLogs.say(task, atMs, message);
  }

  #addService(name: string, port: number, createdAtMs: number): Service {
    const { ecs, logs, names } = this.#world;
    const logGroup = `/ecs/${names.prefix}-${name}`;
    logs.addGroup({ name: logGroup, arn: arn(names, "logs", `log-group:${logGroup}`), createdAtMs, retentionDays: 30 });
    const subnets = SUBNETS.map(({ id, letter, prefix }) => ({ id, zone: `${names.region}${letter}`, prefix }));
    const securityGroups = [NETWORK_IDS.dagsterGroup];
    const definition = ecs.addDefinition(definitionDraft(this.#world, name, port, logGroup));
    return ecs.addService(
      { name, cluster: this.cluster, desiredCount: 1, subnets, securityGroups, createdAtMs },
      definition,
    );
  }
}

/** A healthy process of Dagster: half of its memory, little CPU. */
export function dagsterBehaviour(random: RandomStream): TaskBehaviour {
  const steady = steadyBehaviour(random);
  return { ...steady, cpuAt: (ageMs) => steady.cpuAt(ageMs) / 2 };
}

function definitionDraft(
  { names, sns, nessie }: World,
  name: string,
  port: number,
  logGroup: string,
): Omit<TaskDefinition, "revision" | "arn" | "registeredAtMs"> {
  const registry = `${names.accountId}.dkr.ecr.${names.region}.amazonaws.com`;
  const role = (suffix: string) => `arn:aws:iam::${names.accountId}:role/${names.prefix}-dagster-${suffix}`;
  const topic = [...sns.byArn.values()].find((candidate) => candidate.name === names.alertTopic);
  const environment = {
    AWS_REGION: names.region,
    LAKEHOUSE_BACKEND: `aws-${names.catalogType}`,
    ...(nessie && { NESSIE_URI: `http://${nessie.loadBalancer.dnsName}/iceberg` }),
    [FILE_SYSTEM_VARIABLE]: ENCRYPTING_FILE_SYSTEM,
    ...(topic && { ALERT_SNS_TOPIC_ARN: topic.arn }),
  };
  return {
    family: `${names.prefix}-${name}`,
    cpuUnits: 1024,
    memoryMb: 2048,
    container: {
      name,
      image: `${registry}/${IMAGE}`,
      port,
      environment: Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
      healthCommand:
        port === 0
          ? "dagster-daemon liveness-check || exit 1"
          : `curl -f http://localhost:${port}/server_info || exit 1`,
    },
    executionRoleArn: role("exec"),
    taskRoleArn: role("task"),
    logGroup,
    registeredBy: `arn:aws:sts::${names.accountId}:assumed-role/terraform/ci`,
  };
}
