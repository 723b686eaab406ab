import type { Controller } from "./controller.ts";
import { questionDialog } from "./dialogs/question.ts";
import { openDialog } from "./ui.ts";

/** One question to the responder; exactly one of `answer` and `cancel` is called, once. */
export interface PromptRequest {
  /** What is asked: "Code of MFA device arn:aws:iam::111122223333:mfa/ada". Sanitised. */
  label: string;
  /** The answer is a secret: it is neither shown nor kept. */
  masked: boolean;
  answer(text: string): void;
  cancel(): void;
}

/** Where questions come from while the screen is open. */
export interface PromptSource {
  /** Calls `listener` for each question. Returns how to stop. */
  subscribe(listener: (request: PromptRequest) => void): () => void;
}

/** Opens a dialog for each question. Returns how to stop, which cancels the questions that are still open. */
export function answerPrompts(controller: Controller, prompts: PromptSource): () => void {
  const stop = prompts.subscribe((request) => openDialog(controller.ui, questionDialog(request)));
  return () => {
    stop();
    for (const dialog of controller.ui.getState().dialogs) dialog.dismissed?.();
  };
}
