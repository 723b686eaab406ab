import { formatCountdown } from "../base/duration.ts";
import { isOpen, type Threshold, thresholdStatus } from "../state/escalation.ts";
import type { Controller } from "./controller.ts";
import { closeDialog } from "./dialogs/dialog.ts";
import { listDialog } from "./dialogs/list.ts";
import { editorOf } from "./editor.ts";
import { say } from "./messages.ts";
import { type MessageKind, note, openMessage, recordAction } from "./messaging.ts";
import { openDialog } from "./ui.ts";

/** What is due, or the whole path when several things are or nothing is. */
export function openEscalation(controller: Controller): void {
  const { thresholds } = controller.incident.store.getState().communication;
  const nowMs = controller.moment().atMs;
  const open = thresholds.filter((threshold) => isOpen(threshold, nowMs));
  const [only] = open;
  if (only && open.length === 1) {
    answer(controller, only);
    return;
  }
  openDialog(
    controller.ui,
    listDialog({
      kind: "escalation",
      title: "Escalation path",
      items: [...thresholds]
        .sort((a, b) => a.dueAtMs - b.dueAtMs)
        .map((threshold) => ({
          id: threshold.id,
          label: `${threshold.level} ${threshold.role}`,
          hint: "",
          detail: detailOf(threshold, controller),
          disabledReason: threshold.answer?.kind === "done" ? "it is done" : undefined,
        })),
      hintAt: ({ id }, atMs) => {
        const threshold = controller.incident.store.getState().communication.thresholds.find((one) => one.id === id);
        return threshold ? standing(threshold, atMs) : "";
      },
      empty: "The record has no escalation path yet.",
      searchable: false,
      verb: "see the message",
      choose: (item) => {
        closeDialog(controller);
        const chosen = thresholds.find(({ id }) => id === item.id);
        if (chosen) answer(controller, chosen);
      },
    }),
  );
}

function standing(threshold: Threshold, nowMs: number): string {
  const status = thresholdStatus(threshold, nowMs);
  const awayMs = threshold.dueAtMs - nowMs;
  if (status === "waiting") return `in ${formatCountdown(awayMs)}`;
  if (status === "due" || status === "proposed") return `DUE ${formatCountdown(-awayMs)}`;
  if (status === "late") return `LATE ${formatCountdown(-awayMs)}`;
  return status === "not-needed" ? "not needed" : status;
}

/** What makes a level due, as the runbook says it: until then nothing of it has happened. */
const DUE_WHEN: Readonly<Record<Threshold["level"], string>> = {
  L1: "Due when nobody has acknowledged within 15 minutes.",
  L2: 'Due when it is not resolved within 1 hour, or at once on suspected data loss (: "data loss").',
  L3: 'Due when it is not resolved within 4 hours, or at once on a security incident or a data breach (: "data breach").',
};

function detailOf(threshold: Threshold, controller: Controller): string {
  const { level, why, dueAtMs, answer: given } = threshold;
  const isSo = controller.moment().atMs >= dueAtMs && given?.kind !== "done";
  const contact = controller.incident.store.getState().communication.contacts[level];
  const whom = contact ? `\nWhom: ${contact}` : "";
  const answered = given ? `\n${given.kind} by ${given.by}: ${given.detail}` : "";
  return `${isSo ? why : DUE_WHEN[level]}${whom}${answered}`;
}

/** The message of one threshold, with the ways to answer it. */
function answer(controller: Controller, threshold: Threshold): void {
  const { level, role } = threshold;
  const awayMs = threshold.dueAtMs - controller.moment().atMs;
  const why = awayMs > 0 ? `ahead of its time, which comes in ${formatCountdown(awayMs)}` : threshold.why;
  const contact = controller.incident.store.getState().communication.contacts[level];
  const about = [`${level} ${role}: ${why}`, ...(contact ? [`Whom: ${contact}`] : [])];
  const decline: Pick<MessageKind, "skipLabel" | "skip"> = {
    skipLabel: "declines",
    skip: () => askWhyNot(controller, level),
  };
  if (level === "L1") {
    openMessage(controller, {
      ...decline,
      actionId: "notify-on-call",
      parameters: {},
      about,
      byHand: {
        label: "acknowledges",
        run: () => note(controller, recordAction(controller, "acknowledge", {}), "Acknowledged."),
      },
    });
    return;
  }
  openMessage(controller, {
    ...decline,
    actionId: "escalate",
    parameters: { level },
    about,
    byHand: { label: "done by hand", run: () => askHow(controller, level) },
  });
}

function ask(controller: Controller, label: string, apply: (text: string) => void): void {
  controller.ui.setState({ prompt: { label, editor: editorOf(), apply } });
}

function askWhyNot(controller: Controller, level: Threshold["level"]): void {
  ask(controller, `why not ${level}:`, (reason) => {
    if (reason.trim() === "") return say(controller, "Not declined: it needs a reason.", "warn");
    note(controller, recordAction(controller, "decline-escalation", { level, reason }), `${level} declined.`);
  });
}

function askHow(controller: Controller, level: Threshold["level"]): void {
  ask(controller, `${level}: whom did you tell, and how:`, (how) => {
    if (how.trim() === "") return say(controller, "Not recorded: say whom you told.", "warn");
    note(controller, recordAction(controller, "escalation-done", { level, how }), `${level} is done.`);
  });
}
