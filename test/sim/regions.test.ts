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
import { type TestSimulator, testSimulator } from "../support/simulator.ts";

const CLUSTER = "lakehouse-prod-nessie";
const LOG_GROUP = "/ecs/lakehouse-prod-nessie";
const BUCKET = "lakehouse-prod-lakehouse";
const RESOURCE = { ServiceNamespace: "ecs", ResourceId: `service/${CLUSTER}/nessie` } as const;

const elsewhere = ({ clients }: TestSimulator, region = "eu-west-3") => ({ ...clients, region });

test("ECS in another region has no clusters, tasks or task definitions", async () => {
  const simulator = await testSimulator();
  const client = new ecs.ECSClient(elsewhere(simulator));
  const notFound = { name: "ClusterNotFoundException", message: "Cluster not found." };
  expect((await client.send(new ecs.ListClustersCommand({}))).clusterArns).toEqual([]);
  expect(await client.send(new ecs.DescribeClustersCommand({ clusters: [CLUSTER] }))).toMatchObject({
    clusters: [],
    failures: [{ reason: "MISSING" }],
  });
  const services = new ecs.DescribeServicesCommand({ cluster: CLUSTER, services: ["nessie"] });
  await expect(client.send(services)).rejects.toMatchObject(notFound);
  await expect(client.send(new ecs.ListTasksCommand({ cluster: CLUSTER }))).rejects.toMatchObject(notFound);
  const update = new ecs.UpdateServiceCommand({ cluster: CLUSTER, service: "nessie", desiredCount: 0 });
  await expect(client.send(update)).rejects.toMatchObject(notFound);
  expect(simulator.world.lakehouse.service.desiredCount).toBe(2);
  const definition = new ecs.DescribeTaskDefinitionCommand({ taskDefinition: CLUSTER });
  await expect(client.send(definition)).rejects.toMatchObject({ name: "ClientException" });
  const tags = new ecs.ListTagsForResourceCommand({ resourceArn: simulator.world.lakehouse.service.arn });
  await expect(client.send(tags)).rejects.toMatchObject({ name: "InvalidParameterException" });
});

test("what is registered in a region stays there", async () => {
  const simulator = await testSimulator();
  const there = new ecs.ECSClient(elsewhere(simulator));
  const registered = await there.send(
    new ecs.RegisterTaskDefinitionCommand({ family: CLUSTER, containerDefinitions: [{ name: "nessie", image: "x" }] }),
  );
  expect(registered.taskDefinition?.taskDefinitionArn).toBe(
    `arn:aws:ecs:eu-west-3:111122223333:task-definition/${CLUSTER}:1`,
  );
  expect((await there.send(new ecs.ListTaskDefinitionsCommand({}))).taskDefinitionArns).toHaveLength(1);
  const home = await new ecs.ECSClient(simulator.clients).send(new ecs.ListTaskDefinitionsCommand({}));
  expect(home.taskDefinitionArns).toEqual([`arn:aws:ecs:us-east-1:111122223333:task-definition/${CLUSTER}:1`]);
  const third = new ecs.ECSClient(elsewhere(simulator, "ap-southeast-2"));
  expect((await third.send(new ecs.ListTaskDefinitionsCommand({}))).taskDefinitionArns).toEqual([]);
});

test("load balancers and target groups are not found in another region, by name or ARN", async () => {
  const simulator = await testSimulator();
  const client = new elb.ElasticLoadBalancingV2Client(elsewhere(simulator));
  const { targetGroup, loadBalancer } = simulator.world.lakehouse;
  const noGroup = { name: "TargetGroupNotFoundException" };
  const noBalancer = { name: "LoadBalancerNotFoundException" };
  const TargetGroupArn = targetGroup.arn;
  const LoadBalancerArn = loadBalancer.arn;
  await expect(client.send(new elb.DescribeTargetGroupsCommand({ Names: [CLUSTER] }))).rejects.toMatchObject(noGroup);
  const byArn = new elb.DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] });
  await expect(client.send(byArn)).rejects.toMatchObject(noGroup);
  await expect(client.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn }))).rejects.toMatchObject(noGroup);
  const attributes = new elb.DescribeTargetGroupAttributesCommand({ TargetGroupArn });
  await expect(client.send(attributes)).rejects.toMatchObject(noGroup);
  const byName = new elb.DescribeLoadBalancersCommand({ Names: [CLUSTER] });
  await expect(client.send(byName)).rejects.toMatchObject(noBalancer);
  await expect(client.send(new elb.DescribeListenersCommand({ LoadBalancerArn }))).rejects.toMatchObject(noBalancer);
  expect((await client.send(new elb.DescribeLoadBalancersCommand({}))).LoadBalancers ?? []).toEqual([]);
});

