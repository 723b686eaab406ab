import { formatAge, formatTime } from "../base/duration.ts";
import { displayWidth } from "../base/text.ts";
import {
  type ExplainedAlarm,
  type ExplainedAlarms,
  explainAlarms,
  missingWords,
  type RunbookAlarm,
} from "../runbook/alarms.ts";
import { freshness, lastValue } from "../state/source.ts";
import type { CockpitState } from "../state/store.ts";
import type { AlarmView, LakehouseNames } from "../state/views.ts";
import { freshnessRows, freshnessStatus, sourceAttention, trusted } from "./freshness.ts";
import { cell, paragraph, type Row, rowWidth, seg } from "./line.ts";
import type { Attention, Pane, PaneContext, PaneItem } from "./pane.ts";
import { shortName } from "./short-name.ts";
import type { Token } from "./theme.ts";

const ORDER = ["ALARM", "INSUFFICIENT_DATA", "OK"];

function stateWords(alarm: AlarmView): { text: string; token: Token } {
  if (alarm.state === "ALARM") return { text: "ALARM", token: "bad" };
  if (alarm.state === "OK") return { text: "OK", token: "good" };
  return { text: "NO DATA", token: "warn" };
}

function alarmRows(explained: ExplainedAlarm, name: string, nameWidth: number, context: PaneContext): Row[] {
  const { alarm, neverFires, blind } = explained;
  const { glyphs } = context.theme;
  const state = stateWords(alarm);
  const mark = state.token === "bad" ? glyphs.bad : state.token === "good" ? glyphs.good : glyphs.warn;
  // What cannot fire says nothing by being OK.
  const isSilent = neverFires !== undefined || (blind !== undefined && alarm.state !== "ALARM");
  const muted = [neverFires ? "never fires" : isSilent ? "blind" : "", alarm.actionsEnabled ? "" : "actions off"]
    .filter(Boolean)
    .join(", ");
  const lead: Row = [
    seg(`${isSilent ? glyphs.unknown : mark} `, isSilent ? "warn" : state.token),
    cell(state.text, 7, context.theme, isSilent ? "muted" : state.token),
    seg(" "),
    cell(formatAge(context.nowMs - alarm.sinceMs), 4, context.theme, "muted", "right"),
    seg(" "),
    cell(name, nameWidth, context.theme, state.token === "bad" ? "strong" : "text"),
    ...(muted ? [seg(` ${muted}`, "warn")] : []),
  ];
  const rows = conditionRows(lead, alarm, context);
  if (!context.roomy || (alarm.state === "OK" && !context.zoomed)) return rows;
  return [...rows, ...detailRows(explained, context)];
}

/**
 * CloudWatch's reason without what a glance does not need: when each datapoint was, a dozen decimals, how many points a transition takes.
 * The alarm's own dialog has all of it.
 */
export const shortReason = (reason: string): string =>
  reason
    .replaceAll(/ \(\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d\)/g, "")
    .replaceAll(/\d{1,15}\.\d{2,20}/g, (number) => Number(number).toFixed(1))
    .replace(/ \(minimum \d+ datapoints? for \w+ -> \w+ transition\)/, "");

/** What the runbook says of it and what is wrong with it, where there is room. */
function detailRows({ alarm, entry, differences, problems, neverFires }: ExplainedAlarm, context: PaneContext): Row[] {
  const { glyphs } = context.theme;
  const said: Row[] = [];
  const say = (text: string, token?: Token) => said.push(...paragraph([seg("    ")], text, context.width, token));
  if (alarm.state !== "OK" && alarm.reason) say(shortReason(alarm.reason));
  if (entry) say(`${entry.meaning}. ${entry.action}`, alarm.state === "ALARM" ? undefined : "muted");
  for (const text of [...(neverFires ? [neverFires] : []), ...problems, ...differences]) say(`${text}.`, "warn");
  for (const change of alarm.history.slice(0, 3)) {
    said.push([
      seg(`    ${formatTime(change.atMs, context.zone)} ${change.from} ${glyphs.arrow} ${change.to}`, "muted"),
    ]);
  }
  return said;
}

