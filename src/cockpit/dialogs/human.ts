import { sanitizeLine } from "../../base/text.ts";
import { paragraph, seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { openDialog } from "../ui.ts";
import { closeDialog, type Dialog, scrollBy } from "./dialog.ts";

/** A step that the responder does. `y` says that it is done, `n` that it cannot be; Esc only puts the question aside. */
function humanDialog(id: string, instruction: string): Dialog {
  const answer = (controller: Controller, isDone: boolean) => {
    closeDialog(controller);
    controller.incident.answerHuman(id, isDone);
  };
  const lines = instruction.split("\n").map((line) => sanitizeLine(line));
  return {
    kind: "human",
    title: "Your step",
    tone: "normal",
    scroll: 0,
    hints: [
      { command: "dialog.confirm", label: "it is done" },
      { command: "dialog.decline", label: "it cannot be done" },
      { command: "dialog.copy-lines", label: "copy" },
      { command: "dialog.close", label: "later (v brings it back)" },
    ],
    content: ({ width }) => ({
      head: [...paragraph([], "The plan goes on when you have done this yourself:", width, "muted"), []],
      rows: lines.flatMap((line) => (line === "" ? [[]] : paragraph([], line, width))),
      foot: [[], [seg("y", "key"), seg(" it is done   "), seg("n", "key"), seg(" it cannot be done: the plan stops")]],
    }),
    key(key, controller) {
      const command = controller.commandOf("dialog", key);
      if (command === "confirm") answer(controller, true);
      else if (command === "decline") answer(controller, false);
      else if (command === "copy-lines") controller.copy(instruction, "the instruction");
      else if (command === "close") closeDialog(controller);
      else {
        const top = controller.topDialog();
        if (top) scrollBy(top, command, controller);
      }
    },
  };
}

/** Opens the dialog of the step that waits for the responder, if one does and it is not open yet. */
export function showHumanStep(controller: Controller): void {
  const { human } = controller.incident.store.getState();
  const isOpen = controller.ui.getState().dialogs.some((dialog) => dialog.kind === "human");
  if (human && !isOpen) openDialog(controller.ui, humanDialog(human.id, human.instruction));
}

/** Shows steps as they come up, and takes one away that nobody waits for any more. Returns how to stop. */
export function followHumanSteps(controller: Controller): () => void {
  showHumanStep(controller);
  return controller.incident.store.subscribe((state, before) => {
    if (state.human === before.human) return;
    controller.ui.setState(({ dialogs }) => ({ dialogs: dialogs.filter((dialog) => dialog.kind !== "human") }));
    showHumanStep(controller);
  });
}
