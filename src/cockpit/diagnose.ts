import { failureDetail } from "../base/failure.ts";
import type { DiagnosisResult, DiagnosisSummary, Fix, GivenAnswers, RankedVerdict } from "../incident/contract.ts";
import type { Controller } from "./controller.ts";
import {
  CONTAINED,
  DIAGNOSIS,
  type DiagnosisDialog,
  type DiagnosisSession,
  diagnosisDialog,
} from "./dialogs/diagnosis.ts";
import { CERTAINTY_WORDS, type DiagnosisView, shownVerdicts } from "./dialogs/diagnosis-rows.ts";
import { closeDialog, type Dialog } from "./dialogs/dialog.ts";
import { formDialog } from "./dialogs/form.ts";
import { listDialog } from "./dialogs/list.ts";
import { failureDialog } from "./dialogs/text.ts";
import { attempt, openUndoLedger, prepare } from "./flows.ts";
import { say } from "./messages.ts";
import { openDialog } from "./ui.ts";

/** Asks everything at once: one key, and the causes that are found come ranked. */
export function diagnoseEverything(controller: Controller): void {
  diagnose(controller, "everything");
}

/** All diagnoses, those that fit what is red first. */
export function openDiagnoses(controller: Controller): void {
  const items = controller.incident.diagnosis.list().map(({ id, title, description, checks, why }) => ({
    id,
    label: title,
    hint: why === undefined ? `${checks} checks` : `proposed: ${why}`,
    detail: `${description}\n${checks} checks, all at once; they only read.   mayday diagnose ${id}`,
  }));
  openDialog(
    controller.ui,
    listDialog({
      kind: "diagnoses",
      title: "Diagnose",
      items,
      empty: "There is nothing to diagnose in this deployment.",
      searchable: false,
      verb: "ask",
      choose: (item) => {
        closeDialog(controller);
        diagnose(controller, item.id);
      },
    }),
  );
}

/** Asks one diagnosis and shows each answer as it comes. Another one that is open gives way. */
export function diagnose(controller: Controller, id: string, given: GivenAnswers = {}): void {
  const { incident, ui } = controller;
  const summary = incident.diagnosis.list().find((candidate) => candidate.id === id);
  if (!summary) return;
  const reasons = incident.store.getState().proposals.map(({ title, why }) => `${why} (${title})`);
  const why = summary.why ?? (id === "everything" ? reasons.join("; ") : "");
  const abort = new AbortController();
  const again = (open: Controller, answers: GivenAnswers) => {
    abort.abort();
    close(open, session);
    diagnose(open, id, answers);
  };
  const session: DiagnosisSession = {
    view: { id, title: summary.title, why, total: summary.checks, checks: [], soFar: [], index: 0 },
    keys: {
      fix: offerFixes,
      pin,
      others: (open) => {
        abort.abort();
        close(open, session);
        openDiagnoses(open);
      },
      again: (open) => again(open, given),
      ...(summary.asks.length > 0 && {
        tell: (open: Controller) => ask(open, summary, given, (answers) => again(open, answers)),
      }),
      ...(summary.asks.some(({ name }) => name === "alert") && {
        paste: (text: string, open: Controller) => again(open, { ...given, alert: text }),
      }),
      closed: () => abort.abort(),
    },
  };
  openDialog(ui, diagnosisDialog(session));
  incident.diagnosis
    .run(
      id,
      (check, soFar) => {
        update(session, { checks: [...session.view.checks, check], soFar });
        redraw(controller, session);
      },
      abort.signal,
      given,
    )
    .then(
      (result) => {
        // Who is reading what is proven already stays where they are.
        const scroll = session.view.soFar.length > 0 ? undefined : 0;
        update(session, { checks: inOrder(result), result });
        redraw(controller, session, scroll);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        close(controller, session);
        openDialog(ui, failureDialog(failureDetail(error, `diagnose ${summary.title}`)));
      },
    );
}

/** Asks what only the responder knows; what was told before is there to be corrected. */
function ask(
  controller: Controller,
  { title, asks }: DiagnosisSummary,
  given: GivenAnswers,
  told: (answers: GivenAnswers) => void,
): void {
  const fields = asks.map(({ name, label, description }) => ({
    name,
    label,
    description,
    required: false,
    default: given[name] ?? "",
  }));
  const form = { title, description: "What you tell it is looked at with the rest; it is not recorded.", fields };
  openDialog(
    controller.ui,
    formDialog(form, (values, open) => {
      closeDialog(open);
      told(Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== "")));
    }),
  );
}

