import type { AlarmMetric, AlarmView, LakehouseNames } from "../state/views.ts";
import { neverHasData, stateWithoutData } from "./alarm-metrics.ts";

/** One alarm that the runbook or the template speaks of. */
export interface RunbookAlarm {
  /** The runbook's name for it; of one that the runbook does not list, the template's. */
  id: string;
  component: "nessie" | "dagster";
  /** Set: it is in the runbook's table, and its absence from the account is worth saying. */
  listed: boolean;
  meaning: string;
  action: string;
  /** The limit that the runbook names. */
  threshold?: { above: number; unit: string };
  /** What alarms of this kind are called. */
  named: RegExp;
  /** Whether this is what the alarm looks at. */
  measures(metric: AlarmMetric, names: LakehouseNames): boolean;
}

const isOf = (metric: AlarmMetric, dimension: string, values: readonly string[]) =>
  values.includes(metric.dimensions[dimension] ?? "");

/** Where it is not known what Dagster's cluster is called, its name says it. */
const isDagster = ({ dimensions }: AlarmMetric, cluster: string | undefined) =>
  cluster === undefined
    ? /dagster/i.test(`${dimensions.ClusterName} ${dimensions.ServiceName}`)
    : dimensions.ClusterName === cluster;

/** Runbook, "Monitoring Escalation > CloudWatch Alarms": the table's three rows in its words, then what only the template has. */
export const RUNBOOK_ALARMS: readonly RunbookAlarm[] = [
  {
    id: "nessie-cpu-high",
    component: "nessie",
    listed: true,
    meaning: "ECS CPU > 70% sustained",
    action:
      "Check for runaway queries. If legitimate load, increase nessie_cpu or add auto-scaling. Requests are in the Metrics pane.",
    threshold: { above: 70, unit: "%" },
    named: /nessie.*cpu/i,
    measures: (metric, { nessie }) =>
      nessie !== undefined &&
      ((metric.namespace === "AWS/ECS" && metric.name === "CPUUtilization") ||
        (metric.namespace === "ECS/ContainerInsights" && metric.name === "CpuUtilized")) &&
      isOf(metric, "ClusterName", [nessie.cluster]) &&
      isOf(metric, "ServiceName", [nessie.service]),
  },
  {
    id: "nessie-health-check-failed",
    component: "nessie",
    listed: true,
    meaning: "ALB health checks failing",
    action: 'See "Nessie Unreachable": service and stopped tasks, targets with their reasons, the log.',
    named: /nessie.*(health|unhealthy)/i,
    measures: (metric, { nessie }) =>
      nessie !== undefined &&
      metric.namespace === "AWS/ApplicationELB" &&
      /^(UnHealthy|Healthy)HostCount$/.test(metric.name) &&
      (metric.dimensions.TargetGroup ?? "").startsWith(`targetgroup/${nessie.targetGroup}/`),
  },
  {
    id: "dagster-task-stopped",
    component: "dagster",
    listed: true,
    meaning: "ECS task exited unexpectedly",
    action: "Check exit code. 137 = OOM, 1 = application error. Check logs.",
    named: /dagster.*(task|stopp|exit)/i,
    measures: (metric, { dagster }) =>
      (metric.namespace === "ECS/ContainerInsights" &&
        /^(RunningTaskCount|TaskCount|RestartCount)$/.test(metric.name) &&
        isDagster(metric, dagster?.cluster)) ||
      (metric.namespace === "AWS/Events" && /dagster/i.test(metric.dimensions.RuleName ?? "")),
  },
  {
    id: "nessie-dynamo-throttled",
    component: "nessie",
    listed: false,
    meaning: "DynamoDB refuses requests of Nessie's version store",
    action:
      'See "Nessie Unreachable", DynamoDB throttling: look at the throttles per operation, on the tables that Nessie really uses.',
    named: /(nessie|catalog).*throttl/i,
    measures: (metric, { nessie }) =>
      nessie !== undefined &&
      metric.namespace === "AWS/DynamoDB" &&
      /Throttl/.test(metric.name) &&
      nessie.tables.some((table) => (metric.dimensions.TableName ?? "").startsWith(table)),
  },
];

/** An alarm with what the runbook says of it. */
export interface ExplainedAlarm {
  alarm: AlarmView;
  entry?: RunbookAlarm;
  matchedBy?: "name and metric" | "metric" | "name";
  /** Where runbook and account differ, a sentence each. */
  differences: string[];
  /** Why it does not do what one expects of it, a sentence each. */
  problems: string[];
  /** It can never go into ALARM, and why. */
  neverFires?: string;
  /** Why its state says nothing for now, as a sentence; it is among the problems too. */
  blind?: string;
}

