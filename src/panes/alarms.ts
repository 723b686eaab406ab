import { formatAge, formatTime } from "../base/duration.ts";
import { displayWidth } from "../base/text.ts";
import { freshness, lastValue } from "../state/source.ts";
import type { AlarmView } from "../state/views.ts";
import { freshnessRows, freshnessStatus, sourceAttention, trusted } from "./freshness.ts";
import { cell, paragraph, type Row, rowWidth, seg } from "./line.ts";
import type { Attention, Pane, PaneContext } from "./pane.ts";
import { shortName } from "./short-name.ts";
import type { Token } from "./theme.ts";

const ORDER = ["ALARM", "INSUFFICIENT_DATA", "OK"];

function stateWords(alarm: AlarmView): { text: string; token: Token } {
  if (alarm.state === "ALARM") return { text: "ALARM", token: "bad" };
  if (alarm.state === "OK") return { text: "OK", token: "good" };
  return { text: "NO DATA", token: "warn" };
}

function alarmRows(alarm: AlarmView, name: string, nameWidth: number, context: PaneContext): Row[] {
  const { glyphs } = context.theme;
  const state = stateWords(alarm);
  const mark = state.token === "bad" ? glyphs.bad : state.token === "good" ? glyphs.good : glyphs.warn;
  const muted = alarm.actionsEnabled ? "" : " actions off";
  const lead: Row = [
    seg(`${mark} `, state.token),
    cell(state.text, 7, context.theme, state.token),
    seg(" "),
    cell(formatAge(context.nowMs - alarm.sinceMs), 4, context.theme, "muted", "right"),
    seg(" "),
    cell(name, nameWidth, context.theme, state.token === "bad" ? "strong" : "text"),
    seg(muted, "warn"),
  ];
  const rows = conditionRows(lead, alarm, context);
  if (!context.roomy || (alarm.state === "OK" && !context.zoomed)) return rows;
  const notified = alarm.actionCount === 0 ? "notifies nobody" : "";
  const detail = [alarm.reason, notified].filter(Boolean).join(" - ");
  if (alarm.state !== "OK" && detail) rows.push(...paragraph([seg("    ")], detail, context.width));
  for (const change of alarm.history.slice(0, 3)) {
    rows.push([
      seg(`    ${formatTime(change.atMs, context.zone)} ${change.from} ${glyphs.arrow} ${change.to}`, "muted"),
    ]);
  }
  return rows;
}

/** The condition beside the name where all of it fits, else below while the alarm is not quiet. */
function conditionRows(lead: Row, alarm: AlarmView, context: PaneContext): Row[] {
  const condition = seg(alarm.condition, "muted");
  if (rowWidth(lead) + 2 + displayWidth(alarm.condition) <= context.width) return [[...lead, seg("  "), condition]];
  if (alarm.state === "OK" && !context.zoomed) return [lead];
  return [lead, ...paragraph([seg("    ")], alarm.condition, context.width, "muted")];
}

function sorted(alarms: readonly AlarmView[]): AlarmView[] {
  const rank = (alarm: AlarmView) => ORDER.indexOf(alarm.state);
  return [...alarms].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** CloudWatch alarms, those in ALARM first. */
export const alarmsPane: Pane = {
  id: "alarms",
  select: (state) => [state.alarms, state.incident.project, state.incident.environment],
  view(state, context) {
    const source = state.alarms;
    const alarms = sorted(lastValue(source) ?? []);
    const names = alarms.map((alarm) => shortName(alarm.name, state));
    const nameWidth = Math.min(Math.max(8, ...names.map((name) => name.length)), Math.max(10, context.width - 16));
    const known = alarms.flatMap((alarm, index) => alarmRows(alarm, names[index] ?? alarm.name, nameWidth, context));
    const empty: Row[] =
      source.status === "ok" && alarms.length === 0
        ? [[seg("No alarms with the deployment's name prefix in this account and region.", "warn")]]
        : [];
    return {
      status: freshnessStatus(source, context),
      rows: [
        ...freshnessRows(source, "the alarms", context),
        ...empty,
        ...trusted(known, freshness(source, context.monotonicMs)),
      ],
    };
  },
  attention: (state, monotonicMs) =>
    sourceAttention(state.alarms, monotonicMs, (): Attention => {
      const alarms = lastValue(state.alarms) ?? [];
      return alarms.some((alarm) => alarm.state === "ALARM") ? "bad" : "none";
    }),
};
