import { formatAge, formatCountdown, formatTime } from "../../base/duration.ts";
import { cell, paragraph, type Row, seg } from "../../panes/line.ts";
import type { Token } from "../../panes/theme.ts";
import {
  type ObjectiveStatus,
  objectiveTimes,
  type RecoveryObjective,
  type RecoveryPath,
  slowPathToBegin,
} from "../../state/recovery-objectives.ts";
import type { Controller } from "../controller.ts";
import { openAction } from "../flows.ts";
import { say } from "../messages.ts";
import { openDialog, replaceTop } from "../ui.ts";
import { closeDialog, type Dialog, type DialogContext, type ListItem } from "./dialog.ts";
import { listDialog } from "./list.ts";

const WORDS: Readonly<Record<ObjectiveStatus, { words: string; token: Token }>> = {
  unaffected: { words: "not affected", token: "muted" },
  running: { words: "left", token: "text" },
  urgent: { words: "left, ESCALATE", token: "warn" },
  overdue: { words: "OVERDUE", token: "bad" },
  met: { words: "met", token: "good" },
  missed: { words: "MISSED", token: "bad" },
};

/** The runbook's table of recovery targets, with the clock of each affected component. Enter shows the ways to bring one back. */
export function objectivesDialog(index = 0): Dialog {
  const selectedOf = (objectives: readonly RecoveryObjective[]) => objectives[Math.min(index, objectives.length - 1)];
  return {
    kind: "objectives",
    title: "RTO/RPO: how long each component may take",
    tone: "normal",
    scroll: 0,
    hints: [
      { command: "dialog.down", label: "move" },
      { command: "dialog.choose", label: "ways to recover it" },
      { command: "dialog.close", label: "back" },
    ],
    content(context) {
      const { objectives } = context.state;
      const selected = selectedOf(objectives);
      return {
        head: [],
        list: {
          items: objectives.map((objective) => itemOf(objective, context.nowMs, longestLabel(objectives))),
          index: Math.min(index, Math.max(0, objectives.length - 1)),
        },
        rows: selected ? detailRows(selected, context) : [[seg("The record is still being read.", "muted")]],
        foot: [],
      };
    },
    key(key, controller) {
      const { objectives } = controller.incident.store.getState();
      const count = Math.max(1, objectives.length);
      const to = (next: number) => replaceTop(controller.ui, objectivesDialog((next + count) % count));
      const selected = selectedOf(objectives);
      switch (controller.commandOf("dialog", key)) {
        case "down":
          return to(index + 1);
        case "up":
          return to(index - 1);
        case "choose":
          return selected && openDialog(controller.ui, pathsDialog(selected, controller));
        case "close":
          return closeDialog(controller);
      }
    },
  };
}

function timeWords(objective: RecoveryObjective, nowMs: number): { words: string; token: Token } {
  const { status, leftMs } = objectiveTimes(objective, nowMs);
  const { words, token } = WORDS[status];
  if (status === "running" || status === "urgent") return { words: `${formatCountdown(leftMs)} ${words}`, token };
  if (status === "overdue") return { words: `${words} ${formatCountdown(-leftMs)}`, token };
  const { affected, recovered } = objective;
  if (affected && recovered) return { words: `${words}: ${formatCountdown(recovered.atMs - affected.startMs)}`, token };
  return { words, token };
}

const longestLabel = (objectives: readonly RecoveryObjective[]) =>
  Math.max(0, ...objectives.map(({ label }) => label.length));

/** @param column columns of the labels, so that the targets stand below each other. */
function itemOf(objective: RecoveryObjective, nowMs: number, column: number): ListItem {
  const { component, label, rto } = objective;
  return {
    id: component,
    label: `${label.padEnd(column)}  RTO ${rto}`,
    hint: timeWords(objective, nowMs).words,
    detail: "",
  };
}

function detailRows(objective: RecoveryObjective, { width, theme, nowMs, zone }: DialogContext): Row[] {
  const { affected, recovered, partly, rpo, realRpo, strategy } = objective;
  const line = (name: string, text: string, token?: Token) =>
    paragraph([cell(name, 12, theme, "muted")], text, width, token);
  const times = objectiveTimes(objective, nowMs);
  const at = (atMs: number) => formatTime(atMs, zone);
  const slow = slowPathToBegin(objective, nowMs);
  const clock = affected
    ? [
        ...line("affected", affected.why),
        ...line("clock", `runs from ${at(affected.startMs)} (${affected.basis}), ends at ${at(times.deadlineMs)}`),
      ]
    : line("affected", "no; if it is: Esc, then b says so");
  const escalation =
    affected && !recovered && times.slowest
      ? line(
          "escalate by",
          `${at(times.escalateByMs)}: "${times.slowest.title}" takes at least ${formatAge(times.slowest.minimumMs)}`,
          times.status === "running" ? undefined : "warn",
        )
      : [];
  const suggestion = slow
    ? line(
        "begin now",
        `"${slow.title}": at least ${formatAge(slow.minimumMs)}, in parallel with the faster ways`,
        "warn",
      )
    : [];
  return [
    [],
    ...clock,
    ...(recovered ? line("back", `at ${at(recovered.atMs)}: ${recovered.how}`, WORDS[times.status].token) : []),
    ...(partly
      ? [
          ...line("back so far", `${partly.back.join(", ")}; the last at ${at(partly.atMs)}`, "good"),
          ...line("still out", partly.still, "warn"),
        ]
      : []),
    ...escalation,
    ...suggestion,
    ...line("RPO", rpo),
    ...line("really", realRpo),
    ...line("strategy", strategy),
  ];
}

const PATH_WORDS: Readonly<Record<RecoveryPath["status"], string>> = {
  open: "",
  running: "running",
  done: "done",
  failed: "FAILED",
};

/** The ways to bring a component back: choosing one prepares its plan, or says how it is done by hand. */
function pathsDialog({ label, paths }: RecoveryObjective, controller: Controller): Dialog {
  const known = new Set(controller.incident.actions().map(({ id }) => id));
  const actionOf = ({ actionIds }: RecoveryPath) => actionIds.find((id) => known.has(id));
  return listDialog({
    kind: "recovery-paths",
    title: `Recover: ${label}`,
    items: paths.map((path) => ({
      id: path.id,
      label: path.title,
      hint: [PATH_WORDS[path.status], `at least ${formatAge(path.minimumMs)}`].filter(Boolean).join(", "),
      detail: `${path.basis}\n${actionOf(path) ? `Enter prepares ${actionOf(path)}` : `By hand: ${path.byHand}`}`,
    })),
    empty: "No way is known.",
    searchable: false,
    verb: "prepare it",
    choose: (item) => {
      const path = paths.find(({ id }) => id === item.id);
      const action = path && actionOf(path);
      if (!action) {
        say(controller, `Done by hand: ${path?.byHand ?? ""}`, "warn");
        return;
      }
      closeDialog(controller);
      closeDialog(controller);
      openAction(controller, action, path?.parameters);
    },
  });
}
