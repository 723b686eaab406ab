import { type BreakGlassUse, breakGlassProcedure, breakGlassUses } from "../record/break-glass.ts";
import type { RecordEntry } from "../record/entries.ts";
import { forHuman, inline } from "./markdown.ts";
import { dateAndTime } from "./times.ts";

/** Why break-glass was needed, who agreed, what was done with it, and what is still asked for; nothing when it was not used. */
export function breakGlassSection(entries: readonly RecordEntry[]): string[] {
  const uses = breakGlassUses(entries);
  if (uses.length === 0) return [];
  return ["### Break-Glass Access", "", ...uses.flatMap(describe), ""];
}

function describe(use: BreakGlassUse): string[] {
  const { principal, reason, requested, confirmed, opened, ended, actions, review } = use;
  const people = `${inline(requested.by)} asked at ${dateAndTime(requested.atMs)}; ${
    confirmed
      ? `${inline(confirmed.by)} (uid ${confirmed.uid}) confirmed at ${dateAndTime(confirmed.atMs)}`
      : `${inline(requested.second)} did not confirm`
  }`;
  // Nothing was done with it, so that nothing is asked for.
  if (!opened) return [`- Asked for, and never in use: ${inline(principal)}, because ${inline(reason)}. ${people}`];
  return [
    `- Principal: ${inline(principal)}`,
    `- Why it was needed, as said at the time: ${inline(reason)}`,
    `- Why the normal roles did not do: ${forHuman("explanation, and what makes it unnecessary next time")}`,
    `- People: ${people}`,
    `- In use: ${dateAndTime(opened.atMs)} to ${ended ? dateAndTime(ended.atMs) : "(NOT ENDED)"}`,
    ...actions.map(({ atMs, title, status }) => `  - ${dateAndTime(atMs)} ${inline(title)}: ${inline(status)}`),
    `- Reviewer: ${review ? inline(review.reviewer) : forHuman("name of the reviewer")}`,
    "- Procedure:",
    ...breakGlassProcedure(use).map(
      ({ text, doneAtMs, detail }, index) =>
        `  ${index + 1}. ${text}: ${doneAtMs === undefined ? "**open**" : dateAndTime(doneAtMs)}${detail ? ` (${inline(detail)})` : ""}`,
    ),
  ];
}

/** What break-glass still asks for, as action items. */
export function breakGlassItems(entries: readonly RecordEntry[]): string[] {
  return breakGlassUses(entries).flatMap((use) =>
    use.opened
      ? breakGlassProcedure(use)
          .filter(({ doneAtMs }) => doneAtMs === undefined)
          .map(({ text }) => `Break-glass: ${text}`)
      : [],
  );
}
