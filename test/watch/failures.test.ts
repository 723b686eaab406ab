import { describe, expect, it } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { testSimulator } from "../support/simulator.ts";
import { goodValue, NESSIE_DEPLOYMENT, watching } from "./watching.ts";

const nessie = NESSIE_DEPLOYMENT.nessie!;

describe("watching what cannot be read", () => {
  it("keeps the counts when tasks and scaling are denied, and says which permissions are missing", async () => {
    const simulator = await testSimulator();
    simulator.world.denials.deny("*", "ecs:ListTasks");
    simulator.world.denials.deny("*", "application-autoscaling:DescribeScalableTargets");
    const { store, watchers } = await watching(simulator);
    await watchers.ready;
    const { services } = store.getState();
    expect(goodValue(store.getState(), "services")[0]).toMatchObject({ running: 2, tasks: [] });
    expect(goodValue(store.getState(), "services")[0]).not.toHaveProperty("scaling");
    const missing = services.status === "ok" ? services.partial?.map((detail) => detail.missingPermission) : [];
    expect(missing?.sort()).toEqual(["application-autoscaling:DescribeScalableTargets", "ecs:ListTasks"]);
  });

  it.each([
    ["services", "ecs:DescribeServices"],
    ["targets", "elasticloadbalancing:DescribeTargetHealth"],
    ["alarms", "cloudwatch:DescribeAlarms"],
    ["metrics", "cloudwatch:GetMetricData"],
    ["logs", "logs:FilterLogEvents"],
  ] as const)("degrades only %s when %s is denied, and recovers", async (name, action) => {
    const simulator = await testSimulator();
    const allow = simulator.world.denials.deny("*", action);
    const { until, watchers, store } = await watching(simulator);
    await watchers.ready;
    const state = store.getState();
    expect(state[name]).toMatchObject({ status: "denied", failure: { missingPermission: action } });
    for (const other of ["services", "targets", "alarms", "metrics", "logs"] as const) {
      if (other !== name) expect(state[other].status, other).toBe("ok");
    }
    allow();
    watchers.refresh();
    await until((now) => now[name].status === "ok");
  });

  it("keeps the last good value with its age while the connection drops", async () => {
    const simulator = await testSimulator();
    const { until, watchers } = await watching(simulator);
    await watchers.ready;
    const restore = simulator.faults.add({ kind: "drop-before", service: "elasticloadbalancing" });
    const state = await until((now) => now.targets.status === "failed", 20_000);
    const { targets } = state;
    if (targets.status !== "failed") throw new Error("not failed");
    expect(targets.failure.kind).toBe("unreachable");
    expect(targets.value?.[0]?.targets).toHaveLength(2);
    expect(targets.receivedAt).toBeDefined();
    restore();
    watchers.refresh();
    await until((now) => now.targets.status === "ok", 20_000);
  });

  it.each([
    ["cluster", "services", { cluster: "no-such-cluster" }, "ECS cluster no-such-cluster"],
    [
      "service",
      "services",
      { service: "no-such-service" },
      "ECS service no-such-service in cluster lakehouse-prod-nessie",
    ],
    ["target group", "targets", { targetGroup: "no-such-group" }, "target group no-such-group"],
    ["log group", "logs", { logGroup: "/ecs/no-such-group" }, "log group /ecs/no-such-group"],
  ] as const)("names a missing %s and says what to do", async (_what, name, change, named) => {
    const simulator = await testSimulator();
    const deployment = { ...NESSIE_DEPLOYMENT, nessie: { ...nessie, ...change } };
    const { store, watchers } = await watching(simulator, { deployment });
    await watchers.ready;
    const source = store.getState()[name];
    expect(source).toMatchObject({ status: "failed", failure: { kind: "not-found", what: named } });
    expect(source.status === "failed" && source.failure.next).toContain("mayday config");
  });

  it("shows the log groups and services that exist beside one that does not", async () => {
    const simulator = await testSimulator();
    const dagster = { cluster: "no-such-cluster", services: ["dagster-daemon"], logGroups: ["/ecs/no-such-group"] };
    const { store, watchers } = await watching(simulator, { deployment: { ...NESSIE_DEPLOYMENT, dagster } });
    await watchers.ready;
    const state = store.getState();
    expect(goodValue(state, "services").map((service) => service.name)).toEqual(["nessie"]);
    expect(goodValue(state, "logs").map((group) => group.logGroup)).toEqual(["/ecs/lakehouse-prod-nessie"]);
    expect(state.services).toMatchObject({ partial: [{ kind: "not-found", what: "ECS cluster no-such-cluster" }] });
    expect(state.logs).toMatchObject({ partial: [{ kind: "not-found", what: "log group /ecs/no-such-group" }] });
  });

  it("says what a Glue lakehouse does not have, asks AWS nothing about it, and still shows alarms", async () => {
    const simulator = await testSimulator();
    const deployment = deploymentByNamingRule("lakehouse", "prod", "glue", "us-east-1");
    const { store, watchers } = await watching(simulator, { deployment });
    await watchers.ready;
    const state = store.getState();
    for (const name of ["services", "targets", "metrics", "logs"] as const) {
      expect(state[name], name).toMatchObject({
        status: "absent",
        reason: expect.stringMatching(/^This lakehouse has no/),
      });
    }
    expect(goodValue(state, "alarms")).toHaveLength(3);
    expect(new Set(simulator.calls.map((call) => call.service))).toEqual(new Set(["monitoring"]));
  });

  it("writes nothing after it was stopped", async () => {
    const simulator = await testSimulator();
    const { store, watchers } = await watching(simulator);
    simulator.faults.add({ kind: "latency", latencyMs: 300 });
    watchers.stop();
    await watchers.ready;
    const state = store.getState();
    expect(["services", "targets", "alarms", "metrics", "logs"].map((name) => state[name as "logs"].status)).toEqual(
      Array(5).fill("loading"),
    );
  });
});
