import { formatAge, formatTime } from "../base/duration.ts";
import { displayWidth } from "../base/text.ts";
import { freshness, lastValue } from "../state/source.ts";
import type { CockpitState } from "../state/store.ts";
import type { ContainerView, ServiceView, TaskView } from "../state/views.ts";
import { containerCondition, containerDetails, containerSummaries } from "./containers.ts";
import { freshnessRows, freshnessStatus, sourceAttention, trusted } from "./freshness.ts";
import { cell, paragraph, type Row, rowWidth, type Segment, seg } from "./line.ts";
import type { Attention, Pane, PaneContext } from "./pane.ts";
import { shortName } from "./short-name.ts";
import { shortText } from "./short-text.ts";
import { stopReason } from "./stop-reason.ts";
import type { Token } from "./theme.ts";

/** A service's condition in one or two words. */
export function serviceCondition(service: ServiceView): { text: string; token: Token } {
  const primary = service.deployments.find((deployment) => deployment.status === "PRIMARY") ?? service.deployments[0];
  if (service.status !== "ACTIVE") return { text: service.status, token: "bad" };
  if (primary?.rolloutState === "FAILED") return { text: "ROLLOUT FAILED", token: "bad" };
  if (service.desired === 0 && service.running === 0) return { text: "scaled to 0", token: "warn" };
  if (service.desired === 0) return { text: "draining", token: "warn" };
  if (service.running === 0) return { text: "DOWN", token: "bad" };
  if (service.running < service.desired) return { text: `SHORT ${service.desired - service.running}`, token: "bad" };
  if (service.running > service.desired) return { text: "scaling in", token: "warn" };
  if (primary && primary.rolloutState !== "COMPLETED") return { text: "deploying", token: "warn" };
  // Running is not working: a task that fails its health check counts as running until ECS replaces it.
  const unhealthy = service.tasks.filter((task) => task.lastStatus === "RUNNING" && task.health === "UNHEALTHY").length;
  if (unhealthy > 0) return { text: `${unhealthy} unhealthy`, token: "bad" };
  return { text: "steady", token: "good" };
}

function scalingText(service: ServiceView): { text: string; token: Token } {
  if (service.scaling === undefined) return { text: "autoscaling unknown", token: "warn" };
  if (service.scaling === null) return { text: "no autoscaling", token: "muted" };
  const { min, max, suspended } = service.scaling;
  const off = [suspended.dynamicScalingIn, suspended.dynamicScalingOut, suspended.scheduledScaling];
  const range = `autoscaling ${min}-${max}`;
  if (off.every(Boolean)) return { text: `${range} SUSPENDED`, token: "warn" };
  if (off.some(Boolean)) return { text: `${range} partly SUSPENDED`, token: "warn" };
  return { text: range, token: "muted" };
}

function glyph(token: Token, context: PaneContext): string {
  const { glyphs } = context.theme;
  return token === "good" ? glyphs.good : token === "warn" ? glyphs.warn : glyphs.bad;
}

/** Suspended autoscaling is said here only where it fits, and beside others: below it always is. */
function summaryRow(service: ServiceView, nameWidth: number, alone: boolean, context: PaneContext): Row {
  const condition = serviceCondition(service);
  const pending = service.pending > 0 ? ` +${service.pending} pending` : "";
  const scaling = scalingText(service);
  const primary = service.deployments.find((deployment) => deployment.status === "PRIMARY");
  const row: Row = [
    seg(`${glyph(condition.token, context)} `, condition.token),
    cell(service.name, nameWidth, context.theme, "strong"),
    seg(" "),
    cell(`${service.running}/${service.desired}`, 5, context.theme, condition.token, "right"),
    seg(" "),
    seg(condition.text, condition.token),
    seg(pending, "accent"),
    ...(context.roomy && primary ? [seg(`  rollout ${primary.rolloutState || "unknown"}`, "muted")] : []),
  ];
  const suspended: Row = [seg(` ${context.theme.glyphs.separator} `, "muted"), seg(scaling.text, "warn")];
  const isShown = scaling.token === "warn" && !alone && rowWidth(row) + rowWidth(suspended) <= context.width;
  return isShown ? [...row, ...suspended] : row;
}

/** So many stopped tasks are listed beside other panes; the count of the others is said. */
const STOPPED_SHOWN = 3;

