import { formatAge, formatDay, formatTime, zoneName } from "../base/duration.ts";
import { type ExplainedAlarm, type ExplainedAlarms, missingWords, type RunbookAlarm } from "../runbook/alarms.ts";
import type { AlarmView, LakehouseNames } from "../state/views.ts";
import { paragraph, type Row, seg } from "./line.ts";
import type { PaneContext } from "./pane.ts";
import type { Token } from "./theme.ts";

type DetailContext = Pick<PaneContext, "width" | "nowMs" | "theme" | "zone">;

/** Transitions that are listed: one that flaps has hundreds. */
const HISTORY_ROWS = 20;
const LABEL_COLUMNS = 11;

/** Everything about one alarm: what it means, what to do, what it looks at, its history, and what is wrong with it. */
export function alarmDetailRows(explained: ExplainedAlarm, context: DetailContext): Row[] {
  const { alarm, entry, matchedBy, differences, problems, neverFires } = explained;
  const { theme, width } = context;
  const line = labelled(width);
  const warnings = [...(neverFires ? [neverFires] : []), ...problems];
  return [
    [seg(alarm.name, "strong")],
    ...line(
      "state",
      `${stateText(alarm)} for ${formatAge(context.nowMs - alarm.sinceMs)}, since ${dayTime(alarm.sinceMs, context)}`,
    ),
    ...(alarm.reason ? line("reason", alarm.reason) : []),
    ...warnings.flatMap((text) => paragraph([seg(`${theme.glyphs.warn} `, "warn")], text, width, "warn")),
    [],
    ...(entry
      ? [...entryRows(entry, context), ...differences.flatMap((text) => line("differs", text, "warn"))]
      : paragraph([], "The runbook says nothing of an alarm that looks at this.", width, "muted")),
    ...(entry && matchedBy ? line("matched by", matchedBy, "muted") : []),
    [],
    ...line("condition", alarm.condition),
    ...measuredRows(alarm, width),
    ...line("notifies", notifiedText(alarm)),
    [],
    [seg(`History (${zoneName(context.nowMs, context.zone)}, newest first)`, "accent")],
    ...historyRows(alarm, context),
  ];
}

/** A row of the runbook's table that the account has no alarm for. */
export function missingAlarmRows(entry: RunbookAlarm, names: LakehouseNames, context: DetailContext): Row[] {
  return [
    [seg(entry.id, "strong")],
    ...paragraph([seg(`${context.theme.glyphs.unknown} `, "warn")], missingWords(entry, names), context.width, "warn"),
    [],
    ...entryRows(entry, context),
  ];
}

/** The detail of an item of the alarms pane by its id; undefined when it is gone. */
export function alarmItemRows(
  id: string,
  { alarms, missing }: ExplainedAlarms,
  names: LakehouseNames | undefined,
  context: DetailContext,
): Row[] | undefined {
  const explained = alarms.find(({ alarm }) => alarm.arn === id);
  if (explained) return alarmDetailRows(explained, context);
  const entry = missing.find((candidate) => candidate.id === id);
  return entry && names ? missingAlarmRows(entry, names, context) : undefined;
}

const labelled =
  (width: number) =>
  (label: string, text: string, token?: Token): Row[] =>
    paragraph([seg(label.padEnd(LABEL_COLUMNS), "muted")], text, width, token);

function entryRows(entry: RunbookAlarm, { width }: DetailContext): Row[] {
  const line = labelled(width);
  const title = entry.listed ? `Runbook: ${entry.id}` : "Not in the runbook's table";
  return [[seg(title, "accent")], ...line("meaning", entry.meaning), ...line("action", entry.action)];
}

function measuredRows({ metric }: AlarmView, width: number): Row[] {
  const line = labelled(width);
  if (!metric) return line("measures", "other alarms, or an expression");
  const of = Object.entries(metric.dimensions).map(([name, value]) => `${name}=${value}`);
  return [
    ...line("measures", `${metric.statistic} of ${metric.namespace} ${metric.name}`),
    ...line("of", of.length > 0 ? of.join(", ") : "no dimension"),
    ...line("no data", `counts as ${metric.missingData}`),
  ];
}

function notifiedText({ actionsEnabled, actionCount, notifies = [] }: AlarmView): string {
  if (actionCount === 0) return "nobody";
  const whom = notifies.length > 0 ? notifies.join(", ") : `${actionCount} actions`;
  return actionsEnabled ? whom : `nobody: its actions are switched off (${whom})`;
}

function historyRows({ history }: AlarmView, context: DetailContext): Row[] {
  const { theme } = context;
  if (history.length === 0)
    return [[seg("No change of state is on record (CloudWatch keeps them for 30 days).", "muted")]];
  const shown = history
    .slice(0, HISTORY_ROWS)
    .map(
      ({ atMs, from, to }): Row => [
        seg(`${dayTime(atMs, context)}  `, "muted"),
        seg(`${from} ${theme.glyphs.arrow} `, "muted"),
        seg(to, to === "ALARM" ? "bad" : to === "OK" ? "good" : "warn"),
      ],
    );
  const more = history.length - shown.length;
  return more > 0 ? [...shown, [seg(`and ${more} more`, "muted")]] : shown;
}

const stateText = ({ state }: AlarmView) => (state === "INSUFFICIENT_DATA" ? "no data" : state);

const dayTime = (atMs: number, { zone }: DetailContext) => `${formatDay(atMs, zone)} ${formatTime(atMs, zone)}`;
