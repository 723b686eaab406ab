import { formatAge } from "../base/duration.ts";
import type { FailureDetail } from "../base/failure.ts";
import { ageMs, type Freshness, freshness, type Source } from "../state/source.ts";
import { paragraph, type Row, type Segment, seg } from "./line.ts";
import type { Attention, PaneContext } from "./pane.ts";

/** What a pane says about its data at the end of its title: nothing while fresh and recent, words otherwise. */
export function freshnessStatus(source: Source<unknown>, context: PaneContext): Segment[] {
  const state = freshness(source, context.monotonicMs);
  const age = ageMs(source, context.monotonicMs);
  const aged = age === undefined ? "" : ` ${formatAge(age)}`;
  switch (state) {
    case "loading":
      return [seg("loading", "muted")];
    case "fresh":
      return source.status === "ok" && source.partial ? [seg("partial", "warn")] : [];
    case "stale":
      return [seg(`stale${aged}`, "warn")];
    case "absent":
      return [seg("not present", "muted")];
    case "denied":
      return [seg(aged === "" ? "DENIED" : `DENIED data${aged} old`, "bad")];
    case "failed":
      return [seg(aged === "" ? "FAILED" : `FAILED data${aged} old`, "bad")];
  }
}

/** The sentences that replace or precede the data while it cannot be read. Empty for fresh and stale data. */
export function freshnessRows(source: Source<unknown>, what: string, context: PaneContext): Row[] {
  switch (source.status) {
    case "loading":
      return [[seg(`Waiting for the first answer about ${what}.`, "muted")]];
    case "absent":
      return paragraph([], source.reason, context.width, "muted");
    case "denied":
    case "failed":
      return failureRows(source.failure, context);
    case "ok":
      return (source.partial ?? []).flatMap((failure) => partialRows(failure, context));
  }
}

/** A failure in the order in which it is read: what failed, why, what to do next. */
export function failureRows(failure: FailureDetail, context: Pick<PaneContext, "width" | "theme">): Row[] {
  const { glyphs } = context.theme;
  const missing = failure.missingPermission ? `Missing permission: ${failure.missingPermission}` : "";
  return [
    ...paragraph([seg(`${glyphs.bad} `, "bad")], failure.what, context.width, "bad"),
    ...(missing ? paragraph([seg("  ")], missing, context.width, "strong") : []),
    ...paragraph([seg("  ")], failure.why, context.width),
    ...paragraph([seg(`${glyphs.arrow} `, "accent")], failure.next, context.width),
  ];
}

/** One part that could not be read: a line, or all of it where there is room. The rest of the data is good. */
function partialRows(failure: FailureDetail, context: PaneContext): Row[] {
  if (context.roomy) return [...failureRows(failure, context), []];
  const why = failure.missingPermission ? `missing permission ${failure.missingPermission}` : failure.why;
  return [[seg(`${context.theme.glyphs.warn} not read: `, "warn"), seg(`${failure.what}: ${why}`)]];
}

/** `unknown` while the data cannot be trusted to be whole and recent; otherwise what `judge` says of it. */
export function sourceAttention(source: Source<unknown>, monotonicMs: number, judge: () => Attention): Attention {
  const state = freshness(source, monotonicMs);
  if (state === "loading" || state === "absent") return "none";
  if (state !== "fresh") return "unknown";
  const judged = judge();
  return judged === "none" && source.status === "ok" && source.partial ? "unknown" : judged;
}

/** Only fresh data keeps its colours; anything older is drawn muted, so that an old green never reassures. */
export function trusted(rows: Row[], state: Freshness): Row[] {
  if (state === "fresh") return rows;
  return rows.map((row) => row.map((segment) => ({ ...segment, token: "muted" as const })));
}
