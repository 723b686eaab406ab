import type { Scenario } from "../scenario.ts";
import { Colleague } from "../world/colleague.ts";
import { steadyBehaviour, type TaskBehaviour } from "../world/ecs/behaviour.ts";
import type { TaskDefinition } from "../world/ecs/model.ts";
import { quarkusLine } from "../world/logs/nessie-lines.ts";
import type { RandomStream } from "../world/random.ts";
import type { World } from "../world/world.ts";
import { nessieHealthyFor } from "./conditions.ts";
import { runNessieForDays } from "./running-tasks.ts";

const MINUTE_MS = 60_000;
const DEPLOYED_MS = -4 * MINUTE_MS;
/** A tag that was never pushed. */
const MISSING_IMAGE = "ghcr.io/projectnessie/nessie:0.99.10";
const STORE_VARIABLE = "NESSIE_VERSION_STORE_TYPE";
/** The store types that Nessie 0.99 knows and this template could use (Nessie server configuration). */
const STORE_TYPES = new Set(["DYNAMODB", "IN_MEMORY", "ROCKSDB", "CASSANDRA", "JDBC", "BIGTABLE", "MONGODB"]);
const UNKNOWN_STORE = "DYNAMO";

type Container = TaskDefinition["container"];

const storeTypeOf = ({ environment }: Container) =>
  environment.find(({ name }) => name === STORE_VARIABLE)?.value ?? "";

/** Whether tasks of this definition start and stay. */
function works({ container }: TaskDefinition): boolean {
  return container.image !== MISSING_IMAGE && STORE_TYPES.has(storeTypeOf(container));
}

/** A Nessie that cannot read its configuration: it says so and ends with 1 before it listens. */
function crashAtStart(random: RandomStream, container: Container): TaskBehaviour {
  const steady = steadyBehaviour(random);
  const afterMs = random.between(5_000, 8_000);
  const problem = `SRCFG00029: Expected an enum value of VersionStoreType for nessie.version.store.type, but got "${storeTypeOf(container)}"`;
  return {
    ...steady,
    probe: () => "refused",
    exit: { afterMs, exitCode: 1 },
    lastWords: (atMs) => [
      quarkusLine(atMs, "ERROR", "io.qua.run.Application", "main", "Failed to start application"),
      `java.lang.RuntimeException: Failed to start quarkus: java.lang.IllegalArgumentException: ${problem}`,
    ],
  };
}

/** Registers a revision with another container and deploys it, as the pipeline does, with both CloudTrail events. */
function deploy(world: World, change: Partial<Container>): void {
  const { service, definition } = world.lakehouse;
  const { revision: _revision, arn: _arn, registeredAtMs: _registered, container, ...draft } = definition;
  const pipeline = Colleague.inRole(world, "platform-engineer", "deploy-pipeline", {
    userAgent: "aws-sdk-go-v2/1.39.2 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#amd64 api/ecs#1.65.1",
    sourceAddress: "10.8.3.12",
  });
  const added = world.ecs.addDefinition({
    ...draft,
    container: { ...container, ...change },
    registeredBy: pipeline.by.arn,
  });
  const { name, image, environment } = added.container;
  pipeline.did({
    source: "ecs",
    name: "RegisterTaskDefinition",
    input: { family: added.family, containerDefinitions: [{ name, image, environment }] },
    output: { taskDefinition: { taskDefinitionArn: added.arn, revision: added.revision } },
  });
  world.ecs.updateService(service, { definition: added });
  pipeline.did({
    source: "ecs",
    name: "UpdateService",
    input: { cluster: service.cluster.name, service: service.name, taskDefinition: added.arn },
    resources: [
      { ResourceType: "AWS::ECS::Service", ResourceName: service.name },
      { ResourceType: "AWS::ECS::Cluster", ResourceName: service.cluster.name },
    ],
  });
}

function arranged(changeOf: (container: Container) => Partial<Container>): (world: World) => void {
  return (world) => {
    world.behaviourOf = (task, random) =>
      works(task.definition) ? steadyBehaviour(random) : crashAtStart(random, task.definition.container);
    world.startFailureOf = ({ definition }) =>
      definition.container.image === MISSING_IMAGE
        ? `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${MISSING_IMAGE}: ${MISSING_IMAGE}: not found`
        : undefined;
    runNessieForDays(world, "bad-deployment");
    const { container } = world.lakehouse.definition;
    world.kernel.at(world.epochMs + DEPLOYED_MS, () => deploy(world, changeOf(container)));
  };
}

const common: Pick<Scenario, "catalogs" | "contained" | "resolved"> = {
  catalogs: ["nessie"],
  contained: {
    text: "The service's newest deployment is of a revision whose tasks start: no more of the bad one are tried.",
    holds: (world) => works(world.lakehouse.service.deployments[0]!.definition),
  },
  resolved: {
    text: "That deployment is completed, and all targets have been healthy for five minutes.",
    holds: (world) => {
      const [newest, ...older] = world.lakehouse.service.deployments;
      const completed = newest?.rolloutState === "COMPLETED" && older.length === 0 && works(newest.definition);
      return completed && nessieHealthyFor(world, 5 * MINUTE_MS);
    },
  },
};

/** The new revision names an image that does not exist. */
const image: Scenario = {
  ...common,
  id: "bad-deployment:image",
  title: "A deployment of Nessie does not get on",
  description:
    "A new revision of Nessie names an image tag that does not exist: tasks stop with CannotPullContainerError before they run, the deployment stays in progress, and the old tasks go on serving.",
  diagnosis: {
    verdict: "bad-deployment",
    text: "Tasks of the newest revision fail to start (TaskFailedToStart, CannotPullContainerError), those of the one before are healthy; the rollout began with RegisterTaskDefinition and UpdateService by the deployment pipeline. There is no circuit breaker.",
  },
  arrange: arranged(() => ({ image: MISSING_IMAGE })),
};

/** The new revision ends at once. */
const crash: Scenario = {
  ...common,
  id: "bad-deployment:crash",
  title: "A deployment of Nessie does not get on",
  description:
    "A new revision of Nessie has a setting that Nessie refuses: its tasks end with exit code 1 seconds after their start, again and again, while the old tasks go on serving.",
  diagnosis: {
    verdict: "bad-deployment",
    text: "Tasks of the newest revision end with exit code 1 at their start (their log names the setting), those of the one before are healthy; the rollout began with RegisterTaskDefinition and UpdateService by the deployment pipeline. There is no circuit breaker.",
  },
  arrange: arranged(({ environment }) => ({
    environment: environment.map((variable) =>
      variable.name === STORE_VARIABLE ? { ...variable, value: UNKNOWN_STORE } : variable,
    ),
  })),
};

export const badDeployment: readonly Scenario[] = [image, crash];
