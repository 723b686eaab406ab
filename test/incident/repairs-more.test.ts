import { describe, expect, it } from "vitest";
import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { account, NESSIE, opened, stateFolder, YES } from "./support.ts";

const RESOURCE = "service/lakehouse-prod-nessie/nessie";
const ALB_GROUP = "sg-0a1b000000000000a";
const deployment = {
  ...deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1"),
  dagster: dagsterOnEcs("lakehouse", "prod"),
};

async function incidentOf(scenario: string) {
  const simulator = await account({ scenario, speed: 150 });
  return { simulator, incident: await opened(simulator, stateFolder(), { deployment }) };
}

const prepared = (incident: OpenIncident, action: string, parameters: Record<string, string> = {}) =>
  incident.prepare(action, parameters);

describe("sizes", () => {
  it("a size that Fargate does not have is refused with those that it has", async () => {
    const { incident } = await incidentOf("quiet");
    await expect(prepared(incident, "raise-memory", { memory: "2500" })).rejects.toMatchObject({
      detail: {
        why: "Fargate has no tasks of this size",
        next: "With 1024 CPU units: 2048, 3072, 4096, 5120, 6144, 7168, 8192 MB.",
      },
    });
    await expect(prepared(incident, "raise-memory", { memory: "lots" })).rejects.toThrow(/no whole number/);
    await expect(prepared(incident, "raise-memory", { service: "nothing" })).rejects.toMatchObject({
      detail: { next: "Known services: nessie, dagster-webserver, dagster-daemon." },
    });
    const { refusedReason } = await prepared(incident, "raise-memory", { memory: "2048" });
    expect(refusedReason).toMatch(/it is 1024 CPU units, 2048 MB already/);
  });

  it("a plan shows the tfvars line, the line by hand, and no variable of the task definition", async () => {
    const { simulator, incident } = await incidentOf("quiet");
    simulator.world.lakehouse.definition.container.environment.push({ name: "DB_PASSWORD", value: "correct-horse" });
    const plan = await prepared(incident, "raise-memory", { service: "nessie" });
    expect(plan.facts["line for tfvars"]).toBe("nessie_memory = 4096");
    expect(plan.lines.register).toMatch(/aws ecs register-task-definition .* jq .*\.memory="4096"/);
    const run = await incident.execute(plan, YES);
    expect(run.status, JSON.stringify(run.failure)).toBe("done");
    const { service } = simulator.world.lakehouse;
    const { container, memoryMb, cpuUnits } = service.deployments[0]!.definition;
    expect({ memoryMb, cpuUnits }).toEqual({ memoryMb: 4096, cpuUnits: 1024 });
    expect(container.environment).toContainEqual({ name: "DB_PASSWORD", value: "correct-horse" });
    const entries = JSON.stringify(await incident.recorder.entries());
    expect(entries).not.toContain("correct-horse");
    expect(JSON.stringify(plan)).not.toContain("correct-horse");
  });

  it("raise-cpu takes the memory that the CPU needs, and says both lines", async () => {
    const { incident } = await incidentOf("quiet");
    const { facts } = await prepared(incident, "raise-cpu", { service: "nessie" });
    expect(facts).toMatchObject({
      size: "1024 CPU units, 2048 MB -> 2048 CPU units, 4096 MB",
      "line for tfvars": "nessie_memory = 4096; nessie_cpu = 2048",
    });
  });
});

describe("going back", () => {
  it("there is nothing before the first revision", async () => {
    const { incident } = await incidentOf("quiet");
    await expect(prepared(incident, "roll-back-deployment")).rejects.toThrow(/is the first revision of its family/);
    const { refusedReason } = await prepared(incident, "roll-back-deployment", { revision: "lakehouse-prod-nessie:1" });
    expect(refusedReason).toMatch(/is what the service runs already/);
  });

  it("a deployment of somebody else between plan and run is not overwritten", async () => {
    const { simulator, incident } = await incidentOf("bad-deployment:crash");
    const plan = await prepared(incident, "roll-back-deployment");
    expect(plan.plan.undoing?.effects.join()).toMatch(/the revision that was left: if it did not run/);
    const { world } = simulator;
    const { revision: _revision, arn: _arn, registeredAtMs: _at, ...draft } = world.lakehouse.definition;
    world.ecs.updateService(world.lakehouse.service, { definition: world.ecs.addDefinition(draft) });
    const run = await incident.execute(plan, YES);
    expect(run).toMatchObject({
      status: "refused",
      failure: { why: expect.stringContaining("no longer as the plan found it") },
    });
  });
});