/** The service's own line (next to the summary when there is one service only), then what matters most first. */
function detailRows(service: ServiceView, alone: boolean, context: PaneContext): Row[] {
  const scaling = scalingText(service);
  const [family, revision] = service.taskDefinition.split(":");
  // Beside its name, a family of the same name would only be read twice.
  const definition = !alone && family === service.name ? `revision ${revision}` : service.taskDefinition;
  return [
    ...(alone ? [] : [[]]),
    [
      ...(alone ? [seg("  ")] : [seg(`${service.name}  `, "strong")]),
      seg(definition, "muted"),
      seg(`  ${scaling.text}`, scaling.token),
    ],
    ...deploymentRows(service, context),
    ...stoppedRows(service, context),
    ...livingRows(service, context),
    ...eventRows(service, context),
  ];
}

function deploymentRows(service: ServiceView, context: PaneContext): Row[] {
  const open = service.deployments.filter(
    (deployment) => deployment.rolloutState !== "COMPLETED" || deployment.failedTasks > 0,
  );
  return open.flatMap((deployment) => {
    const failing = deployment.rolloutState === "FAILED" || deployment.failedTasks > 0;
    const failed = deployment.failedTasks > 0 ? `, ${deployment.failedTasks} failed tasks` : "";
    const which = deployment.status === "PRIMARY" ? "" : ` of the ${deployment.status.toLowerCase()} deployment`;
    const state = `${deployment.rolloutState || "state unknown"}${which}${failed}`;
    const text = deployment.rolloutReason ? `${state}: ${deployment.rolloutReason}` : state;
    return long([seg("  rollout ", "muted")], text, context, failing ? "warn" : "text");
  });
}

function stoppedRows(service: ServiceView, context: PaneContext): Row[] {
  const stopped = stoppedTasks(service);
  const shown = context.zoomed ? stopped : stopped.slice(0, STOPPED_SHOWN);
  const rows = shown.flatMap((task) => {
    const at = task.stoppedAtMs === undefined ? "--:--:--" : formatTime(task.stoppedAtMs, context.zone);
    const reason = stopReason(task);
    const token = reason.startsWith("0 ") || reason.startsWith("143 ") ? "muted" : "bad";
    const lead = [seg(`  ${context.theme.glyphs.bad} ${at} `, token), seg(`${task.id.slice(0, 8)} `, "muted")];
    const isWithin = rowWidth(lead) + displayWidth(reason) <= context.width;
    // What the words in brackets add, "OOM" says as well: not worth a second line in a narrow pane.
    return long(lead, isWithin ? reason : reason.replace(/^(\d+ OOM-killed) \(.*\)$/, "$1"), context, token);
  });
  const more = stopped.length - shown.length;
  return more > 0 ? [...rows, [seg(`    +${more} more stopped (+ zooms)`, "muted")]] : rows;
}

/** Tasks that have not stopped. The age is that of the task, not of its health; it gives way in a narrow pane. */
function livingRows(service: ServiceView, context: PaneContext): Row[] {
  const living = service.tasks.filter((candidate) => candidate.lastStatus !== "STOPPED");
  return living.map((task) => {
    const since = task.startedAtMs ?? task.createdAtMs;
    const at = since === undefined ? "--:--:--" : formatTime(since, context.zone);
    const age = task.startedAtMs === undefined ? "" : ` ${formatAge(context.nowMs - task.startedAtMs)}`;
    const health = task.health && task.health !== "UNKNOWN" ? `, ${task.health.toLowerCase()}` : "";
    const token = task.health === "UNHEALTHY" ? "bad" : task.lastStatus === "RUNNING" ? "text" : "accent";
    const lead = seg(`  ${context.theme.glyphs.bullet} ${at} ${task.id.slice(0, 8)} `, "muted");
    const words = `${task.lastStatus.toLowerCase()}${age}${health}`;
    const isWithin = rowWidth([lead]) + displayWidth(words) <= context.width;
    return [lead, seg(isWithin || health === "" ? words : health.slice(2), token)];
  });
}

function eventRows(service: ServiceView, context: PaneContext): Row[] {
  return service.events
    .slice(0, context.roomy ? 20 : 5)
    .flatMap((event) => long([seg(`    ${formatTime(event.atMs, context.zone)} `, "muted")], event.message, context));
}

function long(lead: Row, text: string, context: PaneContext, token?: Token): Row[] {
  return context.wrap ? paragraph(lead, text, context.width, token) : [[...lead, seg(text, token)]];
}

function stoppedTasks(service: ServiceView): TaskView[] {
  return service.tasks
    .filter((task) => task.lastStatus === "STOPPED")
    .sort((a, b) => (b.stoppedAtMs ?? 0) - (a.stoppedAtMs ?? 0));
}

const RANK: Partial<Record<Token, number>> = { bad: 0, warn: 1, good: 2 };

