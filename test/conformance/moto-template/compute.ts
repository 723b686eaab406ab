import { type Names, scalingRoleArn } from "../../../src/sim/world/names.ts";
import type { Clients } from "../clients.ts";
import type { Network } from "./network.ts";

const tags = [{ key: "Project", value: "lakehouse" }];

/** The load balancer with its target group and listener. @returns the target group's ARN. */
export async function deployLoadBalancer({ elb }: Clients, names: Names, network: Network): Promise<string> {
  const { LoadBalancers: [balancer] = [] } = await elb.createLoadBalancer({
    Name: names.loadBalancer,
    Scheme: "internal",
    Subnets: network.subnets,
  });
  const { TargetGroups: [group] = [] } = await elb.createTargetGroup({
    Name: names.targetGroup,
    Protocol: "HTTP",
    Port: 19_120,
    VpcId: network.vpcId,
    TargetType: "ip",
    HealthCheckPath: "/api/v2/config",
    HealthCheckIntervalSeconds: 30,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 2,
    UnhealthyThresholdCount: 3,
    Matcher: { HttpCode: "200" },
  });
  const TargetGroupArn = group!.TargetGroupArn!;
  await elb.createListener({
    LoadBalancerArn: balancer!.LoadBalancerArn!,
    Protocol: "HTTP",
    Port: 80,
    DefaultActions: [{ Type: "forward", TargetGroupArn }],
  });
  const Targets = ["10.0.10.21", "10.0.11.22"].map((Id) => ({ Id, Port: 19_120 }));
  await elb.registerTargets({ TargetGroupArn, Targets });
  return TargetGroupArn;
}

/** The service of Nessie with two tasks, and what scales it. */
export async function deployService(
  { ecs, scaling }: Clients,
  names: Names,
  network: Network,
  targetGroupArn: string,
): Promise<void> {
  const { cluster, service } = names;
  await ecs.createCluster({ clusterName: cluster });
  await ecs.registerTaskDefinition({
    family: names.taskFamily,
    cpu: "1024",
    memory: "2048",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    containerDefinitions: [
      { name: "nessie", image: "nessie", memory: 2_048, essential: true, portMappings: [{ containerPort: 19_120 }] },
    ],
  });
  const networkConfiguration = {
    awsvpcConfiguration: { subnets: network.subnets, securityGroups: [network.nessieGroup] },
  };
  await ecs.createService({
    cluster,
    serviceName: service,
    taskDefinition: names.taskFamily,
    desiredCount: 2,
    launchType: "FARGATE",
    loadBalancers: [{ targetGroupArn, containerName: "nessie", containerPort: 19_120 }],
    networkConfiguration,
    tags,
  });
  // moto's services start no tasks.
  await ecs.runTask({
    cluster,
    taskDefinition: names.taskFamily,
    count: 2,
    launchType: "FARGATE",
    networkConfiguration,
  });
  const target = {
    ServiceNamespace: "ecs",
    ResourceId: `service/${cluster}/${service}`,
    ScalableDimension: "ecs:service:DesiredCount",
  } as const;
  await scaling.registerScalableTarget({ ...target, MinCapacity: 2, MaxCapacity: 6, RoleARN: scalingRoleArn(names) });
  await scaling.putScalingPolicy({
    ...target,
    PolicyName: names.scalingPolicy,
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 70,
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
      ScaleInCooldown: 300,
      ScaleOutCooldown: 300,
    },
  });
}
