import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FORM_HEADERS, jsonHeaders as json, raw } from "../support/raw-call.ts";
import { testSimulator } from "../support/simulator.ts";

test("awsJson 1.1", async () => {
  const { endpoint } = await testSimulator();
  const answer = await raw(endpoint, "ecs", {
    headers: json("AmazonEC2ContainerServiceV20141113.ListServices", "1.1"),
    body: '{"cluster":"lakehouse-prod-nessie"}',
  });
  expect(answer).toMatchObject({
    status: 200,
    type: "application/x-amz-json-1.1",
    error: null,
    date: "Mon, 23 Nov 2026 03:00:00 GMT",
    requestId: expect.stringMatching(/^[0-9a-f]{8}-5e1f-4a00-9c0d-000000000001$/),
    text: '{"serviceArns":["arn:aws:ecs:us-east-1:111122223333:service/lakehouse-prod-nessie/nessie"]}',
  });
  const failed = await raw(endpoint, "ecs", {
    headers: json("AmazonEC2ContainerServiceV20141113.ListServices", "1.1"),
    body: '{"cluster":"nope"}',
  });
  expect([failed.status, JSON.parse(failed.text)]).toEqual([
    400,
    { __type: "com.amazonaws.ecs#ClusterNotFoundException", message: "Cluster not found." },
  ]);
});

test("awsJson 1.0 with the query error header; dates are epoch seconds", async () => {
  const { endpoint } = await testSimulator();
  const target = "GraniteServiceVersion20100801.DescribeAlarms";
  const answer = await raw(endpoint, "monitoring", {
    headers: json(target, "1.0"),
    body: '{"AlarmNames":["lakehouse-prod-nessie-cpu-high"]}',
  });
  const [alarm] = JSON.parse(answer.text).MetricAlarms;
  expect([answer.type, alarm.StateUpdatedTimestamp, alarm.Period, alarm.Threshold]).toEqual([
    "application/x-amz-json-1.0",
    Date.UTC(2026, 9, 11, 3) / 1000,
    300,
    80,
  ]);
  const failed = await raw(endpoint, "monitoring", { headers: json(target, "1.0"), body: '{"NextToken":"%"}' });
  expect([failed.status, failed.error, JSON.parse(failed.text).message]).toEqual([
    400,
    "InvalidNextToken;Sender",
    "The next token specified is invalid.",
  ]);
});

test("awsQuery", async () => {
  const { endpoint } = await testSimulator();
  const answer = await raw(endpoint, "sts", {
    headers: FORM_HEADERS,
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  });
  expect(answer.type).toBe("text/xml");
  expect(answer.text.replace(/<RequestId>[^<]+/, "<RequestId>ID")).toBe(
    '<GetCallerIdentityResponse><GetCallerIdentityResult xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><UserId>AROASIMRESPONDERXXXXX:on-call</UserId><Account>111122223333</Account><Arn>arn:aws:sts::111122223333:assumed-role/responder/on-call</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
  );
  const failed = await raw(endpoint, "elasticloadbalancing", {
    headers: FORM_HEADERS,
    body: "Action=DescribeTargetGroups&Version=2015-12-01&Names.member.1=nope",
  });
  expect([failed.status, failed.text.replace(/<RequestId>[^<]+/, "<RequestId>ID")]).toEqual([
    400,
    "<ErrorResponse><Error><Type>Sender</Type><Code>TargetGroupNotFound</Code><Message>One or more target groups not found</Message></Error><RequestId>ID</RequestId></ErrorResponse>",
  ]);
});

test("restXml", async () => {
  const { endpoint } = await testSimulator();
  const policy = await raw(endpoint, "s3", { method: "GET", path: "/lakehouse-prod-lakehouse?policy" });
  expect(JSON.parse(policy.text).Statement.map((statement: { Sid: string }) => statement.Sid)).toEqual([
    "DenyInsecureTransport",
    "DenyUnencryptedPuts",
  ]);
  const versioning = await raw(endpoint, "s3", { method: "GET", path: "/lakehouse-prod-lakehouse?versioning" });
  expect(versioning.text).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>',
  );
  const failed = await raw(endpoint, "s3", { method: "GET", path: "/nope?policy" });
  expect([failed.status, failed.text.replace(/<RequestId>[^<]+/, "<RequestId>ID")]).toEqual([
    404,
    "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><RequestId>ID</RequestId></Error>",
  ]);
});

test("an unsigned request and an unknown service are told so, and only loopback listens", async () => {
  const { endpoint } = await testSimulator();
  expect(new URL(endpoint).hostname).toBe("127.0.0.1");
  expect((await fetch(endpoint)).status).toBe(404);
  expect((await raw(endpoint, "route53", { body: "{}" })).text).toContain('no simulated service "route53"');
});

test("a request that cannot be read is answered as AWS answers it, and the server lives on", async () => {
  const { endpoint } = await testSimulator();
  const broken = await raw(endpoint, "ecs", {
    headers: json("AmazonEC2ContainerServiceV20141113.ListServices", "1.1"),
    body: '{"cluster":',
  });
  expect([broken.status, JSON.parse(broken.text).__type]).toEqual([400, "SerializationException"]);
  const odd = await raw(endpoint, "s3", { method: "GET", path: "//%E0%A4%A" });
  expect([odd.status, odd.text]).toEqual([400, expect.stringContaining("<Code>SerializationException</Code>")]);
  const unknown = await raw(endpoint, "ecs", {
    headers: json("AmazonEC2ContainerServiceV20141113.DeleteCluster", "1.1"),
    body: "{}",
  });
  expect([unknown.status, JSON.parse(unknown.text).message]).toEqual([404, "DeleteCluster is not simulated"]);
});

test("there is a single copy of each package whose internals the codec uses", () => {
  const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
    packages: Record<string, unknown>;
  };
  for (const name of ["@smithy/core", "@aws-sdk/core"]) {
    expect(Object.keys(lock.packages).filter((path) => path.endsWith(`node_modules/${name}`))).toEqual([
      `node_modules/${name}`,
    ]);
  }
});
