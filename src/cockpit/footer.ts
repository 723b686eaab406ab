import { truncate } from "../base/text.ts";
import { paint, type Row, rowWidth, type Segment, SPINNER, seg } from "../panes/line.ts";
import type { Theme, Token } from "../panes/theme.ts";
import type { RunView } from "../state/store.ts";
import { type Binding, contextsOf } from "./binding.ts";
import type { Dialog } from "./dialogs/dialog.ts";
import { runHints, runWords } from "./dialogs/run.ts";
import { editorRow } from "./editor.ts";
import { showKey } from "./keys.ts";
import { OPENED } from "./table-panes.ts";
import type { UiState } from "./ui.ts";

const MESSAGE_TOKENS: Readonly<Record<"info" | "warn" | "bad", Token>> = { info: "accent", warn: "warn", bad: "bad" };

function hint(binding: Binding | undefined, label: string): Segment[] {
  const key = binding?.keys[0];
  return key === undefined ? [] : [seg(showKey(key), "key"), seg(` ${label}`, "muted")];
}

/** As many hints as fit, in their order; room is kept for the one that must be there. */
function hintsRow(hints: Segment[][], width: number, needed: Segment[] = []): Row {
  const row: Segment[] = [];
  let kept = needed.length > 0 ? rowWidth(needed) + 2 : 0;
  for (const item of hints) {
    if (item.length === 0) continue;
    if (item === needed) kept = 0;
    const gap = row.length > 0 ? 2 : 0;
    if (rowWidth(row) + gap + rowWidth(item) + kept > width) continue;
    if (gap > 0) row.push(seg("  "));
    row.push(...item);
  }
  return row;
}

/** Columns of the reasons for a diagnosis that nobody has asked yet. */
const PROPOSAL_COLUMNS = 44;

/** What the cockpit proposes to diagnose stands first, until it is asked. */
function proposalHint(bindings: readonly Binding[], proposal: string | undefined): Segment[][] {
  const key = bindings.find(({ id }) => id === "diagnose")?.keys[0];
  if (proposal === undefined || key === undefined) return [];
  return [[seg(showKey(key), "key"), seg(` diagnose: ${truncate(proposal, PROPOSAL_COLUMNS)}`, "warn")]];
}

function paneHints(bindings: readonly Binding[], ui: UiState, proposal: string | undefined): Segment[][] {
  const contexts = contextsOf(ui.focus);
  const proposed = proposalHint(bindings, proposal);
  const hints = bindings
    .filter((binding) => binding.footer && contexts.includes(binding.context))
    .filter((binding) => binding.id !== "logs.next-match" || ui.logs.search !== "")
    .filter((binding) => binding.id !== "diagnose" || proposed.length === 0)
    .filter((binding) => binding.id !== "pane.open" || OPENED[ui.focus] !== undefined)
    .sort((a, b) => (a.footer?.order ?? 0) - (b.footer?.order ?? 0))
    .map((binding) => {
      const label =
        binding.id === "zoom" && ui.zoomed
          ? ""
          : binding.id === "pause" && ui.logs.paused
            ? "follow"
            : binding.id === "quit" && ui.zoomed
              ? "back"
              : (binding.footer?.label ?? "");
      return label === "" ? [] : hint(binding, label);
    });
  return [...proposed, ...hints];
}

/** A dialog's keys. How to leave it is always among them. */
function dialogRow(bindings: readonly Binding[], dialog: Dialog, run: RunView | null, width: number): Row {
  const all = dialog.kind === "run" ? runHints(run) : dialog.hints;
  const hints = all.map(({ command, label }) => ({
    command,
    row: hint(
      bindings.find((binding) => binding.id === command),
      label,
    ),
  }));
  const leave = hints.find(({ command }) => command === "dialog.close" || command === "input.close");
  return hintsRow(
    hints.map(({ row }) => row),
    width,
    leave?.row,
  );
}

const runLead = (run: RunView): Segment => (run.paused ? seg("PAUSED", "warn") : SPINNER);

function runMark(run: RunView): Row {
  const at = run.steps.findIndex((step) => step.status === "running");
  return [runLead(run), seg(` step ${at === -1 ? "-" : at + 1}/${run.steps.length}`, "strong")];
}

function runRow(run: RunView): Row {
  const at = run.steps.findIndex((step) => step.status === "running");
  const step = at === -1 ? runWords(run).words : `step ${at + 1}/${run.steps.length} ${run.steps[at]?.title ?? ""}`;
  return [runLead(run), seg(` ${run.title}: `, "strong"), seg(step), seg("  v", "key"), seg(" view", "muted")];
}

/** The last line: what is being typed, what was said, the action that runs, or the keys that work here. */
export function footerLine(
  ui: UiState,
  run: RunView | null,
  bindings: readonly Binding[],
  options: { width: number; monotonicMs: number; theme: Theme; proposal?: string },
): string {
  const { width, theme } = options;
  if (ui.prompt) {
    const label = ` ${ui.prompt.label} `;
    return paint(
      [seg(label, "accent"), ...editorRow(ui.prompt.editor, width - label.length - 1, true, theme)],
      width,
      theme,
    );
  }
  const dialog = ui.dialogs.at(-1);
  const { message } = ui;
  if (message && message.untilMonotonicMs > options.monotonicMs) {
    return paint([seg(" "), seg(message.text, MESSAGE_TOKENS[message.tone])], width, theme);
  }
  const keys = (room: number) =>
    dialog ? dialogRow(bindings, dialog, run, room) : hintsRow(paneHints(bindings, ui, options.proposal), room);
  if (run?.status === "running" && dialog?.kind !== "run") {
    // A dialog's keys are what is looked for; beside them it is enough that something runs.
    const shown = [seg(" "), ...(dialog ? runMark(run) : runRow(run))];
    return paint([...shown, seg("    "), ...keys(width - rowWidth(shown) - 4)], width, theme);
  }
  return paint([seg(" "), ...keys(width - 2)], width, theme);
}
