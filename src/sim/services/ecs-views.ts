import type * as Wire from "@aws-sdk/client-ecs";
import {
  ageMs,
  type Deployment,
  pendingCount,
  processRuns,
  runningCount,
  type Service,
  type Task,
  type TaskDefinition,
} from "../world/ecs/model.ts";
import { date } from "./paging.ts";

function networkConfiguration(service: Service): Wire.NetworkConfiguration {
  return {
    awsvpcConfiguration: {
      subnets: service.subnets.map((subnet) => subnet.id),
      securityGroups: service.securityGroups,
      assignPublicIp: "DISABLED",
    },
  };
}

function deploymentView(service: Service, deployment: Deployment): Wire.Deployment {
  const tasks = service.tasks.filter((task) => task.deploymentId === deployment.id);
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.definition.arn,
    desiredCount: deployment.status === "PRIMARY" ? service.desiredCount : deployment.desiredCount,
    pendingCount: pendingCount(tasks),
    runningCount: runningCount(tasks),
    failedTasks: deployment.failedTasks,
    createdAt: new Date(deployment.createdAtMs),
    updatedAt: new Date(deployment.updatedAtMs),
    launchType: "FARGATE",
    platformVersion: "1.4.0",
    platformFamily: "Linux",
    networkConfiguration: networkConfiguration(service),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutReason,
  };
}

/** A service as DescribeServices and UpdateService return it. */
export function serviceView(service: Service): Wire.Service {
  const definition = service.deployments[0]!.definition;
  const { container } = definition;
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: "ACTIVE",
    desiredCount: service.desiredCount,
    runningCount: runningCount(service.tasks),
    pendingCount: pendingCount(service.tasks),
    launchType: "FARGATE",
    platformVersion: "LATEST",
    platformFamily: "Linux",
    taskDefinition: definition.arn,
    loadBalancers: service.targetGroupArn
      ? [{ targetGroupArn: service.targetGroupArn, containerName: container.name, containerPort: container.port }]
      : [],
    deploymentConfiguration: {
      maximumPercent: 200,
      minimumHealthyPercent: 100,
      deploymentCircuitBreaker: { enable: false, rollback: false },
    },
    deployments: service.deployments.map((deployment) => deploymentView(service, deployment)),
    events: service.events.map((event) => ({ id: event.id, createdAt: new Date(event.atMs), message: event.message })),
    createdAt: new Date(service.createdAtMs),
    networkConfiguration: networkConfiguration(service),
    healthCheckGracePeriodSeconds: service.healthCheckGraceSeconds,
    schedulingStrategy: "REPLICA",
    deploymentController: { type: "ECS" },
    enableECSManagedTags: false,
    propagateTags: "NONE",
    enableExecuteCommand: false,
  };
}

/** Health by the container's own check, every 30 s: unknown until the process had time to start. */
function healthStatus(task: Task, nowMs: number): Wire.HealthStatus {
  const { healthCommand } = task.definition.container;
  if (healthCommand === undefined || !processRuns(task) || !task.behaviour) return "UNKNOWN";
  const age = ageMs(task, nowMs);
  if (age < task.behaviour.readyAfterMs + 30_000) return "UNKNOWN";
  // Three failed checks in a row make a container unhealthy.
  return age - task.behaviour.pressureAfterMs > 90_000 ? "UNHEALTHY" : "HEALTHY";
}

function containerStatus(task: Task): string {
  if (task.executionStoppedAtMs !== undefined) return "STOPPED";
  return task.startedAtMs === undefined ? "PENDING" : "RUNNING";
}

/** A task as DescribeTasks returns it. */
export function taskView(task: Task, nowMs: number): Wire.Task {
  const { network, definition } = task;
  const health = healthStatus(task, nowMs);
  const attached = task.lastStatus !== "PROVISIONING" && task.lastStatus !== "STOPPED";
  const attachmentStatus = task.lastStatus === "STOPPED" ? "DELETED" : attached ? "ATTACHED" : "PRECREATED";
  return {
    taskArn: task.arn,
    clusterArn: task.service.cluster.arn,
    taskDefinitionArn: definition.arn,
    group: `service:${task.service.name}`,
    startedBy: task.deploymentId,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: health,
    launchType: "FARGATE",
    platformVersion: "1.4.0",
    platformFamily: "Linux",
    availabilityZone: network.zone,
    cpu: String(definition.cpuUnits),
    memory: String(definition.memoryMb),
    connectivity: task.startedAtMs === undefined ? undefined : "CONNECTED",
    connectivityAt: date(task.startedAtMs),
    createdAt: new Date(task.createdAtMs),
    pullStartedAt: date(task.pullStartedAtMs),
    pullStoppedAt: date(task.pullStoppedAtMs),
    startedAt: date(task.startedAtMs),
    stoppingAt: date(task.stoppingAtMs),
    executionStoppedAt: date(task.executionStoppedAtMs),
    stoppedAt: date(task.stoppedAtMs),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    version: task.version,
    ephemeralStorage: { sizeInGiB: 20 },
    enableExecuteCommand: false,
    overrides: { containerOverrides: [{ name: definition.container.name }] },
    attachments: [
      {
        id: network.attachmentId,
        type: "ElasticNetworkInterface",
        status: attachmentStatus,
        details: [
          { name: "subnetId", value: network.subnetId },
          { name: "networkInterfaceId", value: network.eniId },
          { name: "macAddress", value: network.mac },
          { name: "privateIPv4Address", value: network.privateIp },
        ],
      },
    ],
    containers: [
      {
        containerArn: `${task.service.cluster.arn.replace(":cluster/", ":container/")}/${task.id}/${task.runtimeId.slice(-10)}`,
        taskArn: task.arn,
        name: definition.container.name,
        image: definition.container.image,
        runtimeId: task.runtimeId,
        lastStatus: containerStatus(task),
        healthStatus: health,
        exitCode: task.exitCode,
        reason: task.containerReason,
        cpu: "0",
        memory: String(definition.memoryMb),
        networkBindings: [],
        networkInterfaces: attached
          ? [{ attachmentId: network.attachmentId, privateIpv4Address: network.privateIp }]
          : [],
      },
    ],
  };
}

/** A task definition as DescribeTaskDefinition returns it. */
export function definitionView(definition: TaskDefinition, region: string): Wire.TaskDefinition {
  const { container } = definition;
  return {
    taskDefinitionArn: definition.arn,
    family: definition.family,
    revision: definition.revision,
    status: "ACTIVE",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    compatibilities: ["EC2", "FARGATE"],
    cpu: String(definition.cpuUnits),
    memory: String(definition.memoryMb),
    executionRoleArn: definition.executionRoleArn,
    taskRoleArn: definition.taskRoleArn,
    registeredAt: new Date(definition.registeredAtMs),
    registeredBy: definition.registeredBy,
    containerDefinitions: [
      {
        name: container.name,
        image: container.image,
        essential: true,
        cpu: 0,
        portMappings:
          container.port === 0 ? [] : [{ containerPort: container.port, hostPort: container.port, protocol: "tcp" }],
        environment: container.environment,
        healthCheck:
          container.healthCommand === undefined
            ? undefined
            : {
                command: ["CMD-SHELL", container.healthCommand],
                interval: 30,
                timeout: 5,
                retries: 3,
                startPeriod: 60,
              },
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": definition.logGroup,
            "awslogs-region": region,
            "awslogs-stream-prefix": container.name,
          },
        },
      },
    ],
  };
}
