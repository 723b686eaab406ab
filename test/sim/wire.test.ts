// biome-ignore-all lint/correctness/noComponentHookFactories: handlers are named as AWS names its operations.
import { Readable } from "node:stream";
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as iam from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import { afterEach, expect, test } from "vitest";
import { AwsError } from "../../src/sim/wire/aws-error.ts";
import { WireServer } from "../../src/sim/wire/server.ts";
import { defineService, type ServiceDefinition } from "../../src/sim/wire/types.ts";

const AT = new Date("2026-11-23T03:00:00.000Z");
const UNICODE = "žluťoučký kůň 🐎 <&\"'>";
const servers: WireServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A wire server with these services and nothing behind it. */
async function serve(...definitions: ServiceDefinition[]) {
  let count = 0;
  const server = new WireServer(definitions, {
    now: () => AT.getTime(),
    dateMs: () => AT.getTime(),
    nextRequestId: () => `request-${++count}`,
    beforeCall: async () => "answer",
    executed: () => {},
    answered: () => {},
  });
  servers.push(server);
  const endpoint = await server.listen(0);
  return {
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: "x" },
    disableHostPrefix: true,
    maxAttempts: 3,
    disableClockSkewCorrection: true,
  };
}

const ecsWith = (operations: object) =>
  defineService<typeof ecs>({
    signingName: "ecs",
    load: () => import("@aws-sdk/client-ecs"),
    clientName: "ECSClient",
    operations,
  });

