import { describe, expect, test } from "vitest";
import { LOG_SIGNS, type ProposalView, reasons } from "../../src/diagnosis/proposal.ts";
import { proposalsOf } from "../../src/incident/proposing.ts";
import type { Source } from "../../src/state/source.ts";
import type { HeldOpen } from "../../src/state/store.ts";
import type {
  AlarmView,
  ContainerView,
  MetricSeries,
  ServiceView,
  TargetGroupView,
  TaskView,
} from "../../src/state/views.ts";
import { NOW_MS, scope, series } from "./facts.ts";

const known = <T>(value: T): Source<T> => ({ status: "ok", value, receivedAt: { atMs: NOW_MS, monotonicMs: 0 } });
const P = "lakehouse-prod";

const ended = (exitCode: number | undefined, minutesAgo = 2, stopCode = "EssentialContainerExited"): TaskView => ({
  id: "a",
  arn: "",
  lastStatus: "STOPPED",
  desiredStatus: "STOPPED",
  health: "",
  taskDefinition: "x:1",
  stoppedAtMs: NOW_MS - minutesAgo * 60_000,
  stopCode,
  containers: [{ name: "c", lastStatus: "STOPPED", ...(exitCode === undefined ? {} : { exitCode }) }],
});

const service = (change: Partial<ServiceView> = {}): ServiceView => ({
  cluster: `${P}-nessie`,
  name: "nessie",
  arn: "",
  status: "ACTIVE",
  desired: 2,
  running: 2,
  pending: 0,
  taskDefinition: "x:1",
  deployments: [],
  events: [],
  tasks: [],
  ...change,
});
const daemon = (tasks: TaskView[]) => service({ cluster: `${P}-dagster`, name: "dagster-daemon", tasks });
const targets = (state: string): TargetGroupView => ({
  name: `${P}-nessie`,
  arn: "",
  targets: [{ id: "10.0.0.1", port: 1, state, sinceMs: 0 }],
});
const alarm = (name: string, state: string): AlarmView => ({
  name,
  arn: "",
  state,
  reason: "",
  sinceMs: 0,
  condition: "",
  actionsEnabled: true,
  actionCount: 0,
  history: [],
});
const metric = (id: string, ...values: number[]): MetricSeries => ({
  id,
  label: id,
  unit: "count",
  points: series(...values),
  periodMs: 60_000,
});

function found(
  state: Partial<ProposalView["state"]>,
  signs: ProposalView["signs"] = new Map(),
  deployment = scope().deployment,
): string[] {
  const loading: Source<never> = { status: "loading" };
  const all = {
    services: loading,
    containers: loading,
    targets: loading,
    alarms: loading,
    metrics: loading,
    heldOpen: [] as HeldOpen[],
    ...state,
  };
  return reasons({ state: all, deployment, signs, nowMs: NOW_MS }).map(
    ({ diagnosisId, why }) => `${diagnosisId}: ${why}`,
  );
}

