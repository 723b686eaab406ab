import { describe, expect, it } from "vitest";
import type { CockpitState } from "../../src/state/store.ts";
import { TEST_EPOCH_MS, testSimulator } from "../support/simulator.ts";
import { goodValue, NESSIE_DEPLOYMENT, watching } from "./watching.ts";

const MINUTE_MS = 60_000;

describe("watching a healthy lakehouse", () => {
  it("fills every source with the first polls, in parallel", async () => {
    const simulator = await testSimulator();
    const { store, watchers, logs } = await watching(simulator);
    await watchers.ready;
    const state = store.getState();
    const [service] = goodValue(state, "services");
    expect(service).toMatchObject({ name: "nessie", status: "ACTIVE", desired: 2, running: 2 });
    expect(service?.scaling).toMatchObject({ min: 2, max: 6, suspended: { dynamicScalingIn: false } });
    expect(service?.tasks.map((task) => task.lastStatus)).toEqual(["RUNNING", "RUNNING"]);
    expect(service?.taskDefinition).toMatch(/^lakehouse-prod-nessie:\d+$/);
    const [group] = goodValue(state, "targets");
    expect(group?.targets.map((target) => target.state)).toEqual(["healthy", "healthy"]);
    expect(goodValue(state, "alarms").map((alarm) => alarm.condition)).toContain("UnHealthyHostCount > 0, 2 x 60 s");
    expect(goodValue(state, "logs")[0]?.ingested).toBe(logs.length);
    expect(logs.length).toBeGreaterThan(1000);
    expect(state.logVersion).toBe(logs.version);
    for (const name of ["services", "targets", "alarms", "metrics", "logs"] as const) {
      expect(state[name], name).not.toHaveProperty("partial");
    }
  });

  it("reads the last hour of all metrics in one call, and knows a zero from an unknown", async () => {
    const simulator = await testSimulator();
    const { store, watchers } = await watching(simulator, { periods: { metricsMs: 60_000 } });
    await watchers.ready;
    const series = new Map(goodValue(store.getState(), "metrics").map((one) => [one.label, one]));
    const cpu = series.get("nessie CPU");
    expect(cpu).toMatchObject({ unit: "percent", threshold: 80 });
    expect(cpu?.points.length).toBeGreaterThan(50);
    expect(cpu?.points.every((point) => point.value > 0 && point.value < 100)).toBe(true);
    expect(series.get("ALB 5xx/min")?.points.every((point) => point.value === 0)).toBe(true);
    expect(series.get("ALB 5xx/min")?.points.length).toBeGreaterThan(50);
    expect(series.get("healthy hosts")?.points.at(-1)?.value).toBe(2);
    expect(series.get("unhealthy hosts")).toMatchObject({ threshold: 0 });
    // Nessie never asks the template's table: shown are the two that its version store really uses, with their own zeros.
    expect(series.get("dynamo throttles lakehouse-prod-nessie")).toBeUndefined();
    expect(series.get("dynamo throttles lakehouse-prod-nessie_objs")?.points.length).toBeGreaterThan(50);
    expect(series.get("dynamo read throttles lakehouse-prod-nessie_refs")?.points.at(-1)?.value).toBe(0);
    expect(simulator.calls.filter((call) => call.operation === "GetMetricData")).toHaveLength(1);
  });

  it("knows nothing of a table that never showed itself, and makes up no zero", async () => {
    const simulator = await testSimulator();
    const nessie = { ...NESSIE_DEPLOYMENT.nessie!, tables: ["lakehouse-prod-unused"] };
    const { store, watchers } = await watching(simulator, { deployment: { ...NESSIE_DEPLOYMENT, nessie } });
    await watchers.ready;
    const series = goodValue(store.getState(), "metrics").filter((one) => one.label.startsWith("dynamo throttles"));
    expect(series).toMatchObject([{ label: "dynamo throttles lakehouse-prod-unused", points: [] }]);
  });

  it("adds up throttled requests of a table over its operations", async () => {
    const simulator = await testSimulator();
    const put = (metricName: string, value: number, operation?: string) => {
      const table = { Name: "TableName", Value: "lakehouse-prod-nessie" };
      const dimensions = operation ? [table, { Name: "Operation", Value: operation }] : [table];
      const key = { namespace: "AWS/DynamoDB", name: metricName, dimensions };
      simulator.world.metrics.record(key, TEST_EPOCH_MS - 10 * MINUTE_MS, value);
    };
    put("ThrottledRequests", 3, "GetItem");
    put("ThrottledRequests", 4, "BatchWriteItem");
    put("ConsumedReadCapacityUnits", 100);
    const nessie = { ...NESSIE_DEPLOYMENT.nessie!, tables: ["lakehouse-prod-nessie", "lakehouse-prod-unused"] };
    const { store, watchers } = await watching(simulator, { deployment: { ...NESSIE_DEPLOYMENT, nessie } });
    await watchers.ready;
    const series = goodValue(store.getState(), "metrics").filter((one) => one.label.startsWith("dynamo throttles"));
    // The three that are in use, and not the one that is not.
    expect(series.map((one) => one.label)).toEqual(
      ["", "_refs", "_objs"].map((ending) => `dynamo throttles lakehouse-prod-nessie${ending}`),
    );
    const points = series[0]?.points ?? [];
    expect(points.find((point) => point.atMs === TEST_EPOCH_MS - 10 * MINUTE_MS)?.value).toBe(7);
    expect(points.at(-1)?.value).toBe(0);
  });

  it("pages through more services than one call takes, and through their tasks", async () => {
    const simulator = await testSimulator();
    const { ecs, lakehouse } = simulator.world;
    const cluster = ecs.addCluster("lakehouse-prod-dagster");
    const services = Array.from({ length: 23 }, (_, index) => `dagster-${index}`);
    for (const [index, name] of services.entries()) {
      const draft = { name, cluster, subnets: [], securityGroups: [], createdAtMs: TEST_EPOCH_MS, desiredCount: 0 };
      const service = ecs.addService({ ...draft, subnets: lakehouse.service.subnets }, lakehouse.definition);
      const tasks = index === 0 ? 230 : 0;
      for (let count = 0; count < tasks; count++) ecs.addRunningTask(service, TEST_EPOCH_MS - 1000);
      service.desiredCount = tasks;
    }
    const dagster = { cluster: cluster.name, services, logGroups: [] };
    const { store, watchers } = await watching(simulator, { deployment: { ...NESSIE_DEPLOYMENT, dagster } });
    await watchers.ready;
    const found = goodValue(store.getState(), "services");
    expect(found.map((service) => service.name).sort()).toEqual(["nessie", ...services].sort());
    expect(found.find((service) => service.name === "dagster-0")?.tasks).toHaveLength(230);
    // Without a scalable target: known to have none, which is not the same as unknown.
    expect(found.find((service) => service.name === "dagster-0")?.scaling).toBeNull();
  });
});

