import { formatClock } from "../../base/duration.ts";
import { paragraph, type Row, SPINNER, seg } from "../../panes/line.ts";
import type { Theme, Token } from "../../panes/theme.ts";
import type { RunView } from "../../state/store.ts";
import { pauseProblem, togglePauseRun } from "../pause-run.ts";
import { closeDialog, type Dialog, type DialogContext, scrollBy } from "./dialog.ts";

const STEP_TOKENS: Readonly<Record<RunView["steps"][number]["status"], Token>> = {
  waiting: "muted",
  running: "accent",
  done: "good",
  already: "good",
  failed: "bad",
  refused: "bad",
  partial: "warn",
  skipped: "warn",
  "in-doubt": "warn",
};

const RUN_TOKENS: Readonly<Record<RunView["status"], { token: Token; words: string }>> = {
  running: { token: "accent", words: "running" },
  done: { token: "good", words: "done" },
  unverified: { token: "warn", words: "applied, but NOT verified" },
  partial: { token: "warn", words: "PARTIAL: not every step was done" },
  failed: { token: "bad", words: "FAILED" },
  refused: { token: "bad", words: "REFUSED" },
  cancelled: { token: "warn", words: "CANCELLED" },
};

const PAUSED_WORDS = "PAUSED: no further call until it goes on";

/** How a run ended or stands, in words, with its meaning. */
export function runWords(run: RunView): { token: Token; words: string } {
  const { token, words } = RUN_TOKENS[run.status];
  return { token, words: run.status === "done" && run.verifies ? `${words} and verified` : words };
}

function mark(token: Token, { glyphs }: Theme): string {
  return { good: glyphs.good, warn: glyphs.warn, bad: glyphs.bad, muted: glyphs.separator }[token as string] ?? " ";
}

function stepRows(step: RunView["steps"][number], run: RunView, { width, theme }: DialogContext): Row[] {
  const isPaused = run.paused === true && step.status === "running" && step.pausable === true;
  const token = isPaused ? "warn" : STEP_TOKENS[step.status];
  // Nothing waits any more in a run that has ended.
  const isLeft = run.status !== "running" && step.status === "waiting";
  const word = isPaused ? "paused" : isLeft ? "not done" : step.status;
  const lead: Row = [
    step.status === "running" && !isPaused ? SPINNER : seg(mark(token, theme), token),
    seg(` ${word.padEnd(9)}`, token),
  ];
  return [
    ...paragraph(
      lead,
      step.title,
      width,
      step.status === "running" ? "strong" : step.status === "waiting" ? "muted" : "text",
    ),
    ...(step.detail ? paragraph([seg(" ".repeat(11))], step.detail, width, token === "good" ? "muted" : token) : []),
  ];
}

/** How it stands or ended: always in sight, however many steps there are. */
function endRows(run: RunView, context: DialogContext): Row[] {
  const { token, words } = run.paused ? { token: "warn" as const, words: PAUSED_WORDS } : runWords(run);
  const tookMs = (run.endedAtMs ?? context.nowMs) - run.startedAtMs;
  return [
    [],
    [seg(words, token), seg(`  ${formatClock(tookMs)}`, "muted")],
    ...undoRows(run, context),
    ...(run.message ? paragraph([], run.message, context.width, token === "good" ? "text" : token) : []),
  ];
}

/** The steps; with `follow`, that at which it is stays in sight, with how far it has come, until somebody scrolls. */
function stepsOf(
  run: RunView,
  context: DialogContext,
  follow: boolean,
): { rows: Row[]; keep?: { first: number; last: number } } {
  const rows: Row[] = [];
  let keep: { first: number; last: number } | undefined;
  for (const step of run.steps) {
    const own = stepRows(step, run, context);
    if (follow && step.status === "running") keep = { first: rows.length, last: rows.length + own.length - 1 };
    rows.push(...own);
  }
  return { rows, ...(keep ? { keep } : {}) };
}

/** How what was done is taken back, as soon as the record holds it open. */
function undoRows({ runId, status }: RunView, { state }: DialogContext): Row[] {
  if (status === "running" || !state.heldOpen.some((held) => held.runId === runId)) return [];
  return [[seg("It is held open: "), seg("Esc", "key"), seg(", then "), seg("z", "key"), seg(" undoes it.")]];
}

/** What can be done in it: an action that has ended is only read, and not every step can pause. */
export function runHints(run: RunView | null): Dialog["hints"] {
  if (run?.status !== "running")
    return [
      { command: "dialog.close", label: "close" },
      { command: "dialog.down", label: "scroll" },
    ];
  return [
    { command: "dialog.close", label: "put aside, it goes on" },
    { command: "interrupt", label: "stop after this step" },
    ...(pauseProblem(run) === undefined
      ? [{ command: "dialog.pause" as const, label: run.paused ? "go on" : "pause" }]
      : []),
  ];
}

/** The action that runs, or the last one that ran. Esc puts it aside; it goes on, and the footer keeps showing it. */
export function runDialog(): Dialog {
  return {
    kind: "run",
    title: "Action",
    tone: "normal",
    scroll: 0,
    hints: [],
    content(context) {
      const { run } = context.state;
      if (!run) return { head: [], rows: [[seg("No action has run yet.", "muted")]], foot: [] };
      return {
        head: [...paragraph([], run.title, context.width, "strong"), []],
        ...stepsOf(run, context, this.scroll === 0),
        foot: endRows(run, context),
      };
    },
    key(key, controller) {
      const command = controller.commandOf("dialog", key);
      if (command === "close" || command === "choose") {
        closeDialog(controller);
        return;
      }
      if (command === "pause") return togglePauseRun(controller);
      const top = controller.topDialog();
      if (top) scrollBy(top, command, controller);
    },
  };
}
