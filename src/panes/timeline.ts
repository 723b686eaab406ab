import { formatUtcTime } from "../base/duration.ts";
import type { TimelineLine } from "../state/store.ts";
import { cell, paragraph, type Row, seg } from "./line.ts";
import type { Pane, PaneContext } from "./pane.ts";
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

function dayRow(atMs: number, theme: Theme): Row {
  return [seg(`${theme.glyphs.horizontal.repeat(2)} ${new Date(atMs).toISOString().slice(0, 10)} UTC`, "muted")];
}

function entryRows(line: TimelineLine, context: PaneContext): Row[] {
  const token = TOKENS[line.tone];
  const labelWidth = context.width >= 44 ? 9 : 0;
  const lead: Row = [
    seg(`${formatUtcTime(line.atMs)} `, "muted"),
    seg(`${mark(line.tone, context.theme)} `, token),
    ...(labelWidth > 0 ? [cell(line.label, labelWidth - 1, context.theme, token), seg(" ")] : []),
  ];
  const text = line.tone === "info" ? "text" : token;
  return context.roomy ? paragraph(lead, line.text, context.width, text) : [[...lead, seg(line.text, text)]];
}

/** What has happened, oldest first, with a line where a new day (UTC) begins. */
export const timelinePane: Pane = {
  id: "timeline",
  follows: true,
  select: (state) => [state.timeline],
  view(state, context) {
    const rows: Row[] = [];
    let day = state.timeline[0] ? Math.floor(state.timeline[0].atMs / 86_400_000) : 0;
    for (const line of state.timeline) {
      const lineDay = Math.floor(line.atMs / 86_400_000);
      if (lineDay !== day) rows.push(dayRow(line.atMs, context.theme));
      day = lineDay;
      rows.push(...entryRows(line, context));
    }
    if (rows.length === 0)
      rows.push([seg("Nothing recorded yet. What changes is recorded by itself; n adds a note.", "muted")]);
    return { status: [], rows };
  },
  attention: () => "none",
};
