import { formatUtcTime } from "../base/duration.ts";
import type { Deployment } from "../config/deployment.ts";
import type { Component } from "../record/entries.ts";
import type { Source } from "../state/source.ts";
import type { CockpitState, SourceName } from "../state/store.ts";
import type { RecentWrite } from "./recent-writes.ts";

/** The share of error lines from which a log group counts as a reason: a healthy service has a few as well. */
const ERROR_SHARE = 0.05;
/** How much of the requests metric is summed, domain ms (procedures: the load balancer's requests of the last five minutes). */
const REQUESTS_WITHIN_MS = 5 * 60_000;

/** A part of the lakehouse, and why it belongs to the blast radius or may. */
export interface Suggestion {
  component: Component;
  label: string;
  /** What the deployment calls it: services, buckets. */
  names: string;
  /** Something of it is broken right now: proposed. */
  isSuggested: boolean;
  /** What is broken, then what is only worth knowing, a sentence each. Sanitised, as all of the state is. */
  reasons: string[];
}

/**
 * What is affected as far as live data shows, a row for each part that this lakehouse has. A part is proposed by what is broken;
 * who writes to it, and who changed it lately, is said beside it but proposes nothing. Data that cannot be read is a reason to look.
 */
export function suggestBlastRadius(
  state: CockpitState,
  deployment: Deployment,
  writes: readonly RecentWrite[],
  nowMs: number,
): Suggestion[] {
  return partsOf(deployment).map(({ component, label, names, owns, judgedBy }) => {
    const broken = [
      ...serviceReasons(state, owns),
      ...containerReasons(state, owns),
      ...targetReasons(state, owns),
      ...alarmReasons(state, owns),
      ...errorReasons(state, owns),
    ];
    const context = [
      ...(component === "nessie" ? requestReasons(state, nowMs) : []),
      ...unknownReasons(state, judgedBy),
      ...writeReasons(writes.filter((write) => write.component === component)),
    ];
    return { component, label, names, isSuggested: broken.length > 0, reasons: [...broken, ...context] };
  });
}

interface Part {
  component: Component;
  label: string;
  names: string;
  /** Whether a name of AWS (a service, a target group, an alarm, a log group) belongs to it. */
  owns(name: string): boolean;
  /** The sources of live data that it is judged by; none: only changes of it can be told. */
  judgedBy: SourceName[];
}

/** The parts that this lakehouse has, with how their names are told. */
function partsOf({ nessie, dagster, compose, buckets, terraform }: Deployment): Part[] {
  const among = (names: readonly string[]) => (name: string) =>
    names.some((own) => name === own || name.startsWith(`${own}-`) || name.startsWith(`${own}_`));
  const parts: Part[] = [];
  if (nessie) {
    const { service, targetGroup, loadBalancer, logGroup, tables } = nessie;
    parts.push({
      component: "nessie",
      label: "Nessie catalog",
      names: `service ${service}`,
      owns: among([service, targetGroup, loadBalancer, logGroup, ...tables]),
      judgedBy: ["services", "targets", "alarms", "logs"],
    });
  }
  if (dagster) {
    const { services, logGroups, cluster } = dagster;
    parts.push({
      component: "dagster",
      label: "Dagster pipelines",
      names: `services ${services.join(", ")}`,
      owns: among([...services, ...logGroups, cluster]),
      judgedBy: ["services", "alarms", "logs"],
    });
  }
  if (compose)
    parts.push({
      component: "dagster",
      label: "Dagster pipelines",
      names: `compose services ${compose.services.join(", ")}`,
      owns: among([...compose.services, ...compose.services.map((service) => `${compose.project}-${service}`)]),
      judgedBy: ["containers", "alarms"],
    });
  const { lakehouse, audit } = buckets;
  parts.push({
    component: "s3",
    label: "S3 data",
    names: `bucket ${lakehouse}`,
    owns: among([lakehouse]),
    judgedBy: ["alarms"],
  });
  if (terraform) {
    const { stateBucket, stateKey } = terraform;
    const names = `s3://${stateBucket}/${stateKey}`;
    parts.push({ component: "terraform-state", label: "Terraform state", names, owns: () => false, judgedBy: [] });
  }
  if (audit)
    parts.push({
      component: "audit-logs",
      label: "Audit logs",
      names: `bucket ${audit}`,
      owns: among([audit]),
      judgedBy: [],
    });
  return parts;
}

function known<T>(source: Source<T[]>): T[] {
  return source.status === "ok" ? source.value : [];
}

function serviceReasons(state: CockpitState, owns: Part["owns"]): string[] {
  return known(state.services)
    .filter(({ name, running, desired }) => owns(name) && running < desired)
    .map(({ name, running, desired }) => `${name}: ${running} of ${desired} tasks running`);
}

function containerReasons(state: CockpitState, owns: Part["owns"]): string[] {
  return known(state.containers)
    .filter(({ service, state: is, health }) => owns(service) && (is !== "running" || health === "unhealthy"))
    .map(({ name, state: is, health }) => `container ${name} is ${is === "running" ? health : is}`);
}

function targetReasons(state: CockpitState, owns: Part["owns"]): string[] {
  return known(state.targets)
    .filter(({ name }) => owns(name))
    .flatMap(({ name, targets }) => {
      const bad = targets.filter((target) => target.state.startsWith("unhealthy") || target.state === "unavailable");
      return bad.length === 0 ? [] : [`${name}: ${bad.length} of ${targets.length} targets ${bad[0]?.state}`];
    });
}

function alarmReasons(state: CockpitState, owns: Part["owns"]): string[] {
  return known(state.alarms)
    .filter((alarm) => alarm.state === "ALARM" && owns(alarm.name))
    .map((alarm) => `alarm ${alarm.name} since ${formatUtcTime(alarm.sinceMs)}`);
}

function errorReasons(state: CockpitState, owns: Part["owns"]): string[] {
  return known(state.logs)
    .filter((group) => owns(group.logGroup) && group.errorShare >= ERROR_SHARE)
    .map(({ logGroup, errorShare }) => `${logGroup}: ${Math.round(errorShare * 100)} % of the lines are errors`);
}

function requestReasons(state: CockpitState, nowMs: number): string[] {
  const requests = known(state.metrics).find(({ id }) => id.endsWith("/RequestCount"));
  const recent = requests?.points.filter(({ atMs }) => atMs > nowMs - REQUESTS_WITHIN_MS) ?? [];
  if (recent.length === 0) return [];
  const total = recent.reduce((sum, { value }) => sum + value, 0);
  return [`${Math.round(total)} requests at the load balancer in the last 5 minutes`];
}

function unknownReasons(state: CockpitState, judgedBy: readonly SourceName[]): string[] {
  const unread = judgedBy.filter((name) => state[name].status === "denied" || state[name].status === "failed");
  return unread.length === 0 ? [] : [`cannot be judged by ${unread.join(", ")}: not readable`];
}

/** At most this many changes are named: more would hide what is broken. */
const WRITES_SHOWN = 3;

function writeReasons(writes: readonly RecentWrite[]): string[] {
  const shown = writes
    .slice(0, WRITES_SHOWN)
    .map(({ atMs, event, resource, by }) => `changed at ${formatUtcTime(atMs)}: ${event} on ${resource} by ${by}`);
  const rest = writes.length - shown.length;
  return rest > 0 ? [...shown, `and ${rest} more changes in the last hour`] : shown;
}