export interface ExplainedAlarms {
  alarms: ExplainedAlarm[];
  /** Rows of the runbook's table for which the account has no alarm. */
  missing: RunbookAlarm[];
}

/** What is known beside the alarms themselves. */
export interface AlarmSurroundings {
  /** How many tasks Nessie's service wants; undefined: not known. */
  nessieDesired?: number;
}

/**
 * Finds the runbook's row for every alarm, by what it measures and by what it is called: names differ from deployment to deployment.
 * Target tracking's own alarms steer the number of tasks and are in no runbook.
 */
export function explainAlarms(
  alarms: readonly AlarmView[],
  names: LakehouseNames | undefined,
  surroundings: AlarmSurroundings = {},
): ExplainedAlarms {
  const explained = alarms.map((alarm) => explain(alarm, names ?? NOTHING, surroundings));
  const found = new Set(explained.map(({ entry }) => entry?.id));
  const isExpected = ({ component, listed }: RunbookAlarm) =>
    listed && names !== undefined && (component === "dagster" || names.nessie !== undefined);
  return { alarms: explained, missing: RUNBOOK_ALARMS.filter((entry) => isExpected(entry) && !found.has(entry.id)) };
}

const NOTHING: LakehouseNames = { catalogType: "nessie" };

/** Why a row of the runbook's table has no alarm here, and what stands in for it. */
export function missingWords(entry: RunbookAlarm, names: LakehouseNames): string {
  if (entry.component !== "dagster") return "not in this account: nothing tells you of it, watch the panes";
  return names.dagster
    ? "not in this account: stopped tasks are in the ECS pane"
    : "not in this account: no ECS service of Dagster is configured, look at its containers";
}

function explain(alarm: AlarmView, names: LakehouseNames, surroundings: AlarmSurroundings): ExplainedAlarm {
  const { metric, name } = alarm;
  const problems = problemsOf(alarm);
  const never = metric && neverHasData(metric);
  const neverFires =
    metric && never && metric.missingData !== "breaching"
      ? `This alarm can never fire: ${never}; ${stateWithoutData(metric.missingData)}`
      : undefined;
  const rest = { alarm, problems, ...(neverFires ? { neverFires } : {}) };
  if (name.startsWith("TargetTracking-")) return { ...rest, differences: [] };
  const byName = RUNBOOK_ALARMS.find((entry) => entry.named.test(name));
  const byMetric = metric && RUNBOOK_ALARMS.find((entry) => entry.measures(metric, names));
  const entry = byMetric ?? byName;
  if (!entry) return { ...rest, differences: [] };
  const blind =
    entry.id === "nessie-health-check-failed" && surroundings.nessieDesired === 0
      ? "It is blind while Nessie is at 0 tasks: without targets nothing can be unhealthy"
      : undefined;
  if (blind) problems.push(blind);
  return {
    ...rest,
    ...(blind ? { blind } : {}),
    entry,
    matchedBy: byMetric ? (byName === byMetric ? "name and metric" : "metric") : "name",
    differences: differencesOf(alarm, entry, byName, byMetric),
  };
}

function differencesOf(
  { metric }: AlarmView,
  entry: RunbookAlarm,
  byName: RunbookAlarm | undefined,
  byMetric: RunbookAlarm | undefined,
): string[] {
  const said: string[] = [];
  if (metric && byName && byName !== byMetric) {
    const of = Object.values(metric.dimensions).join(", ");
    said.push(`Named like ${byName.id}, but it measures ${metric.namespace} ${metric.name}${of ? ` of ${of}` : ""}`);
  }
  const { threshold } = entry;
  if (
    metric &&
    threshold &&
    byMetric === entry &&
    metric.threshold !== undefined &&
    metric.threshold !== threshold.above
  )
    said.push(
      `The runbook says ${threshold.above} ${threshold.unit}, this alarm fires at ${metric.threshold} ${threshold.unit}`,
    );
  return said;
}

function problemsOf({ metric, actionsEnabled, actionCount }: AlarmView): string[] {
  const problems: string[] = [];
  const never = metric && neverHasData(metric);
  if (metric && never && metric.missingData === "breaching")
    problems.push(`${never}; ${stateWithoutData("breaching")}`);
  if (actionCount === 0) problems.push("It notifies nobody: it has no alarm action");
  else if (!actionsEnabled) problems.push("Its actions are switched off: it notifies nobody");
  return problems;
}
