import { formatTime } from "../../base/duration.ts";
import { paragraph, type Row, seg } from "../../panes/line.ts";
import type { Dialog, DialogContext } from "./dialog.ts";
import { textDialog } from "./text.ts";

/** How the open steps of the procedure are done, in their order. */
const HOW = [
  "the second person runs mayday confirm on this host",
  "begin-break-glass (a) asks for key and MFA code",
  "end it with z",
  "c copies the draft below; break-glass-documented (a) once it is there",
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

function draftRows({ state, width }: DialogContext): Row[] {
  const lines = state.incident.breakGlass?.draft.split("\n") ?? [];
  return [[], [seg("For the incident channel", "accent")], ...lines.flatMap((line) => paragraph([], line, width))];
}

/** The runbook's six steps of break-glass with the time of each, and the draft for the incident channel, which `c` copies. */
export function breakGlassDialog(): Dialog {
  const rows = (context: DialogContext) => [...stepRows(context), ...draftRows(context)];
  const dialog = textDialog({ kind: "break-glass", title: "Break-glass", tone: "danger", rows });
  return {
    ...dialog,
    hints: [...dialog.hints, { command: "dialog.copy-lines", label: "copy the draft" }],
    key(key, controller) {
      const { breakGlass } = controller.incident.store.getState().incident;
      if (controller.commandOf("dialog", key) === "copy-lines" && breakGlass)
        controller.copy(breakGlass.draft, "the draft for the incident channel");
      else dialog.key(key, controller);
    },
  };
}
