import { formatClock, formatTime, type TimeZone, zoneName } from "../base/duration.ts";
import { displayWidth } from "../base/text.ts";
import { limit, paint, type Row, rowWidth, type Segment, seg } from "../panes/line.ts";
import type { Theme } from "../panes/theme.ts";
import type { CockpitState } from "../state/store.ts";
import { banners } from "./banners.ts";
import { clockItems } from "./clocks.ts";
import { GRID_SIZE } from "./layout.ts";

/** A part of a header line. Lower `keep` stays longer when the line gets narrow. */
export interface HeaderItem {
  keep: number;
  row: Row;
  side: "left" | "right";
}

const GAP = 2;

/** The items that fit into `width`, the least important left out first; in their given order. */
export function fitting(items: readonly HeaderItem[], width: number): HeaderItem[] {
  const kept = [...items].filter((item) => rowWidth(item.row) > 0);
  const needed = () => kept.reduce((sum, item) => sum + rowWidth(item.row) + GAP, 0) - GAP;
  while (kept.length > 1 && needed() > width) {
    const least = kept.reduce((worst, item) => (item.keep > worst.keep ? item : worst));
    kept.splice(kept.indexOf(least), 1);
  }
  return kept;
}

function joined(items: readonly HeaderItem[]): Segment[] {
  return items.flatMap((item, index) => (index === 0 ? [...item.row] : [seg(" ".repeat(GAP)), ...item.row]));
}

/** The items on one line of exactly `width` columns: left ones at the left end, right ones at the right end. */
export function headerLine(items: readonly HeaderItem[], width: number, theme: Theme): string {
  const kept = fitting(items, width - 2);
  const left = joined(kept.filter((item) => item.side === "left"));
  const right = joined(kept.filter((item) => item.side === "right"));
  const gap = Math.max(0, width - 2 - rowWidth(left) - rowWidth(right));
  return paint([seg(" "), ...left, seg(" ".repeat(gap)), ...right, seg(" ")], width, theme);
}

const PRODUCTION = /^(prod|production|prd|live)$/i;

/** Below this width words are shortened, so that nothing has to be left out that must be seen. */
const NARROW_BELOW = 60;

/** The environment; production in words and in reverse video. */
function environmentBadge(environment: string, narrow: boolean): Segment {
  if (!PRODUCTION.test(environment)) return seg(environment, "strong");
  if (narrow || /^production$/i.test(environment)) return seg(" PRODUCTION ", "production");
  return seg(` ${environment.toUpperCase()} production `, "production");
}

/** From this width on the host of the simulator is shown as well. */
const WIDE_FROM = 170;