test("awsJson 1.1: dates with milliseconds, nested lists, unicode, undefined members, HTTP date of virtual time", async () => {
  let seen: unknown;
  const service: ecs.Service = {
    serviceName: UNICODE,
    createdAt: new Date(AT.getTime() + 1500),
    deployments: [{ id: "d", networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"] } } }],
    events: [{ id: "e", createdAt: AT, message: UNICODE }],
  };
  const clients = await serve(
    ecsWith({
      DescribeServices: (input: unknown) => {
        seen = input;
        return { services: [service], failures: [] };
      },
    }),
  );
  const client = new ecs.ECSClient(clients);
  const answer = await client.send(
    new ecs.DescribeServicesCommand({ cluster: UNICODE, services: ["a", "b"], include: ["TAGS"] }),
  );
  expect(seen).toEqual({ cluster: UNICODE, services: ["a", "b"], include: ["TAGS"] });
  expect(answer.services).toEqual([service]);
  expect(answer.$metadata.requestId).toBe("request-1");
});

test("awsJson 1.1: modelled errors keep their class and members, unmodelled ones their code; throttling is retried", async () => {
  let throttles = 2;
  const clients = await serve(
    ecsWith({
      DescribeServices: () => {
        throw new AwsError("ServiceNotFoundException", "Service not found.");
      },
      UpdateService: () => {
        if (throttles-- > 0) throw new AwsError("ThrottlingException", "Rate exceeded");
        return { service: { serviceName: "web" } };
      },
      StopTask: () => {
        throw new AwsError("AccessDeniedException", UNICODE);
      },
    }),
  );
  const client = new ecs.ECSClient(clients);
  const notFound = await client
    .send(new ecs.DescribeServicesCommand({ services: ["x"] }))
    .catch((error: unknown) => error);
  expect(notFound).toBeInstanceOf(ecs.ServiceNotFoundException);
  expect(notFound).toMatchObject({
    message: "Service not found.",
    $fault: "client",
    $metadata: { httpStatusCode: 400, requestId: "request-1" },
  });
  const updated = await client.send(new ecs.UpdateServiceCommand({ service: "web" }));
  expect(updated.$metadata.attempts).toBe(3);
  await expect(client.send(new ecs.StopTaskCommand({ task: "t" }))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: UNICODE,
  });
  await expect(client.send(new ecs.DescribeClustersCommand({}))).rejects.toMatchObject({
    name: "UnknownOperationException",
  });
});

test("awsJson 1.0, query compatible: numbers, dates, the error's query code", async () => {
  let seen: { StartTime?: Date } = {};
  const definition = defineService<typeof import("@aws-sdk/client-cloudwatch")>({
    signingName: "monitoring",
    load: () => import("@aws-sdk/client-cloudwatch"),
    clientName: "CloudWatchClient",
    operations: {
      GetMetricData: (input) => {
        seen = input;
        return { MetricDataResults: [{ Id: "m", StatusCode: "Complete", Timestamps: [AT], Values: [1.5, 2e-7] }] };
      },
      DescribeAlarms: () => {
        throw new AwsError("InvalidNextToken", "nope");
      },
    },
  });
  const client = new CloudWatchClient(await serve(definition));
  const query = {
    Id: "m",
    MetricStat: {
      Metric: { Namespace: "AWS/ECS", MetricName: "CPU", Dimensions: [{ Name: "a", Value: "b" }] },
      Period: 60,
      Stat: "p99",
    },
  };
  const answer = await client.send(
    new GetMetricDataCommand({ StartTime: AT, EndTime: AT, MetricDataQueries: [query] }),
  );
  expect(seen).toMatchObject({ StartTime: AT, MetricDataQueries: [query] });
  expect(answer.MetricDataResults?.[0]).toMatchObject({ Timestamps: [AT], Values: [1.5, 2e-7] });
  await expect(client.send(new DescribeAlarmsCommand({}))).rejects.toMatchObject({
    name: "InvalidNextToken",
    message: "nope",
  });
  await expect(client.send(new DescribeAlarmHistoryCommand({}))).rejects.toMatchObject({
    name: "UnknownOperationException",
  });
});

test("awsQuery: nested lists in, XML with unicode out, errors, dates", async () => {
  let seen: unknown;
  const balancing = defineService<typeof elb>({
    signingName: "elasticloadbalancing",
    load: () => import("@aws-sdk/client-elastic-load-balancing-v2"),
    clientName: "ElasticLoadBalancingV2Client",
    operations: {
      DescribeTargetHealth: (input) => {
        seen = input;
        if (input.TargetGroupArn === "ghost")
          throw new AwsError("TargetGroupNotFoundException", "One or more target groups not found");
        return {
          TargetHealthDescriptions: [
            { Target: { Id: "10.0.0.1", Port: 80 }, TargetHealth: { State: "unhealthy", Description: UNICODE } },
          ],
        };
      },
    },
  });
  const users = defineService<typeof iam>({
    signingName: "iam",
    load: () => import("@aws-sdk/client-iam"),
    clientName: "IAMClient",
    operations: {
      SimulatePrincipalPolicy: (input) => {
        seen = input;
        const EvaluationResults = (input.ActionNames ?? []).map((EvalActionName) => ({
          EvalActionName,
          EvalDecision: "explicitDeny" as const,
          EvalDecisionDetails: { "arn:x": "explicitDeny" as const },
          MissingContextValues: [],
        }));
        return { EvaluationResults, IsTruncated: false };
      },
      CreateAccessKey: (input) => ({
        AccessKey: {
          UserName: input.UserName,
          AccessKeyId: "AKIA1",
          SecretAccessKey: "s/3+=",
          Status: "Active",
          CreateDate: AT,
        },
      }),
    },
  });
  const clients = await serve(balancing, users);
  const client = new elb.ElasticLoadBalancingV2Client(clients);
  const input = {
    TargetGroupArn: "arn:tg/é&=+ ",
    Targets: [
      { Id: "10.0.0.1", Port: 80 },
      { Id: "10.0.0.2", AvailabilityZone: "all" },
    ],
  };
  const answer = await client.send(new elb.DescribeTargetHealthCommand(input));
  expect(seen).toEqual(input);
  expect(answer.TargetHealthDescriptions).toEqual([
    { Target: { Id: "10.0.0.1", Port: 80 }, TargetHealth: { State: "unhealthy", Description: UNICODE } },
  ]);
  const missing = await client
    .send(new elb.DescribeTargetHealthCommand({ TargetGroupArn: "ghost" }))
    .catch((error: unknown) => error);
  expect(missing).toBeInstanceOf(elb.TargetGroupNotFoundException);
  const identity = new iam.IAMClient(clients);
  const simulate = {
    PolicySourceArn: "arn:u",
    ActionNames: ["s3:GetObject", "ecs:*"],
    ContextEntries: [{ ContextKeyName: "aws:x", ContextKeyType: "stringList" as const, ContextKeyValues: ["1", "2"] }],
  };
  const evaluated = await identity.send(new iam.SimulatePrincipalPolicyCommand(simulate));
  expect(seen).toEqual(simulate);
  expect(evaluated.EvaluationResults?.[1]).toEqual({
    EvalActionName: "ecs:*",
    EvalDecision: "explicitDeny",
    EvalDecisionDetails: { "arn:x": "explicitDeny" },
    MissingContextValues: [],
  });
  const key = await identity.send(new iam.CreateAccessKeyCommand({ UserName: UNICODE }));
  expect(key.AccessKey).toEqual({
    UserName: UNICODE,
    AccessKeyId: "AKIA1",
    SecretAccessKey: "s/3+=",
    Status: "Active",
    CreateDate: AT,
  });
});

test("restXml: labels, query members, headers, bodies as buffer and stream, XML lists, errors", async () => {
  const bodies = new Map<string, Buffer>();
  let seen: Record<string, unknown> = {};
  const storage = defineService<typeof s3>({
    signingName: "s3",
    load: () => import("@aws-sdk/client-s3"),
    clientName: "S3Client",
    operations: {
      PutObject: async (input) => {
        const { Body, ...rest } = input;
        seen = rest;
        const parts: Buffer[] = [];
        for await (const part of Body as AsyncIterable<Uint8Array>) parts.push(Buffer.from(part));
        bodies.set(input.Key ?? "", Buffer.concat(parts));
        return { ETag: '"abc"', VersionId: "v9" };
      },
      GetObject: (input) => {
        const body = bodies.get(input.Key ?? "");
        if (!body) throw new AwsError("NoSuchKey", "The specified key does not exist.");
        return {
          Body: Readable.from([body.subarray(0, 2), body.subarray(2)]),
          ContentLength: body.length,
          LastModified: AT,
          Metadata: { owner: "ana" },
        };
      },
      GetBucketPolicy: () => ({ Policy: '{"Version":"2012-10-17"}' }),
      ListObjectVersions: (input) => {
        seen = { ...input };
        return {
          Name: input.Bucket,
          Prefix: input.Prefix,
          MaxKeys: input.MaxKeys,
          Versions: [{ Key: "a & b.txt", VersionId: "v2", IsLatest: true, LastModified: AT, Size: 5 }],
          DeleteMarkers: [{ Key: "gone", VersionId: "v3", LastModified: AT }],
        };
      },
    },
  });
  const client = new s3.S3Client(await serve(storage));
  const Bucket = "bucket";
  const Key = `dir/a b+${UNICODE}.txt`;
  const put = await client.send(
    new s3.PutObjectCommand({
      Bucket,
      Key,
      Body: "hello",
      Metadata: { owner: "ana" },
      ServerSideEncryption: "aws:kms",
    }),
  );
  expect(put.VersionId).toBe("v9");
  expect(seen).toMatchObject({ Bucket, Key, Metadata: { owner: "ana" }, ServerSideEncryption: "aws:kms" });
  const got = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
  expect([await got.Body?.transformToString(), got.LastModified, got.Metadata]).toEqual([
    "hello",
    AT,
    { owner: "ana" },
  ]);
  const stream = Readable.from([Buffer.alloc(70_000, "x"), Buffer.alloc(70_000, "y")]);
  await client.send(new s3.PutObjectCommand({ Bucket, Key: "stream", Body: stream, ContentLength: 140_000 }));
  expect(bodies.get("stream")?.length).toBe(140_000);
  expect((await client.send(new s3.GetBucketPolicyCommand({ Bucket }))).Policy).toBe('{"Version":"2012-10-17"}');
  const versions = await client.send(new s3.ListObjectVersionsCommand({ Bucket, Prefix: "a & b", MaxKeys: 7 }));
  expect(seen).toMatchObject({ Prefix: "a & b", MaxKeys: 7 });
  expect(versions).toMatchObject({
    Prefix: "a & b",
    MaxKeys: 7,
    Versions: [{ Key: "a & b.txt", LastModified: AT, IsLatest: true }],
    DeleteMarkers: [{ Key: "gone" }],
  });
  const missing = await client.send(new s3.GetObjectCommand({ Bucket, Key: "none" })).catch((error: unknown) => error);
  expect(missing).toBeInstanceOf(s3.NoSuchKey);
  expect(missing).toMatchObject({ $metadata: { httpStatusCode: 404 } });
});

test("event stream: frames arrive one by one, an error travels inside, an abort ends the source", async () => {
  let aborted = false;
  const definition = defineService<typeof logs>({
    signingName: "logs",
    load: () => import("@aws-sdk/client-cloudwatch-logs"),
    clientName: "CloudWatchLogsClient",
    operations: {
      StartLiveTail: (input, call) => ({
        responseStream: (async function* (): AsyncGenerator<logs.StartLiveTailResponseStream> {
          yield { sessionStart: { sessionId: "session", logGroupIdentifiers: input.logGroupIdentifiers } };
          yield {
            sessionUpdate: {
              sessionMetadata: { sampled: false },
              sessionResults: [{ message: UNICODE, timestamp: AT.getTime() }],
            },
          };
          if (input.logEventFilterPattern === "timeout") {
            yield { SessionTimeoutException: new logs.SessionTimeoutException({ $metadata: {}, message: "3h" }) };
            return;
          }
          await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve(), { once: true }));
          aborted = call.signal.aborted;
        })(),
      }),
    },
  });
  const client = new logs.CloudWatchLogsClient(await serve(definition));
  const failing = await client.send(
    new logs.StartLiveTailCommand({ logGroupIdentifiers: ["arn:g"], logEventFilterPattern: "timeout" }),
  );
  const frames: logs.StartLiveTailResponseStream[] = [];
  const drained = (async () => {
    for await (const frame of failing.responseStream!) frames.push(frame);
  })();
  await expect(drained).rejects.toBeInstanceOf(logs.SessionTimeoutException);
  expect(frames[0]?.sessionStart?.logGroupIdentifiers).toEqual(["arn:g"]);
  expect(frames[1]?.sessionUpdate?.sessionResults).toEqual([{ message: UNICODE, timestamp: AT.getTime() }]);

  const abort = new AbortController();
  const endless = await client.send(new logs.StartLiveTailCommand({ logGroupIdentifiers: ["arn:g"] }), {
    abortSignal: abort.signal,
  });
  const reading = (async () => {
    for await (const frame of endless.responseStream!) if (frame.sessionUpdate) abort.abort();
  })();
  await reading.catch(() => undefined);
  await expect.poll(() => aborted).toBe(true);
});
