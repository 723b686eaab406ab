import { formatAge } from "../base/duration.ts";
import { displayWidth } from "../base/text.ts";
import { freshness, lastValue } from "../state/source.ts";
import type { TargetGroupView, TargetView } from "../state/views.ts";
import { freshnessRows, freshnessStatus, sourceAttention, trusted } from "./freshness.ts";
import { cell, paragraph, type Row, rowWidth, seg } from "./line.ts";
import type { Attention, Pane, PaneContext } from "./pane.ts";
import type { Token } from "./theme.ts";

// Elastic Load Balancing API reference, TargetHealth.Reason.
const REASONS: Readonly<Record<string, string>> = {
  "Elb.RegistrationInProgress": "being registered",
  "Elb.InitialHealthChecking": "first health checks",
  "Elb.InternalError": "load balancer's own error",
  "Target.ResponseCodeMismatch": "wrong status code",
  "Target.Timeout": "no answer in time",
  "Target.FailedHealthChecks": "connection refused or bad answer",
  "Target.NotRegistered": "not registered",
  "Target.NotInUse": "zone or group not in use",
  "Target.DeregistrationInProgress": "being removed",
  "Target.InvalidState": "instance stopped or terminated",
  "Target.IpUnusable": "address in use by the load balancer",
  "Target.HealthCheckDisabled": "health checks disabled",
};

function stateToken(state: string): Token {
  if (state === "healthy") return "good";
  if (state.startsWith("unhealthy")) return "bad";
  return "warn";
}

function rank(target: TargetView): number {
  return ["bad", "warn", "good"].indexOf(stateToken(target.state));
}

/** Columns of mark, state and age beside the address. */
const BESIDE_ADDRESS = 17;

/** What these states mean is in their names; the reason only says it again. */
const TELLING_STATES: readonly string[] = ["draining", "initial", "unused"];

/** @param next the one below it: of targets that say the same, the last one gives the reason. */
function targetRows(
  target: TargetView,
  next: TargetView | undefined,
  addressWidth: number,
  context: PaneContext,
): Row[] {
  const { glyphs } = context.theme;
  const token = stateToken(target.state);
  const mark = token === "good" ? glyphs.good : token === "bad" ? glyphs.bad : glyphs.warn;
  const words = target.reason ? (REASONS[target.reason] ?? target.description ?? "") : "";
  const lead: Row = [
    seg(`${mark} `, token),
    cell(addressOf(target), addressWidth, context.theme),
    seg(" "),
    cell(target.state, Math.max(9, target.state.length), context.theme, token),
    seg(` ${formatAge(context.nowMs - target.sinceMs).padStart(4)}`, "muted"),
  ];
  const isRepeated = next !== undefined && saysTheSame(target, next);
  if (!context.zoomed) {
    if (isRepeated || !target.reason || TELLING_STATES.includes(target.state)) return [lead];
    const said = words || target.reason;
    const isWithin = rowWidth(lead) + 2 + displayWidth(said) <= context.width;
    return isWithin || !context.wrap
      ? [[...lead, seg(`  ${said}`)]]
      : [lead, ...paragraph([seg("    ")], said, context.width)];
  }
  const reason = target.reason ? `${words} (${target.reason})` : "";
  const zone = target.zone ? `  ${target.zone}` : "";
  const rows: Row[] = [[...lead, seg(zone, "muted")]];
  if (reason && !isRepeated)
    rows.push(...paragraph([seg("    ")], [reason, target.description].filter(Boolean).join(" "), context.width));
  return rows;
}

function saysTheSame(one: TargetView, other: TargetView): boolean {
  return one.state === other.state && one.reason === other.reason && one.description === other.description;
}

function addressOf(target: TargetView): string {
  return `${target.id}:${target.port}`;
}

function groupRows(group: TargetGroupView, several: boolean, context: PaneContext): Row[] {
  const healthy = group.targets.filter((target) => target.state === "healthy").length;
  const head: Row[] =
    several || context.roomy
      ? [
          [
            seg(group.name, "strong"),
            seg(`  ${healthy}/${group.targets.length} healthy`, healthy < group.targets.length ? "warn" : "muted"),
          ],
        ]
      : [];
  if (group.targets.length === 0)
    return [...head, [seg("No targets registered: nothing answers behind the load balancer.", "warn")]];
  const said = ({ state, reason = "" }: TargetView) => `${state} ${reason}`;
  const sorted = [...group.targets].sort(
    (a, b) => rank(a) - rank(b) || said(a).localeCompare(said(b)) || a.id.localeCompare(b.id) || a.port - b.port,
  );
  const longest = Math.max(...sorted.map((target) => addressOf(target).length));
  const addressWidth = Math.min(longest, Math.max(15, context.width - BESIDE_ADDRESS));
  return [...head, ...sorted.flatMap((target, index) => targetRows(target, sorted[index + 1], addressWidth, context))];
}

/** Targets of the load balancer with their health, why, and since when at least. */
export const targetsPane: Pane = {
  id: "targets",
  select: (state) => [state.targets],
  view(state, context) {
    const source = state.targets;
    const groups = lastValue(source) ?? [];
    const known = groups.flatMap((group) => groupRows(group, groups.length > 1, context));
    const empty: Row[] = source.status === "ok" && groups.length === 0 ? [[seg("No target groups.", "muted")]] : [];
    return {
      status: freshnessStatus(source, context),
      rows: [
        ...freshnessRows(source, "the targets", context),
        ...empty,
        ...trusted(known, freshness(source, context.monotonicMs)),
      ],
    };
  },
  attention: (state, monotonicMs) =>
    sourceAttention(state.targets, monotonicMs, (): Attention => {
      const groups = lastValue(state.targets) ?? [];
      const tokens = groups.flatMap((group) => group.targets.map((target) => stateToken(target.state)));
      if (tokens.includes("bad")) return "bad";
      return tokens.includes("warn") || groups.some((group) => group.targets.length === 0) ? "warn" : "none";
    }),
};