describe("what is red proposes the diagnosis that fits", () => {
  test.each([
    ["nothing is known yet", {}, []],
    [
      "all is well",
      {
        services: known([service()]),
        targets: known([targets("healthy")]),
        alarms: known([alarm(`${P}-nessie-cpu-high`, "OK")]),
      },
      [],
    ],
    ["a task was killed", { services: known([service({ tasks: [ended(137)] })]) }, ["nessie-unreachable: exit 137"]],
    ["a task was killed an hour ago", { services: known([service({ tasks: [ended(137, 60)] })]) }, []],
    [
      "a task was stopped by ECS",
      { services: known([service({ tasks: [ended(143, 1, "ServiceSchedulerInitiated")] })]) },
      [],
    ],
    [
      "a task could not start",
      { services: known([service({ tasks: [ended(undefined, 1, "TaskFailedToStart")] })]) },
      ["nessie-unreachable: tasks cannot start"],
    ],
    ["targets are unhealthy", { targets: known([targets("unhealthy")]) }, ["nessie-unreachable: targets unhealthy"]],
    ["somebody else's targets are", { targets: known([{ ...targets("unhealthy"), name: "other" }]) }, []],
    [
      "an alarm fires",
      { alarms: known([alarm(`${P}-nessie-cpu-high`, "ALARM")]) },
      ["nessie-unreachable: alarm cpu-high"],
    ],
    [
      "DynamoDB throttles",
      { metrics: known([metric("t/ThrottledRequests", 0, 0, 9)]) },
      ["nessie-unreachable: DynamoDB throttles"],
    ],
    ["it did an hour ago", { metrics: known([metric("t/ThrottledRequests", 9, 0, 0, 0)]) }, []],
    [
      "requests stop",
      { metrics: known([metric("app/x/RequestCount", 800, 0, 0, 0)]) },
      ["nessie-unreachable: no requests arrive"],
    ],
    [
      "requests fail",
      {
        metrics: known([
          metric("app/x/RequestCount", 800, 800, 800),
          metric("app/x/HTTPCode_Target_5XX_Count", 0, 90, 90),
        ]),
      },
      ["nessie-unreachable: requests fail with 5xx"],
    ],
    [
      "a few of many fail",
      {
        metrics: known([metric("app/x/RequestCount", 800, 800, 800), metric("app/x/HTTPCode_ELB_5XX_Count", 0, 9, 9)]),
      },
      [],
    ],
    ["there never were any", { metrics: known([metric("app/x/RequestCount", 0, 0, 0, 0)]) }, []],
    ["Nessie is at zero", { services: known([service({ desired: 0 })]) }, ["nessie-unreachable: scaled to 0"]],
    [
      "Dagster's daemon was killed",
      { services: known([daemon([ended(137)])]) },
      ["dagster-oom: dagster-daemon: exit 137"],
    ],
    ["another service's task ended", { services: known([service({ cluster: "elsewhere", tasks: [ended(137)] })]) }, []],
  ] as [string, Partial<ProposalView["state"]>, string[]][])("%s", (_name, state, expected) => {
    expect(found(state)).toEqual(expected);
  });

  test("a container of Dagster's that was killed", () => {
    const container = (exitCode: number, minutesAgo = 2): ContainerView => ({
      id: "c",
      name: "n",
      service: "dagster-daemon",
      project: P,
      state: "running",
      health: "",
      image: "",
      restartCount: 1,
      restartPolicy: "always",
      memoryLimitBytes: 0,
      lastExit: { atMs: NOW_MS - minutesAgo * 60_000, exitCode, oomKilled: exitCode === 137 },
    });
    const compose = { project: P, services: ["dagster-daemon"] };
    const at = (one: ContainerView) =>
      found({ containers: known([one]) }, new Map(), { ...scope().deployment, compose });
    expect(at(container(137))).toEqual(["dagster-oom: dagster-daemon: exit 137, out of memory"]);
    expect(at(container(1))).toEqual(["dagster-oom: dagster-daemon: exit 1"]);
    expect(at(container(143))).toEqual([]);
    expect(at(container(137, 60))).toEqual([]);
  });

  test("what this incident holds down itself proposes nothing", () => {
    const held: HeldOpen = { runId: "r", title: "Contain Nessie", badge: "nessie 2->0", sinceMs: 0, guard: "holding" };
    expect(
      found({ services: known([service({ desired: 0 })]), targets: known([targets("unhealthy")]), heldOpen: [held] }),
    ).toEqual([]);
  });

  const seenAgo = (sign: string, minutesAgo: number) =>
    new Map([[sign, { count: 3, lastAtMs: NOW_MS - minutesAgo * 60_000 }]]);

  test("a sign in the log counts for ten minutes; the drift sensor's, which ticks every hour, for an hour", () => {
    expect(found({}, seenAgo("jvm-heap", 2))).toEqual(["nessie-unreachable: Java OutOfMemoryError"]);
    expect(found({}, seenAgo("jvm-heap", 30))).toEqual([]);
    expect(found({}, seenAgo("drift", 30))).toEqual(["schema-drift: the drift sensor found drift"]);
    expect(found({}, seenAgo("drift", 61))).toEqual([]);
  });

  test("what Nessie's log says is no reason while this incident holds Nessie down", () => {
    const held: HeldOpen = { runId: "r", title: "Contain Nessie", badge: "nessie 2->0", sinceMs: 0, guard: "holding" };
    expect(found({ heldOpen: [held] }, seenAgo("throttling", 2))).toEqual([]);
    expect(found({ heldOpen: [held] }, seenAgo("access-denied", 2))).toEqual(["s3-403: access denied"]);
  });

  test.each([
    ["java.lang.OutOfMemoryError: Java heap space", ["jvm-heap"]],
    ["ThrottlingException: Throughput exceeds the maximum OnDemandThroughput", ["throttling"]],
    [
      "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the GetObject operation: User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: s3:GetObject",
      ["access-denied"],
    ],
    [
      "An error occurred (AccessDeniedException) when calling the GetTable operation: Insufficient Lake Formation permission(s): Required Describe on orders",
      ["access-denied"],
    ],
    [
      "OSError: arn:aws:kms:us-east-1:111122223333:key/0b7d1e52-4c3a-4f7e-9a61-6a2f0d1c8e35 is disabled.",
      ["access-denied"],
    ],
    ["AccessDeniedException: User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: dynamodb:GetItem", []],
    ["Schema drift detected in lakehouse.orders. Missing columns: {'total'}.", ["drift"]],
    ["No schema drift detected across 4 tables", []],
    ["FileNotFoundError: lakehouse-prod-lakehouse/lakehouse/orders/metadata/1.json", ["missing-files"]],
    ["pyiceberg.exceptions.NoSuchTableError: Table does not exist", ["missing-tables"]],
    ["org.projectnessie.versioned.ObjNotFoundException: Object with ID a3 not found.", ["lost-objects"]],
    ["Table lakehouse.orders not found in catalog (may not be created yet)", []],
  ])("%s", (line, expected) => {
    expect([...LOG_SIGNS].filter(([, pattern]) => pattern.test(line)).map(([id]) => id)).toEqual(expected);
  });
});

describe("proposals", () => {
  const reason = (diagnosisId: string, cause: string) => ({ diagnosisId, cause, why: cause });
  const all = [
    reason("dagster-oom", "exit 1"),
    reason("nessie-unreachable", "targets"),
    reason("nessie-unreachable", "exit 137"),
  ];

  test("put the reasons of a diagnosis together, the one with most first", () => {
    expect(proposalsOf(all, new Set())).toEqual([
      { diagnosisId: "nessie-unreachable", title: "Nessie unreachable", why: "targets, exit 137", isNew: true },
      { diagnosisId: "dagster-oom", title: "Dagster killed, or out of memory", why: "exit 1", isNew: true },
    ]);
  });

  test("are new once for each cause, and again when another one turns up", () => {
    const asked = new Set(["nessie-unreachable targets"]);
    const isNew = (list: typeof all) => proposalsOf(list, asked).map((proposal) => proposal.isNew);
    expect(isNew([reason("nessie-unreachable", "targets")])).toEqual([false]);
    expect(isNew([reason("nessie-unreachable", "targets"), reason("nessie-unreachable", "exit 137")])).toEqual([true]);
  });
});
