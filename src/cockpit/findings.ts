import { failureDetail } from "../base/failure.ts";
import type { AccountFinding, DetectorResult } from "../incident/contract.ts";
import { paragraph, type Row, seg } from "../panes/line.ts";
import type { Token } from "../panes/theme.ts";
import type { Controller } from "./controller.ts";
import type { Dialog, DialogContext, ListItem } from "./dialogs/dialog.ts";
import { listDialog } from "./dialogs/list.ts";
import { busyDialog, failureDialog, textDialog } from "./dialogs/text.ts";
import { openDialog } from "./ui.ts";

const TITLE = "Where the runbook and this deployment disagree";
const TOKENS: Record<AccountFinding["severity"], Token> = { high: "bad", medium: "warn", low: "muted" };

/** Reads the account for findings, showing that it does, and lists them: what hurts most first. */
export function openFindings(controller: Controller): void {
  const busy = busyDialog(TITLE, "Reading the account. Nothing is changed.", () => undefined);
  openDialog(controller.ui, busy);
  const show = (dialog: Dialog) => {
    const { dialogs } = controller.ui.getState();
    if (dialogs.includes(busy))
      controller.ui.setState({ dialogs: dialogs.map((open) => (open === busy ? dialog : open)) });
  };
  controller.incident.findings().then(
    (results) => show(findingsDialog(results)),
    (error: unknown) => show(failureDialog(failureDetail(error, "look for findings"))),
  );
}

function findingsDialog(results: readonly DetectorResult[]): Dialog {
  const rank = ["high", "medium", "low"];
  const findings = results
    .flatMap((result) => (result.status === "done" ? result.findings : []))
    .sort((a, b) => rank.indexOf(a.severity) - rank.indexOf(b.severity));
  const unknown = results.flatMap((result) => (result.status === "unknown" ? [result] : []));
  const items: ListItem[] = [
    ...findings.map(({ id, severity, title, means, next }) => ({
      id,
      label: title,
      hint: severity,
      detail: `${means}\n-> ${next}`,
    })),
    ...unknown.map(({ detector, question, failure }) => ({
      id: detector,
      label: `Not known ${question}`,
      hint: "unknown",
      detail: failure.missingPermission ? `Needs ${failure.missingPermission}.` : `${failure.what}: ${failure.why}`,
    })),
  ];
  return listDialog({
    kind: "findings",
    title: TITLE,
    items,
    empty: "Nothing was found.",
    searchable: false,
    verb: "evidence",
    choose(item, controller) {
      const finding = findings.find(({ id }) => id === item.id);
      if (finding) openDialog(controller.ui, findingDialog(finding));
    },
  });
}

/** One finding whole: what was seen, and the reads that show it. */
function findingDialog(finding: AccountFinding): Dialog {
  const { severity, title, means, next, evidence, lines } = finding;
  const rows = ({ width, theme }: DialogContext): Row[] => [
    ...paragraph([seg(`${severity}  `, TOKENS[severity])], title, width, "strong"),
    ...paragraph([], means, width),
    ...paragraph([seg(`${theme.glyphs.arrow} `, "accent")], next, width),
    [],
    [seg("Seen", "accent")],
    ...evidence.flatMap((text) => paragraph([seg(`${theme.glyphs.bullet} `, "muted")], text, width)),
    [],
    [seg("By", "accent")],
    ...lines.flatMap((line) => paragraph([], line, width, "muted")),
  ];
  return textDialog({ kind: "finding", title: "Finding", rows });
}
