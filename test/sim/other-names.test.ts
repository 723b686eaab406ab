import * as scaling from "@aws-sdk/client-application-auto-scaling";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { IAMClient, ListAccountAliasesCommand } from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { testSimulator } from "../support/simulator.ts";

const CLUSTER = "acme-dev-nessie";
const cluster = CLUSTER;
const LOG_GROUP = "/ecs/acme-dev-nessie";
const here = (service: string, resource: string) => `arn:aws:${service}:eu-central-1:222233334444:${resource}`;

/** Ten minutes of an incident in the development environment of another project, in another region and account. */
async function otherPlace() {
  const simulator = await testSimulator({
    scenario: "nessie-oom",
    project: "acme",
    environment: "dev",
    region: "eu-central-1",
    accountId: "222233334444",
  });
  simulator.world.advanceBy(10 * 60_000);
  return simulator;
}

test("ECS and its load balancer", async () => {
  const { clients, world } = await otherPlace();
  const client = new ecs.ECSClient(clients);
  const balancing = new elb.ElasticLoadBalancingV2Client(clients);
  expect((await client.send(new ecs.ListClustersCommand({}))).clusterArns).toEqual([here("ecs", `cluster/${CLUSTER}`)]);
  const { services } = await client.send(new ecs.DescribeServicesCommand({ cluster, services: ["nessie"] }));
  expect(services?.[0]).toMatchObject({ serviceArn: here("ecs", `service/${CLUSTER}/nessie`), desiredCount: 1 });
  const { taskArns = [] } = await client.send(new ecs.ListTasksCommand({ cluster, desiredStatus: "STOPPED" }));
  const { tasks = [] } = await client.send(new ecs.DescribeTasksCommand({ cluster, tasks: taskArns }));
  expect(tasks.length).toBeGreaterThan(0);
  for (const task of tasks) {
    expect(task.taskArn).toMatch(/^arn:aws:ecs:eu-central-1:222233334444:task\/acme-dev-nessie\/[0-9a-f]{32}$/);
    expect(task.availabilityZone).toMatch(/^eu-central-1[ab]$/);
    expect(task.containers?.[0]?.exitCode).toBe(137);
  }
  const { taskDefinition } = await client.send(
    new ecs.DescribeTaskDefinitionCommand({ taskDefinition: services?.[0]?.taskDefinition }),
  );
  expect(taskDefinition).toMatchObject({
    taskDefinitionArn: here("ecs", "task-definition/acme-dev-nessie:1"),
    taskRoleArn: "arn:aws:iam::222233334444:role/acme-dev-nessie-task",
    containerDefinitions: [
      { logConfiguration: { options: { "awslogs-group": LOG_GROUP, "awslogs-region": "eu-central-1" } } },
    ],
  });
  const { LoadBalancers } = await balancing.send(new elb.DescribeLoadBalancersCommand({ Names: [CLUSTER] }));
  expect(LoadBalancers?.[0]?.LoadBalancerArn).toContain(
    here("elasticloadbalancing", "loadbalancer/app/acme-dev-nessie/"),
  );
  expect(LoadBalancers?.[0]?.DNSName).toMatch(/^internal-acme-dev-nessie-\d+\.eu-central-1\.elb\.amazonaws\.com$/);
  const { TargetGroups } = await balancing.send(new elb.DescribeTargetGroupsCommand({ Names: [CLUSTER] }));
  const { TargetGroupArn } = TargetGroups?.[0] ?? {};
  expect(TargetGroupArn).toBe(services?.[0]?.loadBalancers?.[0]?.targetGroupArn);
  const health = await balancing.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn }));
  expect(health.TargetHealthDescriptions).toHaveLength(world.lakehouse.targetGroup.targets.size);
});

