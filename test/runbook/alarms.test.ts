import { describe, expect, test } from "vitest";
import { neverHasData, stateWithoutData } from "../../src/runbook/alarm-metrics.ts";
import { explainAlarms, RUNBOOK_ALARMS } from "../../src/runbook/alarms.ts";
import type { AlarmMetric, AlarmView, LakehouseNames } from "../../src/state/views.ts";

const NAMES: LakehouseNames = {
  catalogType: "nessie",
  nessie: { cluster: "catalog", service: "srv", targetGroup: "tg", tables: ["cat"] },
  dagster: { cluster: "pipes", services: ["web", "daemon"] },
};
const SERVICE = { ClusterName: "catalog", ServiceName: "srv" };

const metric = (
  namespace: string,
  name: string,
  dimensions: Record<string, string>,
  more: Partial<AlarmMetric> = {},
): AlarmMetric => ({
  namespace,
  name,
  dimensions,
  statistic: "Average",
  comparison: ">",
  missingData: "missing",
  ...more,
});

const alarm = (name: string, measured?: AlarmMetric, more: Partial<AlarmView> = {}): AlarmView => ({
  name,
  arn: `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${name}`,
  state: "OK",
  reason: "",
  sinceMs: 0,
  condition: "",
  ...(measured ? { metric: measured } : {}),
  actionsEnabled: true,
  actionCount: 1,
  history: [],
  ...more,
});

const one = (view: AlarmView, names: LakehouseNames | undefined = NAMES) => explainAlarms([view], names).alarms[0]!;

describe("the runbook's row of an alarm", () => {
  const cpu = metric("AWS/ECS", "CPUUtilization", SERVICE, { threshold: 80 });
  const hosts = metric("AWS/ApplicationELB", "UnHealthyHostCount", {
    TargetGroup: "targetgroup/tg/1",
    LoadBalancer: "app/a/1",
  });
  const throttled = metric("AWS/DynamoDB", "ThrottledRequests", { TableName: "cat_objs", Operation: "GetItem" });
  const running = metric("ECS/ContainerInsights", "RunningTaskCount", { ClusterName: "pipes", ServiceName: "daemon" });
  const rule = metric("AWS/Events", "MatchedEvents", { RuleName: "dagster-task-stopped" });

  test.each([
    ["acme-nessie-cpu-high", cpu, "nessie-cpu-high", "name and metric"],
    ["oncall-pager-7", cpu, "nessie-cpu-high", "metric"],
    ["acme-nessie-cpu-high", undefined, "nessie-cpu-high", "name"],
    ["acme-nessie-unhealthy-hosts", hosts, "nessie-health-check-failed", "name and metric"],
    ["catalog is down", hosts, "nessie-health-check-failed", "metric"],
    ["acme-nessie-dynamo-throttled", throttled, "nessie-dynamo-throttled", "name and metric"],
    ["dagster-task-stopped", running, "dagster-task-stopped", "name and metric"],
    ["pipeline", rule, "dagster-task-stopped", "metric"],
    ["something-else", undefined, undefined, undefined],
    ["TargetTracking-service/catalog/nessie-cpu-AlarmHigh", cpu, undefined, undefined],
  ] as const)("%s", (name, measured, id, matchedBy) => {
    const found = one(alarm(name, measured));
    expect(found.entry?.id).toBe(id);
    expect(found.matchedBy).toBe(matchedBy);
  });

  test("what it measures wins over what it is called, and the contradiction is said", () => {
    const found = one(alarm("acme-nessie-cpu-high", hosts));
    expect(found.entry?.id).toBe("nessie-health-check-failed");
    expect(found.differences).toEqual([
      "Named like nessie-cpu-high, but it measures AWS/ApplicationELB UnHealthyHostCount of targetgroup/tg/1, app/a/1",
    ]);
    const other = one(
      alarm("acme-nessie-cpu-high", metric("AWS/ECS", "CPUUtilization", { ...SERVICE, ServiceName: "x" })),
    );
    expect(other.matchedBy).toBe("name");
    expect(other.differences).toEqual([
      "Named like nessie-cpu-high, but it measures AWS/ECS CPUUtilization of catalog, x",
    ]);
  });

  test("another limit than the runbook's is said", () => {
    expect(one(alarm("nessie-cpu-high", cpu)).differences).toEqual(["The runbook says 70 %, this alarm fires at 80 %"]);
    expect(one(alarm("nessie-cpu-high", { ...cpu, threshold: 70 })).differences).toEqual([]);
  });

  test("rows without an alarm are missing; Nessie's only where there is a Nessie", () => {
    const missing = (names: LakehouseNames | undefined, ...alarms: AlarmView[]) =>
      explainAlarms(alarms, names).missing.map(({ id }) => id);
    const listed = RUNBOOK_ALARMS.filter((entry) => entry.listed).map(({ id }) => id);
    expect(missing(NAMES)).toEqual(listed);
    expect(missing(NAMES, alarm("a", cpu), alarm("b", running))).toEqual(["nessie-health-check-failed"]);
    expect(missing({ catalogType: "glue" })).toEqual(["dagster-task-stopped"]);
    expect(missing(undefined)).toEqual([]);
  });
});

