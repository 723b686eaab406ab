import { formatTime, type TimeZone } from "../base/duration.ts";
import { type Freshness, freshness, lastValue } from "../state/source.ts";
import type { CockpitState } from "../state/store.ts";
import type { LogGroupState, LogLevel, LogLine } from "../state/views.ts";
import { freshnessRows, freshnessStatus, sourceAttention } from "./freshness.ts";
import { paint, type Row, type Segment, seg, wrapText } from "./line.ts";
import { type LogAnchor, type LogSource, locate, matches } from "./log-source.ts";
import { shortLogText } from "./log-text.ts";
import type { Attention, PaneContext } from "./pane.ts";
import type { Token } from "./theme.ts";

/** How the responder looks at the log. */
export interface LogsUi {
  /** Set: paused here. `top` is the first visible line, `cursor` the one that pin and copy take. Unset: following. */
  paused?: {
    top: LogAnchor;
    cursor: LogAnchor /** The newest line at the time, to count what arrived since. */;
    newest: number;
  };
  search: string;
  filter: string;
  wrap: boolean;
  timestamps: boolean;
}

export const INITIAL_LOGS_UI: LogsUi = { search: "", filter: "", wrap: false, timestamps: true };

const LEVELS: Readonly<Record<LogLevel, { mark: string; token: Token }>> = {
  error: { mark: "E", token: "bad" },
  warn: { mark: "W", token: "warn" },
  info: { mark: "I", token: "text" },
  debug: { mark: "D", token: "muted" },
  none: { mark: " ", token: "text" },
};

/** Sums over the log groups. */
export function logTotals(groups: readonly LogGroupState[]): {
  perMinute: number;
  errorShare: number;
  gaps: number;
  ingested: number;
  duplicates: number;
  late: number;
} {
  const perMinute = groups.reduce((sum, group) => sum + group.linesPerMinute, 0);
  const errors = groups.reduce((sum, group) => sum + group.linesPerMinute * group.errorShare, 0);
  return {
    perMinute,
    errorShare: perMinute > 0 ? errors / perMinute : 0,
    gaps: groups.reduce((sum, group) => sum + group.gaps, 0),
    ingested: groups.reduce((sum, group) => sum + group.ingested, 0),
    duplicates: groups.reduce((sum, group) => sum + group.duplicates, 0),
    late: groups.reduce((sum, group) => sum + group.late, 0),
  };
}

/** `1.2k/min`. */
function rate(perMinute: number): string {
  return perMinute >= 1000 ? `${(perMinute / 1000).toFixed(1)}k/min` : `${Math.round(perMinute)}/min`;
}

/** What follows the pane's name: the group, or how many there are. */
export function logsCaption(state: CockpitState): Row {
  const groups = lastValue(state.logs) ?? [];
  if (groups.length === 0) return [];
  return [seg(groups.length === 1 ? (groups[0]?.logGroup ?? "") : `${groups.length} groups`, "muted")];
}

/** The right end of the title: follow or pause, rate, errors, what may be missing. The most important first. */
export function logsStatus(
  state: CockpitState,
  ui: LogsUi,
  newLines: number,
  share: number,
  context: PaneContext,
): Segment[] {
  const parts: Segment[] = [];
  const groups = lastValue(state.logs) ?? [];
  const totals = logTotals(groups);
  const isFresh = freshness(state.logs, context.monotonicMs) === "fresh";
  if (ui.paused) parts.push(seg(newLines > 0 ? `PAUSED +${newLines} new` : "PAUSED", "warn"));
  else parts.push(seg("follow", isFresh ? "good" : "muted"));
  parts.push(...freshnessStatus(state.logs, context));
  if (ui.filter) parts.push(seg(`& ${ui.filter}${share < 1 ? ` ${Math.floor(share * 100)}%` : ""}`, "accent"));
  if (ui.search) parts.push(seg(`/ ${ui.search}`, "accent"));
  if (totals.gaps > 0) parts.push(seg(`gaps ${totals.gaps}`, "warn"));
  if (groups.length > 0) {
    parts.push(seg(rate(totals.perMinute), "muted"));
    parts.push(
      seg(`err ${Math.round(totals.errorShare * 100)}%`, totals.errorShare >= 0.05 && isFresh ? "bad" : "muted"),
    );
  }
  return parts.flatMap((part, index) => (index === 0 ? [part] : [seg("  "), part]));
}

/** The part of each log group's name that tells it from the others, at most ten columns. */
function groupTags(groups: readonly LogGroupState[]): Map<string, string> {
  return new Map(groups.map((group) => [group.logGroup, (group.logGroup.split(/[-/]/).at(-1) ?? "").slice(0, 10)]));
}

function leadOf(line: LogLine, ui: LogsUi, tags: Map<string, string>, tagWidth: number, zone: TimeZone): Segment[] {
  const level = LEVELS[line.level];
  return [
    ...(ui.timestamps ? [seg(`${formatTime(line.atMs, zone)} `, "muted")] : []),
    ...(tagWidth > 0 ? [seg(`${(tags.get(line.logGroup) ?? "").padEnd(tagWidth)} `, "accent")] : []),
    seg(`${level.mark} `, level.token),
  ];
}

