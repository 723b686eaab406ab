import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServicesCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { testSimulator } from "../support/simulator.ts";

const CLUSTER = "lakehouse-prod-nessie";

test("ECS: at most 10 services and 100 tasks a call, ListServices in pages, missing ones as failures", async () => {
  const { world, clients } = await testSimulator();
  const { service, definition } = world.lakehouse;
  for (let index = 0; index < 24; index++) {
    const draft = {
      name: `extra-${index}`,
      cluster: service.cluster,
      desiredCount: 0,
      subnets: service.subnets,
      securityGroups: [],
      createdAtMs: world.epochMs,
    };
    world.ecs.addService(draft, definition);
  }
  const client = new ECSClient(clients);
  const eleven = Array.from({ length: 11 }, (_, index) => `extra-${index}`);
  await expect(client.send(new DescribeServicesCommand({ cluster: CLUSTER, services: eleven }))).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  const tasks = Array.from({ length: 101 }, (_, index) => `task-${index}`);
  await expect(client.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks }))).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  const pages: number[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new ListServicesCommand({ cluster: CLUSTER, nextToken }));
    pages.push(page.serviceArns?.length ?? 0);
    nextToken = page.nextToken;
  } while (nextToken);
  expect(pages).toEqual([10, 10, 5]);
  const described = await client.send(new DescribeServicesCommand({ cluster: CLUSTER, services: ["nessie", "nope"] }));
  expect(described.services?.map((found) => found.serviceName)).toEqual(["nessie"]);
  expect(described.failures).toEqual([
    { arn: `arn:aws:ecs:us-east-1:111122223333:service/${CLUSTER}/nope`, reason: "MISSING" },
  ]);
});

test("LookupEvents: 50 a page, newest first, one attribute, a token that is checked", async () => {
  const { world, clients } = await testSimulator();
  const somebody = world.external.asSomebodyElse("ana");
  for (let index = 0; index < 120; index++) {
    somebody.updateService({ desiredCount: 2 });
    world.advanceBy(1_000);
  }
  world.advanceBy(200_000);
  const client = new CloudTrailClient(clients);
  const byName = [{ AttributeKey: "Username" as const, AttributeValue: "ana" }];
  const times: number[] = [];
  const sizes: number[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new LookupEventsCommand({ LookupAttributes: byName, NextToken }));
    sizes.push(page.Events?.length ?? 0);
    times.push(...(page.Events ?? []).map((event) => event.EventTime?.getTime() ?? 0));
    NextToken = page.NextToken;
  } while (NextToken);
  expect(sizes).toEqual([50, 50, 20]);
  expect(times).toEqual([...times].sort((a, b) => b - a));
  const two = new LookupEventsCommand({ LookupAttributes: [...byName, ...byName] });
  await expect(client.send(two)).rejects.toMatchObject({ name: "InvalidLookupAttributesException" });
  const junk = new LookupEventsCommand({ NextToken: "junk" });
  await expect(client.send(junk)).rejects.toMatchObject({ name: "InvalidNextTokenException" });
});

test("LookupEvents is throttled above two calls a second, in machine time", async () => {
  const simulator = await testSimulator({ manual: false });
  const client = new CloudTrailClient({ ...simulator.clients, maxAttempts: 1 });
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => client.send(new LookupEventsCommand({}))));
  const refused = results.filter((result) => result.status === "rejected");
  expect(refused.length).toBeGreaterThanOrEqual(3);
  expect(refused[0]).toMatchObject({ reason: { name: "ThrottlingException", message: "Rate exceeded" } });
});

test("a denied call is not carried out, and says which permission is missing in AWS's words", async () => {
  const { world, clients, clientsOf } = await testSimulator();
  const update = new UpdateServiceCommand({ cluster: CLUSTER, service: "nessie", desiredCount: 0 });
  const { arn } = world.principals.of(ACCESS_KEYS.responder);
  const restore = world.denials.deny(arn, "ecs:UpdateService");
  await expect(new ECSClient(clients).send(update)).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: `User: ${arn} is not authorized to perform: ecs:UpdateService on resource: arn:aws:ecs:us-east-1:111122223333:service/${CLUSTER}/nessie because no identity-based policy allows the ecs:UpdateService action`,
  });
  expect(world.lakehouse.service.desiredCount).toBe(2);
  await expect(new ECSClient(clientsOf("powerless")).send(update)).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
  await new STSClient(clientsOf("powerless")).send(new GetCallerIdentityCommand({}));
  restore();
  expect(JSON.parse(world.trail.events[0]?.record ?? "")).toMatchObject({
    eventName: "UpdateService",
    errorCode: "AccessDeniedException",
    responseElements: null,
  });
  await new ECSClient(clients).send(update);
  expect(world.lakehouse.service.desiredCount).toBe(0);
});

test("ECS: DescribeServices tells the template's default tags to who asks for them, and to nobody else", async () => {
  const { clients } = await testSimulator();
  const client = new ECSClient(clients);
  const ask = { cluster: CLUSTER, services: ["nessie"] };
  const silent = await client.send(new DescribeServicesCommand(ask));
  expect(silent.services?.[0]?.tags ?? []).toEqual([]);
  const told = await client.send(new DescribeServicesCommand({ ...ask, include: ["TAGS"] }));
  expect(told.services?.[0]?.tags).toContainEqual({ key: "Environment", value: "prod" });
});