/** Takes in what is new; the verdict that is selected stays selected, wherever it comes to stand. */
function update(session: DiagnosisSession, change: Partial<DiagnosisView>): void {
  const selected = shownVerdicts(session.view)[session.view.index]?.id;
  const view = { ...session.view, ...change };
  const index = shownVerdicts(view).findIndex(({ id }) => id === selected);
  session.view = { ...view, index: Math.max(0, index) };
}

/** What found something first, then what could not be looked at, then the rest. */
function inOrder({ checks }: DiagnosisResult): DiagnosisResult["checks"] {
  const place = ({ status, findings }: DiagnosisResult["checks"][number]) => {
    if (findings.some(({ strength }) => strength === "proves")) return 0;
    if (findings.some(({ strength }) => strength === "supports")) return 1;
    return { unknown: 2, answered: 3, "not-applicable": 4 }[status];
  };
  return [...checks].sort((a, b) => place(a) - place(b));
}

const isOf = (session: DiagnosisSession) => (dialog: Dialog) =>
  dialog.kind === DIAGNOSIS && (dialog as DiagnosisDialog).session === session;

/** Draws the diagnosis again, wherever in the stack it is. @param scroll where to; left out: where it was. */
function redraw({ ui }: Controller, session: DiagnosisSession, scroll?: number): void {
  const { dialogs } = ui.getState();
  const own = isOf(session);
  if (!dialogs.some(own)) return;
  ui.setState({
    dialogs: dialogs.map((dialog) => (own(dialog) ? diagnosisDialog(session, scroll ?? dialog.scroll) : dialog)),
  });
}

function close({ ui }: Controller, session: DiagnosisSession): void {
  const own = isOf(session);
  ui.setState(({ dialogs }) => ({ dialogs: dialogs.filter((dialog) => !own(dialog)) }));
}

/** One plan is prepared at once; of several, and of texts to copy, one is chosen. */
function offerFixes(verdict: RankedVerdict, controller: Controller): void {
  const { fixes } = verdict;
  const [only] = fixes;
  if (verdict.id === CONTAINED) {
    openUndoLedger(controller);
    return;
  }
  if (!only) {
    say(controller, "There is no plan for this here.", "warn");
    return;
  }
  if (fixes.length === 1) {
    applyFix(only, controller);
    return;
  }
  openDialog(
    controller.ui,
    listDialog({
      kind: "fixes",
      title: `What can be done: ${verdict.title}`,
      items: fixes.map((fix, index) => ({ id: String(index), label: fix.title, ...whatEnterDoes(fix, controller) })),
      empty: "Nothing can be done about this from here.",
      searchable: false,
      verb: "prepare, or copy",
      choose: (item, open) => {
        const fix = fixes[Number(item.id)];
        if (fix) applyFix(fix, open);
      },
    }),
  );
}

function whatEnterDoes(fix: Fix, { incident }: Controller): { hint: string; detail: string } {
  if (fix.kind === "text") return { hint: "copy", detail: fix.text };
  const tier = incident.actions().find(({ id }) => id === fix.actionId)?.tier;
  return tier === "none"
    ? { hint: "at once", detail: "Enter carries it out at once: it changes nothing in AWS." }
    : { hint: "plan", detail: "Enter prepares the plan; nothing is changed before you confirm it." };
}

function applyFix(fix: Fix, controller: Controller): void {
  if (fix.kind === "text") controller.copy(fix.text, "the text");
  else prepare(controller, fix.title, () => controller.incident.prepare(fix.actionId, fix.parameters));
}

/** Reasons of a verdict that a note holds. */
const REASONS_PINNED = 2;

/** Writes the verdict with its first reasons to the timeline, as the responder's own note. */
function pin(verdict: RankedVerdict, controller: Controller): void {
  const reasons = verdict.id === "nothing-wrong" ? [] : verdict.for.slice(0, REASONS_PINNED).map(({ text }) => text);
  const text = `Verdict: ${verdict.title} (${CERTAINTY_WORDS[verdict.certainty]}). ${reasons.join(" ")}`.trim();
  const { incident } = controller;
  const note = incident.prepare("note", { text }).then((prepared) => incident.execute(prepared, {}));
  attempt(controller, "pin the verdict", note, "Pinned the verdict to the timeline.");
}