/** The text with every occurrence of `needle` marked. */
function marked(text: string, needle: string, token: Token): Segment[] {
  if (needle === "") return [seg(text, token)];
  const lower = text.toLowerCase();
  const wanted = needle.toLowerCase();
  // Lower-casing can change the length of a few characters; positions would then be wrong.
  if (lower.length !== text.length) return [seg(text, token)];
  const out: Segment[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    if (at > from) out.push(seg(text.slice(from, at), token));
    out.push(seg(text.slice(at, at + wanted.length), "match"));
    from = at + wanted.length;
  }
  if (from < text.length || out.length === 0) out.push(seg(text.slice(from), token));
  return out;
}

/** What is drawn of the line: without its own time and level while the pane shows them, unless the search is for these. */
function drawnText(line: LogLine, ui: LogsUi): string {
  if (!ui.timestamps) return line.text;
  const short = shortLogText(line);
  return matches(line, ui.search) && !matches({ ...line, text: short }, ui.search) ? line.text : short;
}

function lineRows(
  line: LogLine,
  ui: LogsUi,
  tags: Map<string, string>,
  tagWidth: number,
  { width, zone }: PaneContext,
): Row[] {
  const lead = leadOf(line, ui, tags, tagWidth, zone);
  const token = LEVELS[line.level].token;
  const drawn = drawnText(line, ui);
  if (!ui.wrap) return [[...lead, ...marked(drawn, ui.search, token)]];
  const indent = lead.reduce((sum, segment) => sum + segment.text.length, 0);
  return wrapText(drawn, Math.max(8, width - indent)).map((text, index) => [
    ...(index === 0 ? lead : [seg(" ".repeat(indent))]),
    ...marked(text, ui.search, token),
  ]);
}

/** Screen lines that a log line takes at this width. */
export function lineHeight(line: LogLine, ui: LogsUi, width: number, tagWidth: number): number {
  if (!ui.wrap) return 1;
  const indent = (ui.timestamps ? 9 : 0) + (tagWidth > 0 ? tagWidth + 1 : 0) + 2;
  return wrapText(drawnText(line, ui), Math.max(8, width - indent)).length;
}

/** Columns that the log group's tag takes: none while there is one group only, or no room. */
export function tagColumns(state: CockpitState, width: number): number {
  const groups = lastValue(state.logs) ?? [];
  if (groups.length < 2 || width < 60) return 0;
  return Math.max(...[...groupTags(groups).values()].map((tag) => tag.length));
}

export interface LogsDrawing {
  lines: string[];
  status: Segment[];
  caption: Row;
}

/** The visible part of the log, painted. Reads only the lines that it draws. */
export function drawLogs(
  state: CockpitState,
  source: LogSource,
  lastSequence: number,
  ui: LogsUi,
  focused: boolean,
  context: PaneContext,
): LogsDrawing {
  const { width, height, theme } = context;
  const notes = state.logs.status === "loading" ? [] : freshnessRows(state.logs, "the logs", context);
  const painted = notes.slice(0, Math.max(0, height - 1)).map((row) => paint(row, width, theme));
  const room = height - painted.length;
  const tags = groupTags(lastValue(state.logs) ?? []);
  const tagWidth = tagColumns(state, width);
  const trust: Freshness = freshness(state.logs, context.monotonicMs);
  const fade: Token | undefined = trust === "stale" || trust === "denied" || trust === "failed" ? "muted" : undefined;
  const draw = (line: LogLine, fill?: Token) =>
    lineRows(line, ui, tags, tagWidth, context).map((row) => paint(row, width, theme, fill ?? fade));
  const body: string[] = [];
  if (source.length === 0) {
    if (painted.length === 0) body.push(paint([seg(emptyText(state, ui, source.share ?? 1), "muted")], width, theme));
  } else if (ui.paused) {
    const cursor = locate(source, ui.paused.cursor);
    for (let index = locate(source, ui.paused.top); index < source.length && body.length < room; index++) {
      const line = source.at(index);
      if (line) body.push(...draw(line, index === cursor ? (focused ? "selected" : "key") : undefined));
    }
  } else {
    for (let index = source.length - 1; index >= 0 && body.length < room; index--) {
      const line = source.at(index);
      if (line) body.unshift(...draw(line));
    }
    body.splice(0, Math.max(0, body.length - room));
  }
  const newLines = ui.paused ? lastSequence - ui.paused.newest : 0;
  return {
    lines: [...painted, ...body.slice(0, room)],
    status: logsStatus(state, ui, newLines, source.share ?? 1, context),
    caption: logsCaption(state),
  };
}

function emptyText(state: CockpitState, ui: LogsUi, share: number): string {
  if (state.logs.status === "loading") return "Waiting for the first log lines.";
  if (ui.filter && share < 1) return "Looking through the log ...";
  if (ui.filter) return `No line contains "${ui.filter}". & changes the filter.`;
  return "No log lines in the window.";
}

/** How much the log needs to be looked at. */
export function logsAttention(state: CockpitState, monotonicMs: number): Attention {
  return sourceAttention(state.logs, monotonicMs, () =>
    logTotals(lastValue(state.logs) ?? []).errorShare >= 0.05 ? "bad" : "none",
  );
}
