import { formatTime, type TimeZone } from "../base/duration.ts";
import { failureDetail } from "../base/failure.ts";
import type { ActionSummary, Confirmation, PreparedAction } from "../incident/contract.ts";
import { isMessagePlan } from "../incident/message-desk.ts";
import type { HeldOpen } from "../state/store.ts";
import type { Controller } from "./controller.ts";
import { closeDialog, type Dialog, type ListItem } from "./dialogs/dialog.ts";
import { formDialog } from "./dialogs/form.ts";
import { showHumanStep } from "./dialogs/human.ts";
import { listDialog } from "./dialogs/list.ts";
import { planDialog } from "./dialogs/plan.ts";
import { runDialog } from "./dialogs/run.ts";
import { busyDialog, failureDialog } from "./dialogs/text.ts";
import { openEscalation } from "./escalation.ts";
import { say } from "./messages.ts";
import { openMessage, PLAIN_MESSAGES } from "./messaging.ts";
import { openDialog, replaceTop } from "./ui.ts";

const TIER_WORDS: Readonly<Record<ActionSummary["tier"], string>> = {
  none: "",
  yes: "asks y",
  name: "asks the name",
  "name-and-account": "asks name and account",
};

/** All runbook actions, those that cannot run now with the reason. */
export function openActions(controller: Controller): void {
  const actions = controller.incident.actions();
  openDialog(
    controller.ui,
    listDialog({
      kind: "actions",
      title: "Actions",
      items: actions.map((action) => ({
        id: action.id,
        label: action.title,
        hint: TIER_WORDS[action.tier],
        detail: `${action.description}\nRunbook: ${action.runbook}   mayday run ${action.id}`,
        disabledReason: action.disabledReason,
      })),
      empty: "No action of this deployment has these letters.",
      searchable: true,
      verb: "prepare the plan",
      choose: (item) => {
        closeDialog(controller);
        openAction(controller, item.id);
      },
    }),
  );
}

/** Asks for the parameters of an action, if it has any, and prepares its plan. @param known values that stand in the form already. */
export function openAction(controller: Controller, actionId: string, known: Record<string, string> = {}): void {
  const action = controller.incident.actions().find((candidate) => candidate.id === actionId);
  if (!action) {
    say(controller, `There is no action "${actionId}" for this deployment.`, "warn");
    return;
  }
  const message = PLAIN_MESSAGES[actionId];
  // A text that cannot be sent now can still be copied.
  if (message) {
    openMessage(controller, message);
    return;
  }
  if (actionId === "escalate") {
    openEscalation(controller);
    return;
  }
  if (action.disabledReason) {
    say(controller, `${action.title}: ${action.disabledReason}`, "warn");
    return;
  }
  const go = (values: Record<string, string>) =>
    prepare(controller, action.title, () => controller.incident.prepare(action.id, values));
  if (action.fields.length === 0) {
    go({});
    return;
  }
  openDialog(
    controller.ui,
    formDialog({ ...action, fields: action.fields.map((field) => withDefault(field, known[field.name])) }, (values) => {
      // The form stays below: a plan that cannot be made brings the typed text back.
      go(values);
    }),
  );
}

const withDefault = <Field extends { default?: string }>(field: Field, value: string | undefined): Field =>
  value === undefined ? field : { ...field, default: value };

/** What the ledger says of an item beside its name. */
function ledgerItem({ runId, title, badge, guard, message, by, sinceMs }: HeldOpen, zone: TimeZone): ListItem {
  const words = { holding: "holds", broken: "BROKEN", unknown: "not known", none: "not watched" }[guard];
  const since = `Since ${formatTime(sinceMs, zone)}. `;
  const undo = "Enter prepares the plan that undoes it; nothing is changed before you confirm that plan.";
  const again = "r sets it again, Enter undoes it; each shows its plan first.";
  return {
    id: runId,
    label: title,
    hint: badge === "" ? "" : `${badge} ${words}`,
    detail:
      guard === "broken"
        ? `${since}${message ?? ""}${by ? `, by ${by}` : ""}\n${again}`
        : `${since}${message ? `${message}\n` : ""}${undo}`,
  };
}

