import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Plan, RunResult } from "../../src/actions/contract.ts";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { scaledClock } from "../../src/base/clock.ts";
import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import { openIncident } from "../../src/incident/open.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { templateNames } from "../../src/sim/world/names.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { deployLoadBalancer, deployService } from "./moto-template/compute.ts";
import { deployNetwork } from "./moto-template/network.ts";
import { ACCOUNT_ID } from "./server.ts";

// Containing, guarding and undoing at an AWS that we did not write. moto starts no tasks for a service and delivers no CloudTrail
// events, so that waiting for running tasks ends at its deadline, and nobody can be named who broke a containment.

const PROJECT = "contained";
// Beside the contract's own lakehouse, which is listed there.
const REGION = "eu-west-1";
const names = templateNames({ project: PROJECT, environment: "prod", region: REGION, accountId: ACCOUNT_ID });
const dagster = dagsterOnEcs(PROJECT, "prod");
const POLICY = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [`arn:aws:s3:::${names.lakehouseBucket}`, `arn:aws:s3:::${names.lakehouseBucket}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ],
};

let clients: Clients;
let incident: OpenIncident;
const state = mkdtempSync(join(tmpdir(), "mayday-containment-"));

beforeAll(async () => {
  const endpoint = inject("motoEndpoint");
  clients = clientsOf(endpoint, REGION, { accessKeyId: "AKIACONTAINMENT", secretAccessKey: "moto" });
  const network = await deployNetwork(clients, names);
  await deployService(clients, names, network, await deployLoadBalancer(clients, names, network));
  await clients.ecs.createCluster({ clusterName: dagster.cluster });
  for (const serviceName of dagster.services) {
    await clients.ecs.createService({
      cluster: dagster.cluster,
      serviceName,
      taskDefinition: names.taskFamily,
      desiredCount: 1,
    });
  }
  await clients.s3.createBucket({ Bucket: names.lakehouseBucket });
  await clients.s3.putBucketPolicy({ Bucket: names.lakehouseBucket, Policy: JSON.stringify(POLICY) });

  const credentials = await sessionOf("contained-responder");
  // Waits for tasks that never start are over in seconds.
  const clock = scaledClock({ domainEpochMs: Date.now(), wallEpochMs: Date.now(), speed: 120 });
  incident = await openIncident({
    aws: await createAwsLayer({ clock, region: REGION, endpoint, credentials, loopbackOnly: true }),
    clock,
    deployment: { ...deploymentByNamingRule(PROJECT, "prod", "nessie", REGION), dagster },
    stateDirectory: state,
    title: "Containment at moto",
    severity: "P2",
    onCall: "kim",
    simulated: true,
    toolVersion: "test",
    reason: "start",
    watch: true,
  });
  await incident.ready;
});

afterAll(async () => {
  await incident?.release();
  rmSync(state, { recursive: true, force: true });
});

/** A session of a role with a path: STS leaves the path out of its ARN, and iam:GetRole gives it. */
async function sessionOf(RoleName: string) {
  const trust = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  const { Role } = await clients.iam.createRole({ RoleName, Path: "/containment/", AssumeRolePolicyDocument });
  const { Credentials } = await clients.sts.assumeRole({ RoleArn: Role!.Arn!, RoleSessionName: "kim" });
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
}

const confirmationOf = (plan: Plan) => (plan.tier === "name" ? { typedName: plan.resourceName } : { yes: true });

async function run(actionId: string, parameters: Record<string, string> = {}) {
  const prepared = await incident.prepare(actionId, parameters);
  expect(prepared.refusedReason, JSON.stringify(prepared.checks)).toBeUndefined();
  return incident.execute(prepared, confirmationOf(prepared.plan));
}

async function undoAll(runId: string) {
  const prepared = await incident.prepareUndo(runId);
  return incident.execute(prepared, confirmationOf(prepared.plan));
}

const held = (runId: string) => incident.store.getState().heldOpen.find((one) => one.runId === runId);

async function guardSays(runId: string, guard: "holding" | "broken"): Promise<void> {
  await expect.poll(() => held(runId)?.guard, { timeout: 20_000 }).toBe(guard);
}

/** What containing Nessie changes; what a target never had suspended is left out of the answer. */
async function scaling() {
  const { services: [service] = [] } = await clients.ecs.describeServices({
    cluster: names.cluster,
    services: [names.service],
  });
  const { ScalableTargets: [target] = [] } = await clients.scaling.describeScalableTargets({
    ServiceNamespace: "ecs",
    ResourceIds: [`service/${names.cluster}/${names.service}`],
  });
  const suspended = Object.values(target?.SuspendedState ?? {}).filter((value) => value).length;
  return { desired: service?.desiredCount, min: target?.MinCapacity, max: target?.MaxCapacity, suspended };
}

/** The undo's calls went through; only the waits for tasks that moto does not start may have failed. */
function expectUndone(result: RunResult): void {
  const kinds = new Map(result.plan.steps.map(({ id, kind }) => [id, kind]));
  const failed = result.outcomes.filter(({ status }) => status !== "done");
  expect(failed.filter(({ stepId }) => kinds.get(stepId) !== "wait")).toEqual([]);
}

test("Nessie: contained, broken by somebody, and undone to what it was", async () => {
  const before = await scaling();
  const result = await run("contain-nessie");
  expect(result.status, JSON.stringify(result.failure)).toBe("done");
  expect(await scaling()).toEqual({ desired: 0, min: 0, max: 6, suspended: 3 });
  await guardSays(result.runId, "holding");
  await clients.ecs.updateService({ cluster: names.cluster, service: names.service, desiredCount: 1 });
  await guardSays(result.runId, "broken");
  await clients.ecs.updateService({ cluster: names.cluster, service: names.service, desiredCount: 0 });
  await guardSays(result.runId, "holding");
  expectUndone(await undoAll(result.runId));
  expect(await scaling()).toEqual(before);
}, 60_000);

async function dagsterCounts() {
  const { services = [] } = await clients.ecs.describeServices({
    cluster: dagster.cluster,
    services: dagster.services,
  });
  return Object.fromEntries(services.map(({ serviceName, desiredCount }) => [serviceName, desiredCount]));
}

test("Dagster: contained, broken by somebody, and undone to what it was", async () => {
  const before = await dagsterCounts();
  const result = await run("contain-dagster");
  expect(result.status, JSON.stringify(result.failure)).toBe("done");
  expect(await dagsterCounts()).toEqual({ "dagster-webserver": 0, "dagster-daemon": 0 });
  await guardSays(result.runId, "holding");
  const daemon = { cluster: dagster.cluster, service: "dagster-daemon" };
  await clients.ecs.updateService({ ...daemon, desiredCount: 1 });
  await guardSays(result.runId, "broken");
  await clients.ecs.updateService({ ...daemon, desiredCount: 0 });
  expectUndone(await undoAll(result.runId));
  expect(await dagsterCounts()).toEqual(before);
}, 60_000);

const policyOf = async () =>
  JSON.parse((await clients.s3.getBucketPolicy({ Bucket: names.lakehouseBucket })).Policy ?? "null");

test("S3: contained with the other statement kept, broken by somebody, and undone to the same policy", async () => {
  const result = await run("contain-s3", { level: "freeze-writes" });
  expect(result.status, JSON.stringify(result.failure)).toBe("done");
  const contained = await policyOf();
  expect(contained.Statement.slice(0, -1)).toEqual(POLICY.Statement);
  expect(contained.Statement.at(-1)).toMatchObject({
    Effect: "Deny",
    Sid: expect.stringMatching(/^IncidentQuarantine/),
  });
  expect(JSON.stringify(contained.Statement.at(-1))).toContain(`role/containment/contained-responder`);
  await guardSays(result.runId, "holding");
  const Bucket = names.lakehouseBucket;
  await clients.s3.putBucketPolicy({ Bucket, Policy: JSON.stringify(POLICY) });
  await guardSays(result.runId, "broken");
  await clients.s3.putBucketPolicy({ Bucket, Policy: JSON.stringify(contained) });
  await guardSays(result.runId, "holding");
  expect((await undoAll(result.runId)).status).toBe("done");
  expect(await policyOf()).toEqual(POLICY);
}, 60_000);
