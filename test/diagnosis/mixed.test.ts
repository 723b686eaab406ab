import { describe, expect, test } from "vitest";
import type { HeldContainment } from "../../src/diagnosis/fact.ts";
import { Colleague } from "../../src/sim/world/colleague.ts";
import { NETWORK_IDS, PORTS } from "../../src/sim/world/lakehouse-network.ts";
import type { TestSimulator } from "../support/simulator.ts";
import { accountAt, contextOf, diagnose } from "./support.ts";

const MINUTE_MS = 60_000;

/** Takes the clients' rule away, as in security-group-closed:clients, whatever else is going on. */
function closeClients({ world }: TestSimulator): void {
  const group = world.network.groups.get(NETWORK_IDS.balancerGroup)!;
  group.rules = group.rules.filter((rule) => rule.egress || rule.fromPort !== PORTS.listener);
  const peer = { ipRanges: [{ cidrIp: "10.0.0.0/8" }] };
  Colleague.inRole(world, "platform-engineer", "marco").did({
    source: "ec2",
    name: "RevokeSecurityGroupIngress",
    input: { groupId: group.id, ipPermissions: [{ ipProtocol: "tcp", fromPort: 80, toPort: 80, ...peer }] },
  });
}

/** The service at 0, and what the record would say of who did it. */
function scaleToZero({ world, epochMs }: TestSimulator): HeldContainment {
  const { service } = world.lakehouse;
  const target = [...world.scaling.targets.values()][0]!;
  const suspended = { dynamicScalingIn: true, dynamicScalingOut: true, scheduledScaling: true };
  world.scaling.register(target, { min: 0, suspended });
  world.ecs.updateService(service, { desiredCount: 0 });
  world.advanceBy(7 * MINUTE_MS);
  return {
    runId: "run-1",
    actionId: "contain-nessie",
    title: "Contain Nessie: scale lakehouse-prod-nessie/nessie to 0",
    badge: "nessie 2->0",
    sinceMs: epochMs + 5 * MINUTE_MS,
    resources: ["service nessie in cluster lakehouse-prod-nessie"],
  };
}

const ids = (verdicts: readonly { id: string }[]) => verdicts.map(({ id }) => id);

describe("two causes at once", () => {
  test("are both named, each proven", async () => {
    const simulator = await accountAt(3, { scenario: "nessie-oom" });
    closeClients(simulator);
    simulator.world.advanceBy(6 * MINUTE_MS);
    const { verdicts } = await diagnose(await contextOf(simulator));
    expect(ids(verdicts).sort()).toEqual(["container-memory-limit", "security-group"]);
    expect(verdicts.every(({ certainty }) => certainty === "proven")).toBe(true);
  });

  test("of Nessie and of Dagster are both named", async () => {
    const simulator = await accountAt(4, { scenario: "dagster-oom" });
    closeClients(simulator);
    simulator.world.advanceBy(5 * MINUTE_MS);
    const { verdicts } = await diagnose(await contextOf(simulator));
    expect(ids(verdicts).sort()).toEqual(["dagster-memory-limit", "security-group"]);
  });
});

describe("our own containment", () => {
  test("comes first, and what it brings about is no fault", async () => {
    const simulator = await accountAt(5, { scenario: "quiet" });
    const held = [scaleToZero(simulator)];
    const { verdicts, conclusion } = await diagnose(await contextOf(simulator, { held }));
    expect(conclusion).toBe("causes");
    expect(ids(verdicts)).toEqual(["contained-by-us"]);
    expect(verdicts[0]?.consequences.sort()).toEqual(["Nessie is scaled to zero", "The load balancer has no targets"]);
    expect(verdicts[0]?.fixes).toEqual([]);
  });

  test("stands before the cause that it was made for, which is still named", async () => {
    const simulator = await accountAt(5, { scenario: "nessie-oom" });
    const held = [scaleToZero(simulator)];
    const { verdicts } = await diagnose(await contextOf(simulator, { held }));
    expect(ids(verdicts)).toEqual(["contained-by-us", "container-memory-limit"]);
  });

  test("somebody else's is none: Nessie is scaled to zero, by whom CloudTrail says", async () => {
    const simulator = await accountAt(5, { scenario: "quiet" });
    const { world } = simulator;
    Colleague.inRole(world, "platform-engineer", "ines").did({
      source: "ecs",
      name: "UpdateService",
      input: { cluster: "lakehouse-prod-nessie", service: "nessie", desiredCount: 0 },
    });
    scaleToZero(simulator);
    const [verdict, ...others] = (await diagnose(await contextOf(simulator))).verdicts;
    expect(others).toEqual([]);
    expect(verdict).toMatchObject({ id: "scaled-to-zero", certainty: "proven" });
    expect(verdict?.for[0]?.text).toMatch(/asked for 0 tasks, by platform-engineer\/ines at 03:05:00 UTC/);
    expect(verdict?.fixes[0]).toMatchObject({ actionId: "restore-desired-count", parameters: { service: "nessie" } });
  });
});

