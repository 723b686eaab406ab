import { formatTime } from "../../base/duration.ts";
import { paragraph, type Row, seg } from "../../panes/line.ts";
import type { Dialog, DialogContext } from "./dialog.ts";
import { textDialog } from "./text.ts";

/** How the open steps of the procedure are done, in their order. */
const HOW = [
  "the second person runs mayday confirm on this host",
  "begin-break-glass (a) asks for key and MFA code",
  "end it with z",
  "break-glass-documented (a), once they are there",
  "rotate-access-key (a)",
  "break-glass-review (a) names who reviews it",
];

function stepRows({ state, width, zone, theme }: DialogContext): Row[] {
  const { breakGlass } = state.incident;
  return (breakGlass?.steps ?? []).flatMap(({ text, doneAtMs, detail }, index) => [
    ...paragraph(
      [
        doneAtMs === undefined ? seg(`${theme.glyphs.warn} `, "warn") : seg(`${theme.glyphs.good} `, "good"),
        seg(`${index + 1}. `, "accent"),
      ],
      text,
      width,
      "strong",
    ),
    ...paragraph(
      [seg("     ")],
      doneAtMs === undefined ? `open: ${HOW[index] ?? ""}` : `done ${formatTime(doneAtMs, zone)}`,
      width,
      doneAtMs === undefined ? "warn" : "muted",
    ),
    ...(detail ? paragraph([seg("     ")], detail, width, "muted") : []),
  ]);
}

/** The runbook's six steps of break-glass with the time of each. */
export function breakGlassDialog(): Dialog {
  return textDialog({ kind: "break-glass", title: "Break-glass", tone: "danger", rows: stepRows });
}
