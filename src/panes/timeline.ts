import { formatDay, formatTime, zoneName } from "../base/duration.ts";
import type { CockpitState, TimelineLine } from "../state/store.ts";
import { cell, paragraph, type Row, seg } from "./line.ts";
import type { Pane, PaneContext } from "./pane.ts";
import { shortText } from "./short-text.ts";
import type { Theme, Token } from "./theme.ts";

const TOKENS: Readonly<Record<TimelineLine["tone"], Token>> = {
  info: "text",
  good: "good",
  warn: "warn",
  bad: "bad",
  action: "action",
  note: "note",
};

/** The mark before an entry, so that a tone is visible without colours. */
function mark(tone: TimelineLine["tone"], theme: Theme): string {
  const { glyphs } = theme;
  return {
    info: " ",
    good: glyphs.good,
    warn: glyphs.warn,
    bad: glyphs.bad,
    action: glyphs.pointer,
    note: glyphs.bullet,
  }[tone];
}

function dayRow(atMs: number, { theme, zone }: PaneContext): Row {
  return [seg(`${theme.glyphs.horizontal.repeat(2)} ${formatDay(atMs, zone)} ${zoneName(atMs, zone)}`, "muted")];
}

function entryRows(line: TimelineLine, labelWidth: number, text: string, context: PaneContext): Row[] {
  const token = TOKENS[line.tone];
  const lead: Row = [
    seg(`${formatTime(line.atMs, context.zone)} `, "muted"),
    seg(`${mark(line.tone, context.theme)} `, token),
    ...(labelWidth > 0 ? [cell(line.label, labelWidth, context.theme, token), seg(" ")] : []),
  ];
  const textToken = line.tone === "info" ? "text" : token;
  return context.wrap ? paragraph(lead, text, context.width, textToken) : [[...lead, seg(text, textToken)]];
}

/** What was drawn of an entry the last time: entries never change, and there may be thousands of them each second. */
const drawn = new WeakMap<TimelineLine, { key: string; rows: Row[] }>();

function rememberedRows(line: TimelineLine, labelWidth: number, state: CockpitState, context: PaneContext): Row[] {
  const { width, zone, wrap, theme } = context;
  const { project, environment } = state.incident;
  const key = [width, zone, wrap, theme.ascii, labelWidth, project, environment].join(" ");
  const last = drawn.get(line);
  if (last?.key === key) return last.rows;
  const rows = entryRows(line, labelWidth, shortText(line.text, state), context);
  drawn.set(line, { key, rows });
  return rows;
}

/** Columns of the labels: the longest one, so that all texts begin in one column; none in a narrow pane. */
function labelColumns(lines: readonly TimelineLine[], width: number): number {
  if (width < 44) return 0;
  return lines.reduce((most, line) => Math.max(most, Math.min(LONGEST_LABEL, line.label.length)), SHORTEST_LABEL);
}

/** "OBSERVED", by far the most frequent one, and "ACKNOWLEDGED". */
const SHORTEST_LABEL = 8;
const LONGEST_LABEL = 12;

/** What has happened, oldest first, with a line where a new day begins. */
export const timelinePane: Pane = {
  id: "timeline",
  follows: true,
  select: (state) => [state.timeline, state.incident.project, state.incident.environment],
  view(state, context) {
    const rows: Row[] = [];
    const labelWidth = labelColumns(state.timeline, context.width);
    let day: string | undefined;
    for (const line of state.timeline) {
      const lineDay = formatDay(line.atMs, context.zone);
      if (day !== undefined && lineDay !== day) rows.push(dayRow(line.atMs, context));
      day = lineDay;
      rows.push(...rememberedRows(line, labelWidth, state, context));
    }
    if (rows.length === 0)
      rows.push([seg("Nothing recorded yet. What changes is recorded by itself; n adds a note.", "muted")]);
    return { status: [], rows };
  },
  attention: () => "none",
};