describe("alarms that do not do what one expects", () => {
  test.each([
    ["AWS/DynamoDB", "ThrottledRequests", ["TableName"], true],
    ["AWS/DynamoDB", "ThrottledRequests", ["Operation", "TableName"], false],
    ["AWS/DynamoDB", "ReadThrottleEvents", ["TableName"], false],
    ["AWS/DynamoDB", "UserErrors", ["TableName"], true],
    ["AWS/DynamoDB", "UserErrors", [], false],
    ["AWS/ECS", "CPUUtilization", ["ServiceName"], true],
    ["AWS/ECS", "MemoryUtilization", ["ClusterName", "ServiceName"], false],
    ["AWS/ApplicationELB", "UnHealthyHostCount", ["TargetGroup"], true],
    ["AWS/ApplicationELB", "HealthyHostCount", ["LoadBalancer", "TargetGroup"], false],
    ["Custom", "Anything", ["X"], false],
  ])("%s %s per %j has no data: %s", (namespace, name, dimensions, none) => {
    const found = neverHasData(metric(namespace, name, Object.fromEntries(dimensions.map((key) => [key, "v"]))));
    expect(found !== undefined).toBe(none);
  });

  test("can never fire, or always does, by its treatment of missing data", () => {
    const of = (missingData: string) =>
      one(alarm("t", metric("AWS/DynamoDB", "ThrottledRequests", { TableName: "cat" }, { missingData })));
    expect(of("notBreaching").neverFires).toMatch(
      /^This alarm can never fire: .* per TableName \+ Operation, and it asks for TableName; it stays OK$/,
    );
    expect(of("breaching").neverFires).toBeUndefined();
    expect(of("breaching").problems[0]).toMatch(/in ALARM all the time/);
    expect(stateWithoutData("missing")).toMatch(/stays without data/);
  });

  test("nobody is told, actions are off, and it is blind while there are no tasks", () => {
    expect(one(alarm("a", undefined, { actionCount: 0 })).problems).toEqual([
      "It notifies nobody: it has no alarm action",
    ]);
    expect(one(alarm("a", undefined, { actionsEnabled: false })).problems).toEqual([
      "Its actions are switched off: it notifies nobody",
    ]);
    const blind = explainAlarms([alarm("nessie-unhealthy-hosts")], NAMES, { nessieDesired: 0 });
    expect(blind.alarms[0]?.problems[0]).toMatch(/blind while Nessie is at 0/);
    expect(blind.alarms[0]?.blind).toBe(blind.alarms[0]?.problems[0]);
    expect(explainAlarms([alarm("nessie-unhealthy-hosts")], NAMES, { nessieDesired: 1 }).alarms[0]?.problems).toEqual(
      [],
    );
  });
});
