import { recordDeed } from "../world/deeds.ts";
import type { TaskDefinition } from "../world/ecs/model.ts";
import type { Principal } from "../world/principals.ts";
import type { World } from "../world/world.ts";

/** The data team's release of a new revision of the daemon, at the present virtual time, as CloudTrail shows it. */
export function releaseDaemon(world: World, by: Principal, container: Partial<TaskDefinition["container"]>): void {
  const { daemon } = world.dagster;
  const {
    revision: _revision,
    arn: _arn,
    registeredAtMs: _registeredAtMs,
    ...before
  } = daemon.deployments[0]!.definition;
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
