import { afterEach, describe, expect, it } from "vitest";
import type { AwsLayer } from "../../src/aws/contract.ts";
import type { SettingKey } from "../../src/config/settings.ts";
import { DISCOVERY_OPERATIONS, Finds } from "../../src/discovery/contract.ts";
import { discover } from "../../src/discovery/discover.ts";
import { parseState } from "../../src/discovery/state.ts";
import type { RunningSimulator, SimulatorOptions } from "../../src/sim/index.ts";
import { terraformState } from "../../src/sim/world/storage/state-bucket.ts";
import { account, clockOf, layerOf } from "../incident/support.ts";

/** A lakehouse that somebody named as they liked. */
const OWN_NAMES: NonNullable<SimulatorOptions["ownNames"]> = {
  cluster: "tank",
  service: "fish",
  container: "server",
  loadBalancer: "shore",
  targetGroup: "hooks",
  logGroup: "/fish/log",
  table: "scales",
  nessieTablePrefix: "fins",
  dagsterCluster: "dagster-boat",
  lakehouseBucket: "pond",
  auditBucket: "puddle",
  trail: "watch",
  alertTopic: "bells",
  alarmPrefix: "splash",
};

let layer: AwsLayer | undefined;
afterEach(() => layer?.close());

interface Given {
  state?: boolean;
  values?: Partial<Record<SettingKey, unknown>>;
}

async function found(simulator: RunningSimulator, { state = false, values = {} }: Given = {}) {
  const { world } = simulator;
  layer = await layerOf(simulator);
  const given = new Finds();
  for (const [key, value] of Object.entries(values)) given.add(key as SettingKey, value as never, "given by a flag");
  const facts = () => parseState(JSON.stringify(terraformState(world, world.nessie, 9, "lineage")), "a state");
  const { stateBucket: bucket, stateKey: key } = world.names;
  const discovery = await discover(
    { aws: layer, clock: clockOf(simulator), accountId: simulator.accountId, signal: new AbortController().signal },
    { given, ...(state ? { state: { facts: facts(), place: "a state", bucket, key } } : {}) },
  );
  const value = Object.fromEntries(discovery.finds.map((find) => [find.key, find.value]));
  const origin = Object.fromEntries(discovery.finds.map((find) => [find.key, find.origin]));
  return { ...discovery, value, origin };
}

/** The settings of a simulated lakehouse, by its own names. */
function expected({ names }: RunningSimulator["world"], withState: boolean): Partial<Record<SettingKey, unknown>> {
  return {
    project: names.project,
    environment: names.environment,
    catalogType: names.catalogType,
    "buckets.lakehouse": names.lakehouseBucket,
    "buckets.audit": names.auditBucket,
    ...(names.catalogType === "nessie" && {
      "nessie.cluster": names.cluster,
      "nessie.service": names.service,
      "nessie.container": names.container,
      "nessie.logGroup": names.logGroup,
      "nessie.targetGroup": names.targetGroup,
      "nessie.loadBalancer": names.loadBalancer,
      "nessie.tables": [names.nessieTablePrefix],
      // The rule's, or what these alarms share.
      alarmPrefixes: [names.alarmPrefix === names.prefix ? `${names.prefix}-` : `${names.alarmPrefix}-nessie-`],
    }),
    "dagster.cluster": names.dagsterCluster,
    "dagster.services": expect.arrayContaining(["dagster-daemon", "dagster-webserver"]),
    "dagster.logGroups": expect.arrayContaining([`/ecs/${names.prefix}-dagster-daemon`]),
    alertTopic: `arn:aws:sns:${names.region}:${names.accountId}:${names.alertTopic}`,
    ...(withState && {
      "terraform.stateBucket": names.stateBucket,
      "terraform.stateKey": names.stateKey,
      "terraform.lockTable": names.lockTable,
    }),
  };
}