test("logs of another region: no such group, to read or to tail", async () => {
  const simulator = await testSimulator();
  const client = new logs.CloudWatchLogsClient(elsewhere(simulator));
  const notFound = { name: "ResourceNotFoundException", message: "The specified log group does not exist." };
  await expect(client.send(new logs.FilterLogEventsCommand({ logGroupName: LOG_GROUP }))).rejects.toMatchObject(
    notFound,
  );
  await expect(client.send(new logs.DescribeLogStreamsCommand({ logGroupName: LOG_GROUP }))).rejects.toMatchObject(
    notFound,
  );
  const arn = `arn:aws:logs:us-east-1:111122223333:log-group:${LOG_GROUP}`;
  await expect(client.send(new logs.StartLiveTailCommand({ logGroupIdentifiers: [arn] }))).rejects.toMatchObject(
    notFound,
  );
  expect((await client.send(new logs.DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
});

test("CloudWatch and Application Auto Scaling of another region answer with nothing", async () => {
  const simulator = await testSimulator({ scenario: "nessie-oom" });
  const { world } = simulator;
  world.advanceBy(15 * 60_000);
  const metric: cloudwatch.MetricDataQuery = {
    Id: "memory",
    MetricStat: {
      Metric: {
        Namespace: "AWS/ECS",
        MetricName: "MemoryUtilization",
        Dimensions: [
          { Name: "ClusterName", Value: CLUSTER },
          { Name: "ServiceName", Value: "nessie" },
        ],
      },
      Period: 60,
      Stat: "Average",
    },
  };
  const data = new cloudwatch.GetMetricDataCommand({
    MetricDataQueries: [metric],
    StartTime: new Date(world.now() - 1_800_000),
    EndTime: new Date(world.now()),
  });
  const home = new cloudwatch.CloudWatchClient(simulator.clients);
  expect((await home.send(data)).MetricDataResults?.[0]?.Values?.length).toBeGreaterThan(10);
  expect((await home.send(new cloudwatch.DescribeAlarmHistoryCommand({}))).AlarmHistoryItems).not.toEqual([]);
  const watch = new cloudwatch.CloudWatchClient(elsewhere(simulator));
  expect((await watch.send(data)).MetricDataResults).toMatchObject([{ Id: "memory", Values: [], Timestamps: [] }]);
  expect((await watch.send(new cloudwatch.DescribeAlarmsCommand({}))).MetricAlarms).toEqual([]);
  expect((await watch.send(new cloudwatch.DescribeAlarmHistoryCommand({}))).AlarmHistoryItems).toEqual([]);
  expect((await watch.send(new cloudwatch.ListMetricsCommand({}))).Metrics).toEqual([]);
  const client = new scaling.ApplicationAutoScalingClient(elsewhere(simulator));
  const targets = new scaling.DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" });
  expect((await client.send(targets)).ScalableTargets).toEqual([]);
  expect((await client.send(new scaling.DescribeScalingPoliciesCommand(RESOURCE))).ScalingPolicies).toEqual([]);
  expect((await client.send(new scaling.DescribeScalingActivitiesCommand(RESOURCE))).ScalingActivities).toEqual([]);
  const register = new scaling.RegisterScalableTargetCommand({
    ...RESOURCE,
    ScalableDimension: "ecs:service:DesiredCount",
    MinCapacity: 0,
  });
  await expect(client.send(register)).rejects.toMatchObject({ name: "ValidationException" });
  expect(world.scaling.targets.get(RESOURCE.ResourceId)?.min).toBe(2);
});

test("event history is that of the region; global services' events are in us-east-1", async () => {
  const simulator = await testSimulator({ region: "eu-central-1" });
  const { world, clients } = simulator;
  await new ecs.ECSClient(clients).send(
    new ecs.UpdateServiceCommand({ cluster: CLUSTER, service: "nessie", desiredCount: 2 }),
  );
  const failed = new ecs.ECSClient(elsewhere(simulator)).send(
    new ecs.UpdateServiceCommand({ cluster: CLUSTER, service: "nessie", desiredCount: 0 }),
  );
  await expect(failed).rejects.toMatchObject({ name: "ClusterNotFoundException" });
  const call = {
    service: "iam",
    operation: "AttachRolePolicy",
    region: "eu-central-1",
    accessKeyId: "any",
    sessionToken: "",
    requestId: "r",
    userAgent: "aws-cli",
    atMs: world.now(),
    signal: AbortSignal.abort(),
  };
  world.executed(call, { RoleName: "responder" }, {}, undefined);
  world.advanceBy(4 * 60_000);
  const events = async (region: string) => {
    const client = new CloudTrailClient(elsewhere(simulator, region));
    const { Events = [] } = await client.send(new LookupEventsCommand({}));
    return Events.map(({ EventName, CloudTrailEvent = "" }) => {
      const { awsRegion, errorCode } = JSON.parse(CloudTrailEvent) as { awsRegion: string; errorCode?: string };
      return { EventName, awsRegion, errorCode };
    });
  };
  expect(await events("eu-central-1")).toEqual([{ EventName: "UpdateService", awsRegion: "eu-central-1" }]);
  expect(await events("eu-west-3")).toEqual([
    { EventName: "UpdateService", awsRegion: "eu-west-3", errorCode: "ClusterNotFoundException" },
  ]);
  expect(await events("us-east-1")).toEqual([{ EventName: "AttachRolePolicy", awsRegion: "us-east-1" }]);
});

test("identity and the list of buckets are the same everywhere", async () => {
  const simulator = await testSimulator();
  const there = elsewhere(simulator);
  expect((await new STSClient(there).send(new GetCallerIdentityCommand({}))).Account).toBe("111122223333");
  expect((await new IAMClient(there).send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual([
    "lakehouse-prod-account",
  ]);
  const { Buckets = [] } = await new s3.S3Client(there).send(new s3.ListBucketsCommand({}));
  expect(new Set(Buckets.map((bucket) => bucket.BucketRegion))).toEqual(new Set(["us-east-1"]));
  expect(Buckets).toHaveLength(3);
});

test("a bucket of another region: 301 with the bucket's region, without a body for HEAD", async () => {
  const simulator = await testSimulator();
  const client = new s3.S3Client({ ...elsewhere(simulator), forcePathStyle: true });
  await expect(client.send(new s3.GetBucketPolicyCommand({ Bucket: BUCKET }))).rejects.toMatchObject({
    name: "PermanentRedirect",
    message: expect.stringContaining("must be addressed using the specified endpoint"),
    Endpoint: `${BUCKET}.s3.us-east-1.amazonaws.com`,
    $metadata: { httpStatusCode: 301 },
    $response: { headers: { "x-amz-bucket-region": "us-east-1" } },
  });
  const put = new s3.PutObjectCommand({ Bucket: BUCKET, Key: "k", Body: "b" });
  await expect(client.send(put)).rejects.toMatchObject({ $metadata: { httpStatusCode: 301 } });
  await expect(client.send(new s3.HeadBucketCommand({ Bucket: BUCKET }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 301 },
    $response: { headers: { "x-amz-bucket-region": "us-east-1" } },
  });
  const head = await fetch(`${simulator.endpoint}/${BUCKET}`, {
    method: "HEAD",
    redirect: "manual",
    headers: { authorization: "AWS4-HMAC-SHA256 Credential=AKIA/20261123/eu-west-3/s3/aws4_request" },
  });
  expect([head.status, head.headers.get("x-amz-bucket-region"), await head.text()]).toEqual([301, "us-east-1", ""]);
  await expect(client.send(new s3.HeadBucketCommand({ Bucket: "nope" }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
});

test("the SDK finds the bucket by that redirect when it is told to follow", async () => {
  const simulator = await testSimulator();
  const client = new s3.S3Client({ ...elsewhere(simulator), forcePathStyle: true, followRegionRedirects: true });
  const { Policy = "" } = await client.send(new s3.GetBucketPolicyCommand({ Bucket: BUCKET }));
  expect(JSON.parse(Policy).Statement).toHaveLength(2);
  expect(simulator.calls.map(({ region, status }) => [region, status])).toEqual([
    ["eu-west-3", 301],
    ["us-east-1", 200],
  ]);
});

test("a refusal names the resource of the region that was asked", async () => {
  const simulator = await testSimulator();
  const client = new ecs.ECSClient({ ...simulator.clientsOf("powerless"), region: "eu-west-3" });
  const stop = new ecs.StopTaskCommand({ cluster: CLUSTER, task: "abc" });
  await expect(client.send(stop)).rejects.toMatchObject({
    message: expect.stringContaining(`arn:aws:ecs:eu-west-3:111122223333:task/${CLUSTER}/abc`),
  });
});