describe("rules of security groups", () => {
  const rule = { group: ALB_GROUP, from: "80", to: "80", peer: "10.0.0.0/8" };

  it("one that is there is not opened again, and everybody takes the group's name typed", async () => {
    const { incident } = await incidentOf("quiet");
    expect((await prepared(incident, "reopen-security-group-rule", rule)).refusedReason).toMatch(/is there already/);
    const { plan, checks } = await prepared(incident, "reopen-security-group-rule", { ...rule, peer: "0.0.0.0/0" });
    expect([plan.tier, plan.resourceName]).toEqual(["name", ALB_GROUP]);
    expect(checks.find(({ label }) => label === "who it lets in")).toMatchObject({
      status: "warn",
      detail: "0.0.0.0/0 is everybody",
    });
    await expect(prepared(incident, "reopen-security-group-rule", { ...rule, peer: "everybody" })).rejects.toThrow(
      /neither a network nor a security group/,
    );
  });

  it("a client that floods is shut out by the narrowest rule that lets it in, and let in again by the undo", async () => {
    const { simulator, incident } = await incidentOf("nessie-cpu-high");
    const plan = await prepared(incident, "close-security-group-rule", { address: "172.20.14.23" });
    expect(plan.plan.title).toMatch(/revoke tcp port 80 from 172\.20\.14\.0\/24/);
    const run = await incident.execute(plan, { typedName: ALB_GROUP });
    expect(run.status, JSON.stringify(run.failure)).toBe("done");
    const { contained } = scenarioById("nessie-cpu-high");
    expect(contained.holds(simulator.world)).toBe(true);
    const undone = await incident.execute(await incident.prepareUndo(run.runId), { typedName: ALB_GROUP });
    expect(undone.status).toBe("done");
    const back = simulator.world.network.groups
      .get(ALB_GROUP)
      ?.rules.find(({ peer }) => "cidr" in peer && peer.cidr === "172.20.14.0/24");
    expect(back).toMatchObject({ fromPort: 80, description: "analytics notebooks" });
  });

  it("a client in a wide network is not shut out with everybody else in it", async () => {
    const { incident } = await incidentOf("quiet");
    const { refusedReason } = await prepared(incident, "close-security-group-rule", { address: "10.0.20.7" });
    expect(refusedReason).toMatch(/10\.0\.0\.0\/8 is a wide network/);
    await expect(prepared(incident, "close-security-group-rule", { address: "192.0.2.1" })).rejects.toThrow(
      /lets it in/,
    );
  });
});

describe("autoscaling", () => {
  it("is created where a service has none, and taken away by the undo", async () => {
    const { simulator, incident } = await incidentOf("quiet");
    const { scaling } = simulator.world;
    const plan = await prepared(incident, "raise-autoscaling", { service: "dagster-webserver", max: "4" });
    expect(plan.plan.steps.map(({ id }) => id)).toEqual(["create-target", "create-policy"]);
    const run = await incident.execute(plan, YES);
    expect(run.status, JSON.stringify(run.failure)).toBe("done");
    expect(scaling.targets.get("service/lakehouse-prod-dagster/dagster-webserver")).toMatchObject({ min: 1, max: 4 });
    expect(scaling.policies.map(({ name, targetValue }) => `${name} ${targetValue}`)).toContain(
      "lakehouse-prod-dagster-cpu 70",
    );
    const undone = await incident.execute(await incident.prepareUndo(run.runId), YES);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect([...scaling.targets.keys()]).toEqual([RESOURCE]);
    expect(scaling.policies).toHaveLength(1);
  });

  it("a maximum that is no higher is refused", async () => {
    const { incident } = await incidentOf("quiet");
    expect((await prepared(incident, "raise-autoscaling", { max: "6" })).refusedReason).toMatch(/it is 6 already/);
    expect((await prepared(incident, "raise-autoscaling", { max: "some" })).refusedReason).toMatch(
      /no number of tasks/,
    );
  });
});

describe("a table's maximum", () => {
  it("is not raised where there is none: that is not what limits", async () => {
    const { incident } = await incidentOf("quiet");
    const { refusedReason } = await prepared(incident, "raise-table-maximum", { table: "lakehouse-prod-nessie_objs" });
    expect(refusedReason).toMatch(/the table has no maximum: what limits it is a hot partition or the account/);
  });
});

describe("a service at zero", () => {
  it("that somebody else stopped is started; one that this incident holds is not", async () => {
    const { simulator, incident } = await incidentOf("quiet");
    const { world } = simulator;
    const { service } = world.lakehouse;
    const suspended = { dynamicScalingIn: true, dynamicScalingOut: true, scheduledScaling: true };
    world.scaling.register([...world.scaling.targets.values()][0]!, { min: 0, suspended });
    world.ecs.updateService(service, { desiredCount: 0 });
    const run = await incident.execute(await prepared(incident, "restore-desired-count", { desired: "2" }), YES);
    expect(run.status, JSON.stringify(run.failure)).toBe("done");
    expect(service.desiredCount).toBe(2);

    const contained = await incident.execute(await prepared(incident, "contain-nessie"), NESSIE);
    expect(contained.status).toBe("done");
    const { refusedReason } = await prepared(incident, "restore-desired-count");
    expect(refusedReason).toMatch(/holds it: undo that instead/);
    const { verdicts } = await incident.diagnosis.run("nessie-unreachable");
    expect(verdicts.map(({ id }) => id)).toEqual(["contained-by-us"]);
  });
});