describe("discovery", () => {
  it("by tags alone, knowing nothing", async () => {
    const simulator = await account();
    const { value, origin, problems, disagreements } = await found(simulator);
    expect(value).toMatchObject(expected(simulator.world, false));
    expect(origin["nessie.service"]).toBe("tags: ECS service, there");
    expect(origin["buckets.audit"]).toBe("tags: bucket that a trail delivers to");
    expect(problems).toEqual([]);
    expect(disagreements).toEqual([]);
  });

  it("by Terraform's state, which says where it was read", async () => {
    const simulator = await account();
    const { value, origin, sources } = await found(simulator, { state: true });
    expect(value).toMatchObject(expected(simulator.world, true));
    expect(origin["buckets.lakehouse"]).toBe("Terraform state: output lakehouse_bucket_name");
    expect(origin["nessie.targetGroup"]).toBe("Terraform state: module.nessie.aws_lb_target_group.nessie, there");
    expect(sources[0]).toBe("Terraform state: a state, serial 9");
  });

  it("by the naming rule alone, where tags may not be read: only what is there", async () => {
    const simulator = await account();
    simulator.faults.add({ kind: "deny", operation: "GetResources" });
    const { value, origin, problems } = await found(simulator, {
      values: { project: "lakehouse", environment: "prod" },
    });
    expect(value).toMatchObject({ ...expected(simulator.world, false), alarmPrefixes: ["lakehouse-prod-"] });
    expect(origin["buckets.lakehouse"]).toBe("naming rule, there");
    expect(origin["nessie.cluster"]).toBe("naming rule, there");
    expect(problems.join()).toContain("GetResources");
  });

  it("in another region with other names by the rule", async () => {
    const simulator = await account({ project: "acme", environment: "dev", region: "eu-west-1" });
    const { value } = await found(simulator);
    expect(value).toMatchObject(expected(simulator.world, false));
  });

  it("a Glue lakehouse has no Nessie", async () => {
    const simulator = await account({ catalogType: "glue" });
    for (const state of [false, true]) {
      const { value } = await found(simulator, { state });
      expect(value).toMatchObject(expected(simulator.world, state));
      expect(Object.keys(value).filter((key) => key.startsWith("nessie."))).toEqual([]);
    }
  });

  it.each([
    ["tags", false],
    ["the state", true],
  ] as const)("names that follow no rule, by %s", async (_source, state) => {
    const simulator = await account({ ownNames: OWN_NAMES });
    if (state) simulator.faults.add({ kind: "deny", operation: "GetResources" });
    const { value, disagreements } = await found(simulator, { state });
    const { "dagster.services": _services, "dagster.logGroups": _groups, ...names } = expected(simulator.world, state);
    // The state knows nothing of Dagster, whose cluster follows no rule here.
    if (state) delete names["dagster.cluster"];
    expect(value).toMatchObject(names);
    // The state's table is the template's, which Nessie does not use.
    expect(disagreements.join()).toBe(
      state
        ? "nessie.tables: fins (ECS service fish: its container's table prefix), though Terraform state: module.nessie.aws_dynamodb_table.nessie says scales"
        : "",
    );
  });

  it("what was given wins, and is looked at", async () => {
    const simulator = await account();
    const { value, disagreements } = await found(simulator, {
      values: { "buckets.audit": "elsewhere", project: "lakehouse" },
    });
    expect(value["buckets.audit"]).toBe("elsewhere");
    expect(disagreements).toEqual([
      "buckets.audit: elsewhere (given by a flag), though tags: bucket that a trail delivers to says lakehouse-prod-audit-trail",
    ]);
  });

  it("an empty region has nothing", async () => {
    const simulator = await account();
    simulator.faults.add({ kind: "deny", operation: "GetResources" });
    const { value } = await found(simulator, { values: { project: "other", environment: "prod" } });
    expect(value).toEqual({
      project: "other",
      environment: "prod",
      catalogType: "glue",
      "terraform.lockTable": "tf-locks",
    });
  });

  it("only reads, by the operations that it names", async () => {
    const simulator = await account();
    const sent = new Set<string>();
    const layerOfTest = await layerOf(simulator);
    layerOfTest.onCall(({ service, operation }) => sent.add(`${service}:${operation}`));
    const { aws, clock } = { aws: layerOfTest, clock: clockOf(simulator) };
    const context = { aws, clock, accountId: simulator.accountId, signal: new AbortController().signal };
    await discover(context, { given: new Finds() });
    const rule = new Finds();
    rule.add("project", "lakehouse", "given");
    rule.add("environment", "prod", "given");
    simulator.faults.add({ kind: "deny", operation: "GetResources" });
    await discover(context, { given: rule });
    layerOfTest.close();
    const ofTheCommand = ["sts:GetCallerIdentity", "s3:GetObject"];
    expect([...sent, ...ofTheCommand].sort()).toEqual([...DISCOVERY_OPERATIONS].sort());
  });
});
