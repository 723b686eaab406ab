import { afterEach, describe, expect, it } from "vitest";
import type { AwsLayer } from "../../src/aws/contract.ts";
import type { Deployment } from "../../src/config/deployment.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { Finding } from "../../src/findings/contract.ts";
import { FACT_OPERATIONS } from "../../src/findings/facts/index.ts";
import { findFindings } from "../../src/findings/find.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { account, clockOf, layerOf, opened, stateFolder } from "../incident/support.ts";

let layer: AwsLayer | undefined;
afterEach(() => layer?.close());

function deploymentOf({ world }: RunningSimulator): Deployment {
  const { names } = world;
  return {
    ...deploymentByNamingRule(names.project, names.environment, names.catalogType, names.region),
    terraform: { stateBucket: names.stateBucket, stateKey: names.stateKey, lockTable: names.lockTable },
    breakGlass: { user: names.breakGlassUser },
  };
}

async function look(simulator: RunningSimulator, change: Partial<Deployment> = {}) {
  layer = await layerOf(simulator);
  const results = await findFindings({
    aws: layer,
    deployment: { ...deploymentOf(simulator), ...change },
    clock: clockOf(simulator),
    accountId: simulator.accountId,
    signal: new AbortController().signal,
  });
  const findings = results.flatMap((result): Finding[] => (result.status === "done" ? result.findings : []));
  const unknown = results.flatMap((result) => (result.status === "unknown" ? [result] : []));
  return { findings, unknown, ids: findings.map(({ id }) => id).sort() };
}

const NESSIE_FINDINGS = (prefix: string) => [
  `alarm-never-fires:${prefix}-nessie-dynamo-throttled`,
  `alarm-threshold:${prefix}-nessie-cpu-high`,
  "already-on-demand",
  "catalog-recovery-point",
  "schema-changes",
  "unused-catalog-table",
];
const COMMON_FINDINGS = [
  "alarm-missing:dagster-task-stopped",
  "break-glass:console",
  "break-glass:key-age",
  "management-events",
  "noncurrent-versions-expire",
  "object-events",
  "object-layout",
  "roles-without-policies",
  "terraform-resets",
  "upload-needs-kms-header",
];