/** What is held open, oldest first; choosing one prepares the plan that undoes it, and what is broken can be set again. */
export function openUndoLedger(controller: Controller): void {
  const { heldOpen } = controller.incident.store.getState();
  const { zone } = controller.ui.getState();
  openDialog(
    controller.ui,
    listDialog({
      kind: "undo",
      title: "Held open: what was done and is not undone",
      items: heldOpen.map((held) => ledgerItem(held, zone)),
      empty: "Nothing is held open: there is nothing to undo.",
      searchable: false,
      verb: "prepare the undo",
      ...(heldOpen.some(({ guard }) => guard === "broken")
        ? { moreHints: [{ command: "dialog.again", label: "set again" }] }
        : {}),
      choose: (item) => {
        closeDialog(controller);
        prepare(controller, `Undo: ${item.label}`, () => controller.incident.prepareUndo(item.id));
      },
      extra(key, item) {
        if (controller.commandOf("dialog", key) !== "again" || !item) return false;
        setAgain(controller, item);
        return true;
      },
    }),
  );
}

/** Prepares the plan that sets a broken containment again; one that holds needs none. */
function setAgain(controller: Controller, { id, label }: ListItem): void {
  const held = controller.incident.store.getState().heldOpen.find(({ runId }) => runId === id);
  if (held?.guard !== "broken") {
    say(controller, `${label}: ${held?.guard === "holding" ? "it holds" : "it is not known to be broken"}.`, "warn");
    return;
  }
  closeDialog(controller);
  prepare(controller, label, () => controller.incident.prepareAgain(id));
}

/** Reads what the plan needs, showing that it does, and then shows the plan; or runs it when it needs no confirmation. */
export function prepare(controller: Controller, title: string, read: () => Promise<PreparedAction>): void {
  const busy = busyDialog(title, "Reading the live state to make the plan. Nothing is changed.", () =>
    say(controller, "Not prepared, nothing was changed."),
  );
  openDialog(controller.ui, busy);
  const isStillWanted = () => controller.ui.getState().dialogs.includes(busy);
  read().then(
    (prepared) => {
      if (!isStillWanted()) return;
      if (prepared.plan.tier === "none" && !prepared.refusedReason) {
        closeAll(controller);
        // What only reads asks for nothing, but takes its time: it is shown.
        const isLong = prepared.plan.steps.some(({ kind }) => kind !== "record");
        return execute(controller, prepared, {}, isLong);
      }
      swap(
        controller,
        busy,
        planDialog(prepared, (confirmation, chosen) => {
          closeAll(controller);
          execute(controller, chosen, confirmation, !isMessagePlan(chosen.plan));
        }),
      );
    },
    (error: unknown) => {
      if (isStillWanted()) swap(controller, busy, failureDialog(failureDetail(error, title)));
    },
  );
}

function swap(controller: Controller, from: Dialog, to: Dialog): void {
  const { dialogs } = controller.ui.getState();
  controller.ui.setState({ dialogs: dialogs.map((dialog) => (dialog === from ? to : dialog)) });
}

/** Closes what led to the plan. A question that somebody waits for stays. */
function closeAll(controller: Controller): void {
  controller.ui.setState(({ dialogs }) => ({ dialogs: dialogs.filter((dialog) => dialog.dismissed) }));
}

/** Runs a confirmed plan without holding up the screen; its progress is in the store. */
function execute(controller: Controller, prepared: PreparedAction, confirmation: Confirmation, show: boolean): void {
  if (show) openDialog(controller.ui, runDialog());
  controller.incident.execute(prepared, confirmation).then(
    (result) => {
      const tone =
        result.status === "done"
          ? "info"
          : result.status === "unverified" || result.status === "partial"
            ? "warn"
            : "bad";
      const why = result.failure ? `: ${result.failure.why}` : "";
      say(controller, `${prepared.plan.title}: ${result.status}${why}`, tone);
      if (!show && result.failure && !isMessagePlan(prepared.plan))
        openDialog(controller.ui, failureDialog(result.failure));
    },
    (error: unknown) => openDialog(controller.ui, failureDialog(failureDetail(error, prepared.plan.title))),
  );
}

/** Shows the action that runs, or the last one. */
export function showRun(controller: Controller): void {
  const open = controller.ui.getState().dialogs.some((dialog) => dialog.kind === "run");
  if (!open) openDialog(controller.ui, runDialog());
  showHumanStep(controller);
}

/** Something that was asked of the incident and answers later: a failure is shown, never swallowed. */
export function attempt(controller: Controller, what: string, work: Promise<unknown>, done: string): void {
  work.then(
    () => say(controller, done),
    (error: unknown) => openDialog(controller.ui, failureDialog(failureDetail(error, what))),
  );
}

/** Replaces the innermost dialog by a failure. */
export function failTop(controller: Controller, error: unknown, what: string): void {
  replaceTop(controller.ui, failureDialog(failureDetail(error, what)));
}
