import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scaledClock } from "../../src/base/clock.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { templateNames } from "../../src/sim/world/names.ts";
import { expectStatus, incidentAt, type MotoAccount, type MotoIncident, motoAccount } from "./moto-incident.ts";
import { deployLoadBalancer } from "./moto-template/compute.ts";
import { deployNetwork } from "./moto-template/network.ts";

// Certificates and alerts at an ACM and an SNS that we did not write. moto issues a certificate some seconds after its request, whatever
// is in the zone, and takes every subscription as confirmed at once: that both are waited for is shown at the simulator.

const REGION = "ca-central-1";
const PROJECT = "alerted";
const ACCOUNT_ID = "210000000004";
const DOMAINS = ["nessie.alerted.example.com", "catalog.alerted.example.com"];

let account: MotoAccount;
let at: MotoIncident;
let topic: string;
let present: string;
/** Of the subscriber, which stands for an on-call tool's endpoint. */
let server: Server;
const received: string[] = [];

beforeAll(async () => {
  account = await motoAccount(ACCOUNT_ID, REGION);
  const names = templateNames({ project: PROJECT, environment: "prod", region: REGION, accountId: ACCOUNT_ID });
  const { acm, elb, sns, cloudwatch } = account.clients;
  const network = await deployNetwork(account.clients, names);
  await deployLoadBalancer(account.clients, names, network);
  const [DomainName, ...SubjectAlternativeNames] = DOMAINS;
  const { CertificateArn } = await acm.requestCertificate({
    DomainName: DomainName!,
    SubjectAlternativeNames,
    ValidationMethod: "DNS",
  });
  present = CertificateArn!;
  const { LoadBalancers: [balancer] = [] } = await elb.describeLoadBalancers({ Names: [names.loadBalancer] });
  const { TargetGroups: [group] = [] } = await elb.describeTargetGroups({
    LoadBalancerArn: balancer!.LoadBalancerArn!,
  });
  await elb.createListener({
    LoadBalancerArn: balancer!.LoadBalancerArn!,
    Protocol: "HTTPS",
    Port: 443,
    Certificates: [{ CertificateArn: present }],
    DefaultActions: [{ Type: "forward", TargetGroupArn: group!.TargetGroupArn! }],
  });
  topic = (await sns.createTopic({ Name: `${PROJECT}-prod-alerts` })).TopicArn!;
  await cloudwatch.putMetricAlarm({
    AlarmName: `${PROJECT}-prod-nessie-cpu-high`,
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    Statistic: "Average",
    Period: 300,
    EvaluationPeriods: 3,
    Threshold: 80,
    ComparisonOperator: "GreaterThanThreshold",
    AlarmActions: [topic],
  });
  server = createServer(async (request, response) => {
    received.push(await textOf(request));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Waits of minutes are over in seconds.
  const clock = scaledClock({ domainEpochMs: Date.now(), wallEpochMs: Date.now(), speed: 120 });
  at = await incidentAt(account, deploymentByNamingRule(PROJECT, "prod", "nessie", REGION), { clock });
});

afterAll(async () => {
  await at?.close();
  server?.closeAllConnections();
  server?.close();
});

const certificates = async () =>
  ((await account.clients.acm.listCertificates({})).CertificateSummaryList ?? []).map((one) => one.CertificateArn);

const subscriptions = async () =>
  ((await account.clients.sns.listSubscriptionsByTopic({ TopicArn: topic })).Subscriptions ?? []).map(
    ({ Protocol, Endpoint }) => `${Protocol} ${Endpoint}`,
  );

test("the certificate of the listener is found and told", async () => {
  const prepared = await at.incident.prepare("check-certificate", {});
  const { Certificate } = await account.clients.acm.describeCertificate({ CertificateArn: present });
  expect(prepared.facts).toMatchObject({
    certificate: present,
    type: "AMAZON_ISSUED",
    "not after": Certificate?.NotAfter?.toISOString(),
  });
  expect(prepared.facts.domains?.split(", ").toSorted()).toEqual(DOMAINS.toSorted());
});

test("a new certificate is requested for the same domains, its records are told, it is issued; undo deletes it", async () => {
  const result = await at.run("request-certificate");
  expectStatus(result, "done");
  const [made, ...others] = (await certificates()).filter((arn) => arn !== present);
  expect(others).toEqual([]);
  const { Certificate } = await account.clients.acm.describeCertificate({ CertificateArn: made! });
  expect(Certificate?.Status).toBe("ISSUED");
  expect(Certificate?.SubjectAlternativeNames?.toSorted()).toEqual(DOMAINS.toSorted());
  const [records, tfvars] = at.asked;
  for (const { ResourceRecord: record } of Certificate?.DomainValidationOptions ?? [])
    expect(records).toContain(`CNAME ${record?.Name} -> ${record?.Value}`);
  expect(tfvars).toContain(`certificate_arn = "${made}"`);
  expectStatus(await at.undo(result.runId), "done");
  expect(await certificates()).toEqual([present]);
});

test("an address is subscribed, refused when it is there and confirmed, and taken off by the undo", async () => {
  const open = await at.incident.prepare("check-alert-topic", {});
  expect(open.facts.topic).toBe(topic);
  expect(open.checks.find(({ label }) => label === "subscriptions")?.detail).toBe("nobody is subscribed");
  const endpoint = "oncall@example.com";
  const result = await at.run("resubscribe", { endpoint });
  expectStatus(result, "done");
  expect(await subscriptions()).toEqual([`email ${endpoint}`]);
  // moto confirms at once. The undo of a second subscription would take the first one away.
  expect((await at.incident.prepare("resubscribe", { endpoint })).refusedReason).toMatch(/confirmed already/);
  expect(await subscriptions()).toEqual([`email ${endpoint}`]);
  const checked = await at.incident.prepare("check-alert-topic", {});
  expect(checked.checks.map(({ status }) => status)).toEqual(["pass", "pass"]);
  expectStatus(await at.undo(result.runId), "done");
  expect(await subscriptions()).toEqual([]);
});

test("the test message reaches who is subscribed, and says that it is a test", async () => {
  const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`;
  await account.clients.sns.subscribe({ TopicArn: topic, Protocol: "http", Endpoint });
  const before = received.length;
  expectStatus(await at.run("test-alert-topic"), "done");
  await expect.poll(() => received.length).toBe(before + 1);
  expect(JSON.parse(received.at(-1)!)).toMatchObject({
    TopicArn: topic,
    Subject: "Test of the lakehouse's alerts",
    Message: expect.stringContaining(`during incident ${at.incident.id}`),
  });
});