describe("what may not be read", () => {
  test("is said, and the verdict that another check proves stands", async () => {
    const simulator = await accountAt(3, { scenario: "security-group-closed:targets" });
    simulator.faults.add({ kind: "deny", service: "ecs", operation: "DescribeTasks" });
    const result = await diagnose(await contextOf(simulator));
    expect(ids(result.verdicts)).toEqual(["security-group"]);
    const check = result.checks.find(({ id }) => id === "nessie-killed-for-memory");
    expect(check).toMatchObject({ status: "unknown", reasons: ["needs ecs:DescribeTasks"], findings: [] });
    expect(result.unknown).toContainEqual(
      expect.stringMatching(/^needs ecs:DescribeTasks \(\d checks\): .*Tasks of Nessie killed at their memory limit/),
    );
  });

  test("leaves the verdict that depends on it open, and never says that nothing is wrong", async () => {
    const simulator = await accountAt(1, { scenario: "nessie-oom" });
    simulator.faults.add({ kind: "deny", service: "ecs", operation: "DescribeTasks" });
    const result = await diagnose(await contextOf(simulator), "nessie-unreachable");
    expect(result.conclusion).toBe("inconclusive");
    expect(result.verdicts).toEqual([]);
    const [hint] = result.possible.filter(({ id }) => id === "container-memory-limit");
    expect(hint?.unknown).toEqual(["Tasks of Nessie killed at their memory limit: needs ecs:DescribeTasks"]);
    expect(result.summary).toMatch(/^Nothing found, but not everything was readable: .*needs ecs:DescribeTasks/);
  });

  test("of a healthy lakehouse is no clean bill of health", async () => {
    const simulator = await accountAt(2, { scenario: "quiet" });
    simulator.faults.add({ kind: "deny", service: "ec2", operation: "DescribeSecurityGroups" });
    const result = await diagnose(await contextOf(simulator), "nessie-unreachable");
    expect(result).toMatchObject({ conclusion: "inconclusive", verdicts: [] });
    expect(result.unknown).toEqual([
      "Security groups from clients over the load balancer to Nessie: needs ec2:DescribeSecurityGroups",
    ]);
  });

  test("a caller without any permission gets every check as unknown, and no verdict", async () => {
    const simulator = await accountAt(2, { scenario: "nessie-oom" });
    const context = await contextOf(simulator, {}, "powerless");
    const result = await diagnose(context, "nessie-unreachable");
    expect(result).toMatchObject({ conclusion: "inconclusive", verdicts: [], possible: [] });
    const open = result.checks.filter(({ status }) => status !== "answered").map(({ status }) => status);
    expect(open).toHaveLength(result.checks.length - 1);
    expect(result.checks.flatMap(({ missingPermissions }) => missingPermissions)).toContain("ecs:DescribeServices");
  });

  test("without CloudTrail the verdict stands; only who did it is missing", async () => {
    const simulator = await accountAt(3, { scenario: "security-group-closed:targets" });
    simulator.faults.add({ kind: "deny", service: "cloudtrail", operation: "LookupEvents" });
    const [verdict] = (await diagnose(await contextOf(simulator))).verdicts;
    expect(verdict).toMatchObject({ id: "security-group", certainty: "proven" });
    expect(verdict?.fixes[0]).toMatchObject({
      parameters: { group: NETWORK_IDS.nessieGroup, from: "19120", peer: NETWORK_IDS.balancerGroup },
    });
  });
});

test("a Glue lakehouse has no Nessie: its checks do not apply, and nothing of it is missing", async () => {
  const simulator = await accountAt(2, { scenario: "quiet", catalogType: "glue" });
  const result = await diagnose(await contextOf(simulator), "nessie-unreachable");
  expect(result.conclusion).toBe("nothing-wrong");
  const statuses = new Set(result.checks.filter(({ id }) => id.startsWith("nessie")).map(({ status }) => status));
  expect([...statuses]).toEqual(["not-applicable"]);
});