test("alarms, metrics and logs", async () => {
  const { clients, world } = await otherPlace();
  const watch = new cloudwatch.CloudWatchClient(clients);
  const client = new logs.CloudWatchLogsClient(clients);
  const { MetricAlarms = [] } = await watch.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNamePrefix: "acme-dev" }));
  expect(MetricAlarms.map((alarm) => alarm.AlarmArn)).toEqual(
    ["nessie-cpu-high", "nessie-dynamo-throttled", "nessie-unhealthy-hosts"].map((name) =>
      here("cloudwatch", `alarm:acme-dev-${name}`),
    ),
  );
  expect(MetricAlarms[2]?.AlarmActions).toEqual([here("sns", "acme-dev-alerts")]);
  const Dimensions = [
    { Name: "ClusterName", Value: CLUSTER },
    { Name: "ServiceName", Value: "nessie" },
  ];
  const Metric = { Namespace: "AWS/ECS", MetricName: "MemoryUtilization", Dimensions };
  const { MetricDataResults } = await watch.send(
    new cloudwatch.GetMetricDataCommand({
      MetricDataQueries: [{ Id: "m", MetricStat: { Metric, Period: 60, Stat: "Maximum" } }],
      StartTime: new Date(world.epochMs - 600_000),
      EndTime: new Date(world.now()),
    }),
  );
  expect(Math.max(...(MetricDataResults?.[0]?.Values ?? []))).toBeGreaterThan(90);
  const { logGroups } = await client.send(new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: "/ecs/acme" }));
  expect(logGroups?.map((group) => group.logGroupArn)).toEqual([here("logs", `log-group:${LOG_GROUP}`)]);
  const startTime = world.epochMs - 60_000;
  const { events = [] } = await client.send(new logs.FilterLogEventsCommand({ logGroupName: LOG_GROUP, startTime }));
  expect(events.length).toBeGreaterThan(100);
});

test("autoscaling, audit trail, buckets and identity", async () => {
  const { clients, world } = await otherPlace();
  const ResourceId = `service/${CLUSTER}/nessie`;
  const client = new scaling.ApplicationAutoScalingClient(clients);
  const targets = new scaling.DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds: [ResourceId] });
  expect((await client.send(targets)).ScalableTargets).toMatchObject([{ MinCapacity: 1, MaxCapacity: 3 }]);
  await client.send(
    new scaling.RegisterScalableTargetCommand({
      ServiceNamespace: "ecs",
      ResourceId,
      ScalableDimension: "ecs:service:DesiredCount",
      MaxCapacity: 4,
    }),
  );
  world.advanceBy(4 * 60_000);
  const lookup = new LookupEventsCommand({
    LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "RegisterScalableTarget" }],
  });
  const { Events = [] } = await new CloudTrailClient(clients).send(lookup);
  expect(Events.map((event) => JSON.parse(event.CloudTrailEvent ?? ""))).toMatchObject([
    {
      awsRegion: "eu-central-1",
      recipientAccountId: "222233334444",
      userIdentity: { arn: "arn:aws:sts::222233334444:assumed-role/responder/on-call" },
    },
  ]);
  const storage = new s3.S3Client(clients);
  expect(await storage.send(new s3.HeadBucketCommand({ Bucket: "acme-dev-lakehouse" }))).toMatchObject({
    BucketRegion: "eu-central-1",
  });
  const { Buckets } = await storage.send(new s3.ListBucketsCommand({}));
  expect(Buckets?.map((bucket) => bucket.Name)).toEqual(["acme-dev-audit-trail", "acme-dev-lakehouse", "my-tf-state"]);
  const { Policy } = await storage.send(new s3.GetBucketPolicyCommand({ Bucket: "acme-dev-lakehouse" }));
  expect(Policy).toContain("arn:aws:s3:::acme-dev-lakehouse/*");
  expect(await new STSClient(clients).send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: "222233334444",
    Arn: "arn:aws:sts::222233334444:assumed-role/responder/on-call",
  });
  const { AccountAliases } = await new IAMClient(clients).send(new ListAccountAliasesCommand({}));
  expect(AccountAliases).toEqual(["acme-dev-account"]);
});

test("nothing of the default names is left in what happened", async () => {
  const { world } = await otherPlace();
  const texts = [
    ...world.journal.entries.map((entry) => JSON.stringify(entry)),
    ...world.trail.events.map((event) => event.record),
    ...world.lakehouse.service.events.map((event) => event.message),
  ];
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.filter((text) => /lakehouse-prod|us-east-1|111122223333/.test(text))).toEqual([]);
});