/** A row of the runbook's table without an alarm. */
function missingRows(entry: RunbookAlarm, names: LakehouseNames, nameWidth: number, context: PaneContext): Row[] {
  const words = missingWords(entry, names);
  const lead: Row = [
    seg(`${context.theme.glyphs.unknown} `, "warn"),
    cell("none", 7, context.theme, "warn"),
    seg("      "),
    cell(entry.id, Math.max(nameWidth, entry.id.length), context.theme, "muted"),
  ];
  if (rowWidth(lead) + 2 + displayWidth(words) <= context.width) return [[...lead, seg(`  ${words}`, "muted")]];
  return context.zoomed
    ? [lead, ...paragraph([seg("    ")], words, context.width, "muted")]
    : [[...lead, seg("  not in this account", "muted")]];
}

/** The condition beside the name where all of it fits, else below while the alarm is not quiet. */
function conditionRows(lead: Row, alarm: AlarmView, context: PaneContext): Row[] {
  const condition = seg(alarm.condition, "muted");
  if (rowWidth(lead) + 2 + displayWidth(alarm.condition) <= context.width) return [[...lead, seg("  "), condition]];
  if (alarm.state === "OK" && !context.zoomed) return [lead];
  return [lead, ...paragraph([seg("    ")], alarm.condition, context.width, "muted")];
}

function sorted(alarms: readonly ExplainedAlarm[]): ExplainedAlarm[] {
  const rank = ({ alarm }: ExplainedAlarm) => ORDER.indexOf(alarm.state);
  return [...alarms].sort((a, b) => rank(a) - rank(b) || a.alarm.name.localeCompare(b.alarm.name));
}

/** The alarms of the state with what the runbook says of them. */
export function explainedAlarms(state: CockpitState): ExplainedAlarms {
  const { lakehouse, services } = state;
  const nessie = lakehouse?.nessie;
  const service = lastValue(services)?.find(
    ({ cluster, name }) => cluster === nessie?.cluster && name === nessie.service,
  );
  return explainAlarms(
    lastValue(state.alarms) ?? [],
    // Before the first answer nothing is missing.
    lastValue(state.alarms) === undefined ? undefined : lakehouse,
    service ? { nessieDesired: service.desired } : {},
  );
}

/** The item under the cursor in reverse video, as wide as the pane. */
function marked(rows: Row[], item: PaneItem | undefined, width: number): Row[] {
  return rows.map((row, index) => {
    if (index !== item?.row) return row;
    const rest = Math.max(0, width - rowWidth(row));
    return [...row.map((segment) => ({ ...segment, token: "selected" as const })), seg(" ".repeat(rest), "selected")];
  });
}

/** CloudWatch alarms, those in ALARM first, and the runbook's that are not there. */
export const alarmsPane: Pane = {
  id: "alarms",
  select: (state) => [
    state.alarms,
    state.services,
    state.lakehouse,
    state.incident.project,
    state.incident.environment,
  ],
  view(state, context) {
    const source = state.alarms;
    const { alarms: unsorted, missing } = explainedAlarms(state);
    const alarms = sorted(unsorted);
    const { lakehouse } = state;
    const names = alarms.map(({ alarm }) => shortName(alarm.name, state));
    const nameWidth = Math.min(Math.max(8, ...names.map((name) => name.length)), Math.max(10, context.width - 16));
    const blocks = [
      ...alarms.map((explained, index) => ({
        id: explained.alarm.arn,
        rows: alarmRows(explained, names[index] ?? explained.alarm.name, nameWidth, context),
      })),
      ...missing.flatMap((entry) =>
        lakehouse ? [{ id: entry.id, rows: missingRows(entry, lakehouse, nameWidth, context) }] : [],
      ),
    ];
    const empty: Row[] =
      source.status === "ok" && alarms.length === 0
        ? [[seg("No alarms with the deployment's name prefix in this account and region.", "warn")]]
        : [];
    const rows = [...freshnessRows(source, "the alarms", context), ...empty];
    const items: PaneItem[] = [];
    const known: Row[] = [];
    for (const block of blocks) {
      items.push({ id: block.id, row: rows.length + known.length });
      known.push(...block.rows);
    }
    const all = [...rows, ...trusted(known, freshness(source, context.monotonicMs))];
    const selected =
      context.cursor === undefined ? undefined : (items.find(({ id }) => id === context.cursor) ?? items[0]);
    return { status: freshnessStatus(source, context), rows: marked(all, selected, context.width), items };
  },
  attention: (state, monotonicMs) =>
    sourceAttention(state.alarms, monotonicMs, (): Attention => {
      const alarms = lastValue(state.alarms) ?? [];
      return alarms.some((alarm) => alarm.state === "ALARM") ? "bad" : "none";
    }),
};