/** Worst first: what needs eyes is on top, and equal services never swap places. */
function worstFirst(services: readonly ServiceView[]): ServiceView[] {
  const rank = (service: ServiceView) => RANK[serviceCondition(service).token] ?? 1;
  return [...services].sort((a, b) => rank(a) - rank(b));
}

/** What stands on top, and what comes below everything's top. */
interface Part {
  head: Row[];
  details: Row[];
}

/** What is known of the services; nothing where the lakehouse has none and containers stand in their place. */
function servicePart(state: CockpitState, nameWidth: number, context: PaneContext): Part {
  const source = state.services;
  if (source.status === "absent" && hasContainers(state)) return { head: [], details: [] };
  const services = shownServices(state);
  const alone = services.length === 1 && !hasContainers(state);
  const trust = freshness(source, context.monotonicMs);
  const empty: Row[] =
    source.status === "ok" && services.length === 0 ? [[seg("No services in the cluster.", "muted")]] : [];
  return {
    head: [
      ...freshnessRows(source, "the services", context),
      ...empty,
      ...trusted(
        services.map((service) => summaryRow(service, nameWidth, alone, context)),
        trust,
      ),
    ],
    details: trusted(
      worstFirst(services).flatMap((service) => detailRows(service, alone, context)),
      trust,
    ),
  };
}

/** The containers of docker compose; nothing where there are none. */
function containerPart(state: CockpitState, nameWidth: number, context: PaneContext): Part {
  const source = state.containers;
  if (!hasContainers(state)) return { head: [], details: [] };
  const shown = shownContainers(state);
  const trust = freshness(source, context.monotonicMs);
  return {
    head: [
      ...freshnessRows(source, "the containers", context),
      ...trusted(containerSummaries(shown, nameWidth, context), trust),
    ],
    details: trusted(containerDetails(shown, context), trust),
  };
}

/** Where Dagster runs in docker compose; a source that has not been asked yet is not told apart from one that is not there. */
const hasContainers = ({ containers }: CockpitState): boolean =>
  containers.status !== "absent" && containers.status !== "loading";

function shownServices(state: CockpitState): ServiceView[] {
  return (lastValue(state.services) ?? []).map((service) => ({
    ...service,
    name: shortName(service.name, state),
    taskDefinition: shortName(service.taskDefinition, state),
    events: service.events.map((event) => ({ ...event, message: shortText(event.message, state) })),
  }));
}

function shownContainers(state: CockpitState): ContainerView[] {
  return (lastValue(state.containers) ?? []).map((one) => ({ ...one, name: shortName(one.name, state) }));
}

/** The end of the title: of the containers only where something is to be said of them. */
function statusOf(state: CockpitState, context: PaneContext): Segment[] {
  const services = freshnessStatus(state.services, context);
  if (!hasContainers(state)) return services;
  const containers = freshnessStatus(state.containers, context);
  const shown = state.services.status === "absent" ? [] : services;
  return containers.length === 0
    ? shown
    : [...shown, seg(shown.length > 0 ? ", docker " : "docker ", "muted"), ...containers];
}

const ATTENTION: readonly Attention[] = ["bad", "unknown", "warn", "none"];

const judge = (tokens: readonly Token[]): Attention =>
  tokens.includes("bad") ? "bad" : tokens.includes("warn") ? "warn" : "none";

/** ECS services and the containers of docker compose: one summary line each, then what is behind them. */
export const ecsPane: Pane = {
  id: "ecs",
  select: (state) => [state.services, state.containers, state.incident.project, state.incident.environment],
  view(state, context) {
    const services = shownServices(state).map(({ name }) => name);
    const names = [...services, ...shownContainers(state).map(({ service }) => service)];
    const nameWidth = Math.min(Math.max(6, ...names.map((name) => name.length)), Math.max(8, context.width - 27));
    const parts = [servicePart(state, nameWidth, context), containerPart(state, nameWidth, context)];
    return {
      status: statusOf(state, context),
      rows: [...parts.flatMap(({ head }) => head), ...parts.flatMap(({ details }) => details)],
    };
  },
  attention(state, monotonicMs) {
    const { services, containers } = state;
    const found = [
      sourceAttention(services, monotonicMs, () =>
        judge((lastValue(services) ?? []).map((service) => serviceCondition(service).token)),
      ),
      sourceAttention(containers, monotonicMs, () => {
        const atMs = containers.status === "ok" ? containers.receivedAt.atMs : 0;
        return judge((lastValue(containers) ?? []).map((container) => containerCondition(container, atMs).token));
      }),
    ];
    return ATTENTION.find((attention) => found.includes(attention)) ?? "none";
  },
};