/** The most unhealthy hosts that the metric ever had; 0 as long as it is not known. */
function unhealthyHosts({ metrics }: CockpitState): number {
  const series = metrics.status === "ok" ? metrics.value.find(({ label }) => label === "unhealthy hosts") : undefined;
  return Math.max(0, ...(series?.points ?? []).map(({ value }) => value));
}

describe("watching an incident", () => {
  it("shows stopped tasks with their reason, unhealthy targets and the alarm's own time of transition", async () => {
    const simulator = await testSimulator({ scenario: "nessie-oom" });
    const { until, watchers } = await watching(simulator);
    await watchers.ready;
    let killed = false;
    for (let step = 0; step < 40 && !killed; step++) {
      simulator.world.advanceBy(15_000);
      killed = [...simulator.world.alarms.byName.values()].some(
        (alarm) => alarm.name === "lakehouse-prod-nessie-unhealthy-hosts" && alarm.state === "ALARM",
      );
    }
    const truth = simulator.world.alarms.byName.get("lakehouse-prod-nessie-unhealthy-hosts")!;
    watchers.refresh();
    const state = await until((now) => {
      const alarm = now.alarms.status === "ok" && now.alarms.value.find((one) => one.name === truth.name);
      const tasks = now.services.status === "ok" ? (now.services.value[0]?.tasks ?? []) : [];
      return (
        alarm !== false &&
        alarm?.history[0]?.to === "ALARM" &&
        tasks.some((task) => task.lastStatus === "STOPPED") &&
        unhealthyHosts(now) > 0
      );
    });
    const alarm = goodValue(state, "alarms").find((one) => one.name === truth.name);
    expect(alarm).toMatchObject({ state: "ALARM", sinceMs: truth.transitionedAtMs, actionCount: 1 });
    const stopped = goodValue(state, "services")[0]?.tasks.filter((task) => task.lastStatus === "STOPPED") ?? [];
    expect(stopped[0]?.containers[0]).toMatchObject({ exitCode: 137 });
    expect(stopped[0]?.containers[0]?.reason).toContain("OutOfMemory");
  });

  it("keeps the time since which a target has been in its state", async () => {
    const simulator = await testSimulator();
    const { until, watchers } = await watching(simulator);
    await watchers.ready;
    simulator.world.advanceBy(30_000);
    const asked = simulator.calls.length;
    const state = await until(
      (now) =>
        now.targets.status === "ok" &&
        simulator.calls.length > asked + 20 &&
        now.targets.receivedAt.atMs > TEST_EPOCH_MS,
    );
    expect(goodValue(state, "targets")[0]?.targets.map((target) => target.sinceMs)).toEqual([
      TEST_EPOCH_MS,
      TEST_EPOCH_MS,
    ]);
  });

  it("reads an alarm's history only when its state is new", async () => {
    const simulator = await testSimulator();
    const { until, watchers } = await watching(simulator);
    await watchers.ready;
    const polls = () => simulator.calls.filter((call) => call.operation === "DescribeAlarms").length;
    const first = polls();
    await until(() => polls() > first + 5);
    expect(simulator.calls.filter((call) => call.operation === "DescribeAlarmHistory")).toHaveLength(3);
  });
});
