import { formatClock, formatUtcTime } from "../base/duration.ts";
import { paint, type Row, rowWidth, type Segment, seg } from "../panes/line.ts";
import type { Theme } from "../panes/theme.ts";
import type { CockpitState } from "../state/store.ts";
import { banners } from "./banners.ts";
import { clockItems } from "./clocks.ts";

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

/** The environment; production in words and in reverse video. */
function environmentBadge(environment: string): Segment {
  if (!PRODUCTION.test(environment)) return seg(environment, "strong");
  const word = /^production$/i.test(environment) ? "" : " production";
  return seg(` ${environment.toUpperCase()}${word} `, "production");
}

function endpointText(endpoint: string, simulated: boolean): Segment {
  const host = endpoint.replace(/^https?:\/\//, "").replace(/\/$/, "");
  return simulated ? seg(`SIMULATED ${host}`, "warn") : seg(`endpoint ${endpoint}`, "warn");
}

function identityItems(state: CockpitState): HeaderItem[] {
  const { incident, identity } = state;
  const account: Segment[] = identity.accountId
    ? [seg(identity.accountId), ...(identity.accountAlias ? [seg(` ${identity.accountAlias}`, "muted")] : [])]
    : [seg(identity.failure ? "account unknown" : "account ...", identity.failure ? "bad" : "muted")];
  const none: Segment[] = [];
  return [
    {
      keep: 4,
      side: "left",
      row: identity.endpoint
        ? [endpointText(identity.endpoint, incident.simulated)]
        : incident.simulated
          ? [seg("SIMULATED", "warn")]
          : none,
    },
    { keep: 6, side: "left", row: account },
    { keep: 7, side: "left", row: [seg(identity.region)] },
    { keep: 8, side: "left", row: identity.caller ? [seg(identity.caller, "muted")] : none },
  ];
}

function firstLine(state: CockpitState, width: number, nowMs: number, theme: Theme): string {
  const { incident, identity } = state;
  const items: HeaderItem[] = [
    { keep: 9, side: "left", row: [seg(" MAYDAY ", "brand")] },
    { keep: 2, side: "left", row: [seg(incident.severity, incident.severity === "P1" ? "bad" : "warn")] },
    { keep: 1, side: "left", row: [environmentBadge(incident.environment)] },
    ...identityItems(state),
    { keep: 1, side: "right", row: identity.readOnly ? [seg(" READ-ONLY ", "caution")] : [] },
    { keep: 0, side: "right", row: [seg(`T+${formatClock(nowMs - incident.declaredAtMs)}`, "strong")] },
    { keep: 3, side: "right", row: [seg(`UTC ${formatUtcTime(nowMs)}`, "muted")] },
  ];
  // The title takes the room that is left, once everything that must be there is.
  const kept = fitting(items, width - 2);
  const used = kept.reduce((sum, item) => sum + rowWidth(item.row) + GAP, 0);
  const room = width - 2 - used;
  const at = kept.findIndex((item) => item.keep === 2) + 1;
  if (room >= 12 && at > 0) {
    const title = [seg(incident.title || "untitled incident", "strong")];
    const row =
      rowWidth(title) <= room ? title : [seg(paint(title, room, { ...theme, sgr: PLAIN_SGR }).trimEnd(), "strong")];
    kept.splice(at, 0, { keep: 2, side: "left", row });
  }
  return headerLine(kept, width, theme);
}

const PLAIN_SGR = new Proxy({} as Theme["sgr"], { get: () => "" });

/** The header: two lines, and one for each of the first `bannerCount` banners. */
export function headerLines(
  state: CockpitState,
  options: { width: number; bannerCount: number; nowMs: number; monotonicMs: number; theme: Theme },
): string[] {
  const { width, theme, nowMs, monotonicMs } = options;
  const shouted = banners(state).slice(0, options.bannerCount);
  const hidden = banners(state).length - shouted.length;
  return [
    firstLine(state, width, nowMs, theme),
    headerLine(clockItems(state, nowMs, monotonicMs), width, theme),
    ...shouted.map((banner, index) => {
      const more = index === shouted.length - 1 && hidden > 0 ? ` (and ${hidden} more)` : "";
      return paint([seg(` ${theme.glyphs.warn} ${banner.text}${more}`)], width, theme, banner.tone);
    }),
  ];
}