describe("findings of an account", () => {
  it("all of those that can be seen from outside, in the default lakehouse; nothing is written", async () => {
    const simulator = await account();
    const { ids, unknown, findings } = await look(simulator);
    expect(unknown).toEqual([]);
    expect(ids).toEqual([...NESSIE_FINDINGS("lakehouse-prod"), ...COMMON_FINDINGS].sort());
    for (const { lines, evidence } of findings) {
      expect(evidence.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toMatch(/^aws \S+ \S+ .*--region us-east-1/);
      expect(lines.length).toBeGreaterThan(0);
    }
    expect(simulator.calls.every(({ operation }) => /^(Get|Describe|List|Head)/.test(operation))).toBe(true);
  });

  it("with other names and in another region", async () => {
    const simulator = await account({ project: "acme", environment: "dev", region: "eu-west-1" });
    const { ids, findings } = await look(simulator);
    expect(ids).toEqual([...NESSIE_FINDINGS("acme-dev"), ...COMMON_FINDINGS].sort());
    expect(findings.find(({ id }) => id === "unused-catalog-table")?.evidence.join()).toContain("acme-dev-nessie_objs");
  });

  it("of a Glue lakehouse: none of Nessie's", async () => {
    const simulator = await account({ catalogType: "glue" });
    const { ids, unknown } = await look(simulator);
    expect(unknown).toEqual([]);
    expect(ids).toEqual([...COMMON_FINDINGS].sort());
  });

  it("mended one by one, each is gone", async () => {
    const simulator = await account();
    const { world } = simulator;
    const { names } = world;
    const bucket = world.buckets.byName.get(names.lakehouseBucket)!;
    world.dynamodb.byName.delete(names.table);
    const throttled = world.alarms.byName.get(`${names.alarmPrefix}-nessie-dynamo-throttled`)!;
    throttled.dimensions = [...throttled.dimensions, { Name: "Operation", Value: "GetItem" }];
    world.alarms.byName.get(`${names.alarmPrefix}-nessie-cpu-high`)!.threshold = 70;
    const stopped = {
      ...throttled,
      name: `${names.alarmPrefix}-dagster-task-stopped`,
      arn: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:dagster",
      namespace: "ECS/ContainerInsights",
      metricName: "RunningTaskCount",
      dimensions: [{ Name: "ClusterName", Value: names.dagsterCluster }],
    };
    world.alarms.byName.set(stopped.name, stopped);
    bucket.policy = undefined;
    bucket.settings.lifecycle = undefined;
    bucket.settings.tags = [];
    world.dataTrail.settings!.managementEvents = true;
    for (const kind of ["reader", "writer", "admin"])
      world.iam.roles.get(`${names.prefix}-lakehouse-${kind}`)!.attached.add("arn:aws:iam::aws:policy/PowerUserAccess");
    const user = world.iam.users.get(names.breakGlassUser)!;
    user.loginProfile = { createdAtMs: world.now() };
    for (const key of user.accessKeys) key.createdAtMs = world.now();
    for (const table of [`${names.nessieTablePrefix}_refs`, `${names.nessieTablePrefix}_objs`]) {
      world.dynamodb.byName.get(table)!.recovery = undefined;
    }
    const { ids } = await look(simulator);
    // What stays is true of every lakehouse of this kind; without recovery there is no recovery point, and that is the finding.
    expect(ids).toEqual([
      "already-on-demand",
      "object-events",
      "object-layout",
      "recovery-off",
      "schema-changes",
      "terraform-resets",
    ]);
  });

  it("a bucket without Terraform's tags, and no state: no apply takes anything back", async () => {
    const simulator = await account({ catalogType: "glue" });
    simulator.world.buckets.byName.get(simulator.world.names.lakehouseBucket)!.settings.tags = [];
    const { ids } = await look(simulator, { terraform: undefined });
    expect(ids).not.toContain("terraform-resets");
    expect((await look(simulator)).ids).toContain("terraform-resets");
  });

  it("what may not be read is unknown with the missing permission, and everything else is found", async () => {
    const simulator = await account();
    simulator.faults.add({ kind: "deny", operation: "GetBucketPolicy" });
    simulator.faults.add({ kind: "deny", operation: "DescribeTrails" });
    simulator.faults.add({ kind: "deny", operation: "DescribeServices" });
    const { ids, unknown } = await look(simulator);
    const missing = unknown.map(({ detector, failure }) => [detector, failure.missingPermission]);
    expect(missing).toContainEqual(["upload-needs-kms-header", "s3:GetBucketPolicy"]);
    expect(missing).toContainEqual(["object-events", "cloudtrail:DescribeTrails"]);
    expect(missing).toContainEqual(["schema-changes", "ecs:DescribeServices"]);
    expect(ids).toContain("noncurrent-versions-expire");
    expect(ids).not.toContain("upload-needs-kms-header");
  });

  it("of another deployment than the configured one it is unknown, with what to do", async () => {
    const simulator = await account();
    const nessie = { ...deploymentOf(simulator).nessie!, service: "renamed" };
    const { unknown } = await look(simulator, { nessie });
    expect(unknown.find(({ detector }) => detector === "schema-changes")?.failure).toMatchObject({
      kind: "not-found",
      next: expect.stringContaining("mayday init"),
    });
  });

  it("the cockpit reads the same for an open incident", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder(), { deployment: deploymentOf(simulator) });
    const results = await incident.findings();
    const ids = results.flatMap((result) => (result.status === "done" ? result.findings.map(({ id }) => id) : []));
    expect(ids).toContain("upload-needs-kms-header");
    simulator.faults.add({ kind: "expired" });
    const stranger = await opened(simulator, stateFolder());
    await expect(stranger.findings()).rejects.toThrow(/not known yet which account/);
  });

  it("reads by no other operations than it says", async () => {
    const simulator = await account();
    const sent = new Set<string>();
    layer = await layerOf(simulator);
    layer.onCall(({ service, operation }) => sent.add(`${service}:${operation}`));
    const clock = clockOf(simulator);
    const signal = new AbortController().signal;
    await findFindings({
      aws: layer,
      deployment: deploymentOf(simulator),
      clock,
      accountId: simulator.accountId,
      signal,
    });
    expect([...sent].sort()).toEqual([...FACT_OPERATIONS].sort());
  });
});
