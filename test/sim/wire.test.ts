import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as iam from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { AwsError } from "../../src/sim/wire/aws-error.ts";
import { defineService } from "../../src/sim/wire/types.ts";
import { AT, serve, UNICODE } from "../support/wire.ts";

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