/** A custom endpoint is always shown: what is on the screen does not come from AWS itself. */
function endpointRow(state: CockpitState, width: number): Row {
  const { endpoint } = state.identity;
  const narrow = width < NARROW_BELOW;
  const host = endpoint?.replace(/^https?:\/\//, "").replace(/\/$/, "");
  if (state.incident.simulated) {
    if (narrow) return [seg("SIM", "warn")];
    return [seg(host && width >= WIDE_FROM ? `SIMULATED ${host}` : "SIMULATED", "warn")];
  }
  if (!endpoint) return [];
  return [seg(narrow ? "ENDPT" : width < GRID_SIZE.columns ? `endpoint ${host}` : `endpoint ${endpoint}`, "warn")];
}

/**
 * Whose account this is, and the time of day, in the order in which they are read. The lower `keep`, the sooner it stands on the first
 * line. The account gives way to nothing but the clock and the environment: it keeps a responder from acting on the wrong one.
 */
function movableItems(state: CockpitState, { nowMs, zone }: HeaderOptions): HeaderItem[] {
  const { identity } = state;
  const unknown: Segment = identity.failure ? seg("account unknown", "bad") : seg("account ...", "muted");
  const items: HeaderItem[] = [
    { keep: ACCOUNT_KEEP, side: "left", row: [identity.accountId ? seg(identity.accountId) : unknown] },
    { keep: 6, side: "left", row: identity.accountAlias ? [seg(identity.accountAlias, "muted")] : [] },
    { keep: 3.3, side: "left", row: [seg(identity.region)] },
    { keep: 3.5, side: "left", row: identity.caller ? [seg(identity.caller, "muted")] : [] },
    { keep: 3, side: "right", row: [seg(`${zoneName(nowMs, zone)} ${formatTime(nowMs, zone)}`, "muted")] },
  ];
  return items.filter((item) => rowWidth(item.row) > 0);
}

const ACCOUNT_KEEP = 1.2;
const TITLE_KEEP = 2.8;

/** The title gives way to nothing but what must be there, the account among it; it is cut to the room that is left. */
const SHORTEST_TITLE = 16;

/** The first line, and what it has no room for: that stands at the right of the second one. */
function firstLine(state: CockpitState, options: HeaderOptions): { line: string; left: HeaderItem[] } {
  const { width, nowMs, theme } = options;
  const { incident, identity } = state;
  const narrow = width < NARROW_BELOW;
  const title = incident.title || "untitled incident";
  const titleAt = (columns: number): HeaderItem => ({
    keep: TITLE_KEEP,
    side: "left",
    row: limit([seg(title, "strong")], columns, theme),
  });
  const movable = movableItems(state, options);
  const items = (titleColumns: number, shown: readonly HeaderItem[]): HeaderItem[] => [
    { keep: 2, side: "left", row: [seg(incident.severity, incident.severity === "P1" ? "bad" : "warn")] },
    titleAt(titleColumns),
    { keep: 1, side: "left", row: [environmentBadge(incident.environment, narrow)] },
    { keep: 1.1, side: "left", row: endpointRow(state, width) },
    ...shown.filter(({ side }) => side === "left"),
    { keep: 1, side: "right", row: identity.readOnly ? [seg(narrow ? " RO " : " READ-ONLY ", "caution")] : [] },
    { keep: 0, side: "right", row: [seg(`T+${formatClock(nowMs - incident.declaredAtMs)}`, "strong")] },
    ...shown.filter(({ side }) => side === "right"),
  ];
  const brand: HeaderItem = { keep: 9, side: "left", row: [seg(" MAYDAY ", "brand")] };
  const byImportance = [...movable].sort((a, b) => a.keep - b.keep);
  const counts = byImportance.map((_item, index) => byImportance.length - index);
  // The rest only where the whole title has room beside it; the program's own name goes before the account does.
  for (const own of [[brand], []]) {
    for (const count of counts) {
      const shown = movable.filter((item) => byImportance.indexOf(item) < count);
      const all = [...own, ...items(displayWidth(title), shown)].filter((item) => rowWidth(item.row) > 0);
      if (fitting(all, width - 2).length < all.length) continue;
      return { line: headerLine(all, width, theme), left: movable.filter((item) => !shown.includes(item)) };
    }
  }
  const wanted = Math.min(SHORTEST_TITLE, displayWidth(title));
  const account = movable.filter(({ keep }) => keep === ACCOUNT_KEEP);
  const hasTitle = (shown: readonly HeaderItem[]) => shown.some(({ keep }) => keep === TITLE_KEEP);
  // Where a title of that length has no room beside it, the account stands on the second line.
  const beside = fitting(items(wanted, account), width - 2);
  const kept = hasTitle(beside) ? beside : fitting(items(wanted, []), width - 2);
  const used = kept.reduce((sum, item) => sum + rowWidth(item.row) + GAP, -GAP);
  const roomForTitle = wanted + width - 2 - used;
  const resized = kept.map((item) => (item.keep === TITLE_KEEP ? titleAt(roomForTitle) : item));
  return { line: headerLine(resized, width, theme), left: movable.filter((item) => !kept.includes(item)) };
}

export interface HeaderOptions {
  width: number;
  bannerCount: number;
  /** Domain time, ms since the epoch. */
  nowMs: number;
  monotonicMs: number;
  theme: Theme;
  /** In which the time of day is shown. */
  zone: TimeZone;
  /** Nothing rings when something becomes due. */
  silent: boolean;
}

/** Who waits for a bell must know that none comes: it outlasts what only says that all is well. */
const silentItem = (silent: boolean): HeaderItem => ({
  keep: 2.9,
  side: "right",
  row: silent ? [seg("bell off", "warn")] : [],
});

/** The items of the second line, in fewer words where not all of them have room. */
function secondLine(state: CockpitState, options: HeaderOptions, identity: readonly HeaderItem[]): HeaderItem[] {
  const { width, nowMs, monotonicMs } = options;
  const items = (short: boolean) =>
    [...identity, silentItem(options.silent), ...clockItems(state, nowMs, monotonicMs, short)].filter(
      (item) => rowWidth(item.row) > 0,
    );
  const all = items(false);
  return fitting(all, width - 2).length === all.length ? all : items(true);
}

/** The header: two lines, and one for each of the first `bannerCount` banners. */
export function headerLines(state: CockpitState, options: HeaderOptions): string[] {
  const { width, theme } = options;
  const shouted = banners(state).slice(0, options.bannerCount);
  const hidden = banners(state).length - shouted.length;
  const first = firstLine(state, options);
  const identity = first.left.map((item): HeaderItem => ({ ...item, side: "right" }));
  return [
    first.line,
    headerLine(secondLine(state, options, identity), width, theme),
    ...shouted.map((banner, index) => {
      const more = index === shouted.length - 1 && hidden > 0 ? ` (and ${hidden} more)` : "";
      // What is hidden is counted where it is seen: the text gives way to it.
      const text = limit([seg(` ${theme.glyphs.warn} ${banner.text}`)], width - displayWidth(more), theme);
      return paint([...text, seg(more)], width, theme, banner.tone);
    }),
  ];
}
