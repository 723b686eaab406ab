import { formatUtcTime } from "../base/duration.ts";
import type { ProcedureStep } from "../state/store.ts";
import type { RecordEntry } from "./entries.ts";

/** One use of break-glass, folded from the record. Times in domain ms. */
export interface BreakGlassUse {
  requestId: string;
  principal: string;
  reason: string;
  scope: string;
  requested: { atMs: number; by: string; second: string };
  confirmed?: { atMs: number; by: string; uid: number };
  opened?: { atMs: number; expiresAtMs: number | null };
  ended?: { atMs: number; by: string };
  /** Actions that were run meanwhile. */
  actions: { atMs: number; title: string; status: string }[];
  documented?: { atMs: number; by: string; where: string };
  /** The access key of the principal was replaced after the use. */
  rotated?: { atMs: number };
  review?: { atMs: number; by: string; reviewer: string };
}

/** All uses of break-glass in this incident, oldest first. O(entries). */
export function breakGlassUses(entries: readonly RecordEntry[]): BreakGlassUse[] {
  const uses: BreakGlassUse[] = [];
  for (const entry of entries) {
    const atMs = Date.parse(entry.at);
    const last = decisiveUse(uses);
    switch (entry.kind) {
      case "break-glass.requested": {
        const { requestId, principal, by, reason, scope, second } = entry.payload;
        uses.push({ requestId, principal, reason, scope, requested: { atMs, by, second }, actions: [] });
        break;
      }
      case "break-glass.confirmed": {
        const use = uses.find(({ requestId }) => requestId === entry.payload.requestId);
        if (use) use.confirmed = { atMs, by: entry.payload.by, uid: entry.payload.uid };
        break;
      }
      case "break-glass.opened": {
        const use = uses.find(({ requestId }) => requestId === entry.payload.requestId);
        if (use) use.opened = { atMs, expiresAtMs: entry.payload.expiresAtMs };
        break;
      }
      case "break-glass.ended": {
        const use = uses.find(({ requestId }) => requestId === entry.payload.requestId);
        if (use && !use.ended) use.ended = { atMs, by: entry.payload.by };
        break;
      }
      case "break-glass.documented":
        if (last) last.documented = { atMs, ...entry.payload };
        break;
      case "break-glass.review":
        if (last) last.review = { atMs, ...entry.payload };
        break;
      case "action.finished":
        if (last) takeAction(last, entry.payload, atMs);
        break;
    }
  }
  return uses;
}

/** The use that what is done now belongs to: the last one that was in use; while none was, the last that was asked for. */
export const decisiveUse = (uses: readonly BreakGlassUse[]): BreakGlassUse | undefined =>
  uses.findLast(({ opened }) => opened) ?? uses.at(-1);

function takeAction(
  use: BreakGlassUse,
  action: { actionId: string; title: string; status: string; undoes?: string },
  atMs: number,
): void {
  const { actionId, title, status, undoes } = action;
  if (/break-glass/.test(actionId)) return;
  const user = use.principal.split("/").at(-1) ?? "";
  if (actionId === "rotate-access-key" && status === "done" && title.endsWith(` ${user}`)) {
    if (undoes === undefined) use.rotated = { atMs };
    else delete use.rotated;
  }
  if (use.opened && !use.ended) use.actions.push({ atMs, title, status });
}

/** The runbook's six steps of a use, in its order. */
export function breakGlassProcedure(use: BreakGlassUse): ProcedureStep[] {
  const { confirmed, opened, ended, actions, documented, rotated, review, reason, scope } = use;
  const step = (text: string, doneAtMs: number | undefined, detail: string): ProcedureStep => ({
    text,
    ...(doneAtMs === undefined ? {} : { doneAtMs }),
    detail,
  });
  return [
    step(
      "Two authorized personnel retrieve the credentials",
      confirmed?.atMs,
      confirmed
        ? `${use.requested.by} and ${confirmed.by}`
        : `${use.requested.by}; ${use.requested.second} has not confirmed`,
    ),
    step("Log in as the break-glass user with MFA", opened?.atMs, use.principal),
    step(
      "Perform the minimum necessary actions",
      ended?.atMs,
      `${actions.length} ${actions.length === 1 ? "action" : "actions"}${actions.length > 0 ? `: ${actions.map(({ title }) => title).join("; ")}` : ""}; scope: ${scope}`,
    ),
    step("Document every action in the incident channel", documented?.atMs, documented?.where ?? ""),
    step("Rotate the break-glass credentials", rotated?.atMs, ""),
    step(
      "File a post-mortem on why it was needed",
      review?.atMs,
      `${reason}; reviewer: ${review?.reviewer ?? "nobody named"}`,
    ),
  ];
}

/** The use as a message for the incident channel: step 4 of the procedure wants every action documented there. */
export function breakGlassDraft(use: BreakGlassUse): string {
  const { principal, requested, confirmed, opened, ended, actions, reason, scope } = use;
  const time = (atMs: number) => `${formatUtcTime(atMs)} UTC`;
  const taken =
    actions.length > 0
      ? actions.map(({ atMs, title, status }) => `- ${time(atMs)} ${title}: ${status}`)
      : ["- no action was taken with it so far"];
  return [
    `Break-glass: ${principal}`,
    `People: ${requested.by}, ${confirmed ? `confirmed by ${confirmed.by}` : `not confirmed by ${requested.second}`}`,
    `Why: ${reason}`,
    `Scope: ${scope}`,
    `In use: ${opened ? `from ${time(opened.atMs)} ${ended ? `to ${time(ended.atMs)}` : "and still"}` : "not yet"}`,
    "Actions:",
    ...taken,
  ].join("\n");
}
