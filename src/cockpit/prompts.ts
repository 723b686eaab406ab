import type { Question } from "../incident/question-screen.ts";
import type { Controller } from "./controller.ts";
import { questionDialog } from "./dialogs/question.ts";
import { openDialog } from "./ui.ts";

/** Where questions come from while the screen is open. */
export interface PromptSource {
  /** Calls `listener` for each question. Returns how to stop. */
  subscribe(listener: (request: Question) => void): () => void;
}

/** Opens a dialog for each question. Returns how to stop, which cancels the questions that are still open. */
export function answerPrompts(controller: Controller, sources: readonly PromptSource[]): () => void {
  const stops = sources.map((source) =>
    source.subscribe((question) => openDialog(controller.ui, questionDialog(question))),
  );
  return () => {
    for (const stop of stops) stop();
    for (const dialog of controller.ui.getState().dialogs) dialog.dismissed?.();
  };
}
