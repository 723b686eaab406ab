import type { RankedVerdict } from "../../incident/contract.ts";
import type { Controller } from "../controller.ts";
import { say } from "../messages.ts";
import { replaceTop } from "../ui.ts";
import { bodyRows, CERTAINTY_WORDS, type DiagnosisView, headRows, shownVerdicts } from "./diagnosis-rows.ts";
import { closeDialog, type Dialog, scrollBy } from "./dialog.ts";

export const DIAGNOSIS = "diagnosis";

/** What can be done with a diagnosis beside reading it. */
export interface DiagnosisKeys {
  fix(verdict: RankedVerdict, controller: Controller): void;
  pin(verdict: RankedVerdict, controller: Controller): void;
  others(controller: Controller): void;
  again(controller: Controller): void;
  /** Set where the diagnosis can be told something. */
  tell?(controller: Controller): void;
  /** Set where pasted text says something to it. */
  paste?(text: string, controller: Controller): void;
  /** It was put away: nobody waits for the rest of the answers. */
  closed(): void;
}

/** An open diagnosis. Its view is asked at every drawing, so that answers come into whatever is shown of it. */
/** The verdict whose fix is to undo what this incident did. */
export const CONTAINED = "contained-by-us";

export interface DiagnosisSession {
  view: DiagnosisView;
  keys: DiagnosisKeys;
}

export interface DiagnosisDialog extends Dialog {
  session: DiagnosisSession;
}

/** Each check as it is answered; then the verdicts, with the reasons for and against the selected one. It only reads. */
export function diagnosisDialog(session: DiagnosisSession, scroll = 0): DiagnosisDialog {
  const { keys } = session;
  const shown = shownVerdicts(session.view);
  const done = shown.length > 0 || session.view.result !== undefined;
  const chosen = shown[session.view.index];
  const leads = chosen?.id === CONTAINED ? "undo" : chosen && chosen.fixes.length > 0 ? "fix" : undefined;
  return {
    kind: DIAGNOSIS,
    session,
    ...(keys.paste && { paste: keys.paste }),
    title: `Diagnosis: ${session.view.title}`,
    tone: "normal",
    scroll,
    hints: [
      ...(done
        ? [
            ...(leads ? [{ command: "dialog.choose", label: leads }] : []),
            { command: "dialog.confirm", label: "copy lines" },
            { command: "dialog.pin", label: "pin" },
            { command: "dialog.again", label: "again" },
          ]
        : []),
      ...(keys.tell ? [{ command: "dialog.tell", label: "tell" }] : []),
      { command: "dialog.others", label: "others" },
      { command: "dialog.page-down", label: "more" },
      { command: "dialog.close", label: session.view.result ? "back" : "stop" },
    ],
    content(context) {
      const { view } = session;
      const verdicts = shownVerdicts(view);
      const items = verdicts.map(({ id, title, certainty }) => ({
        id,
        label: title,
        hint: id === "nothing-wrong" || id === CONTAINED ? "" : CERTAINTY_WORDS[certainty],
        detail: "",
      }));
      return {
        head: headRows(view, context),
        ...(items.length > 0 ? { list: { items, index: view.index } } : {}),
        rows: bodyRows(view, context),
        foot: [],
      };
    },
    key(key, controller) {
      const command = controller.commandOf("dialog", key);
      const verdicts = shownVerdicts(session.view);
      const verdict = verdicts[session.view.index];
      switch (command) {
        case "close":
          closeDialog(controller);
          keys.closed();
          return;
        case "others":
          return keys.others(controller);
        case "again":
          return keys.again(controller);
        case "tell":
          return keys.tell?.(controller);
        case "choose":
          return verdict ? keys.fix(verdict, controller) : nothingYet(controller);
        case "pin":
          return verdict ? keys.pin(verdict, controller) : nothingYet(controller);
        case "confirm":
        case "copy-lines":
          return verdict ? copyLines(verdict, controller) : nothingYet(controller);
        case "up":
        case "down": {
          if (verdicts.length < 2) break;
          const step = command === "down" ? 1 : verdicts.length - 1;
          const index = (session.view.index + step) % verdicts.length;
          session.view = { ...session.view, index };
          return replaceTop(controller.ui, diagnosisDialog(session));
        }
      }
      const top = controller.topDialog();
      if (top) scrollBy(top, command, controller);
    },
  };

  function nothingYet(controller: Controller): void {
    const { result } = session.view;
    say(controller, result ? "There is no verdict to act on." : "The verdict is not there yet.", "warn");
  }
}

function copyLines(verdict: RankedVerdict, controller: Controller): void {
  const lines = [...new Set([...verdict.for, ...verdict.against].flatMap((finding) => finding.lines ?? []))];
  if (lines.length === 0) say(controller, "No call to AWS stands behind this verdict.", "warn");
  else controller.copy(lines.join("\n"), `the ${lines.length} aws lines behind the verdict`);
}
