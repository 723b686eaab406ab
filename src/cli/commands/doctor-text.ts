import { displayWidth, fit, wrapWords } from "../../base/text.ts";
import type { DetectorResult, Finding, Severity } from "../../findings/contract.ts";
import { bySeverity } from "../../findings/find.ts";
import type { CheckResult, CheckStatus } from "../../readiness/check.ts";

/** How text is laid out: columns of the terminal, and whether colours may be used. */
export interface TextStyle {
  columns: number;
  colour: boolean;
}

const WORDS: Record<CheckStatus, string> = { pass: "ok", warn: "warn", fail: "FAIL", unknown: "?", skip: "-" };
const SEVERITY_WORDS: Record<Severity, string> = { high: "HIGH", medium: "medium", low: "low" };
/** SGR of the 16 colours; the words alone say the same. */
const SGR: Partial<Record<CheckStatus | Severity, string>> = {
  pass: "32",
  warn: "33",
  fail: "1;31",
  unknown: "33",
  high: "1;31",
  medium: "33",
};
const MARK_COLUMNS = 6;
const NAME_COLUMNS = 14;

function coloured(text: string, sgr: string | undefined, { colour }: TextStyle): string {
  return colour && sgr ? `\x1b[${sgr}m${text}\x1b[0m` : text;
}

/** A paragraph below an indent; the first line begins with `lead`, which is as wide as the indent. */
export function paragraph(
  lead: string,
  text: string,
  indent: number,
  { columns }: Pick<TextStyle, "columns">,
): string[] {
  const lines = wrapWords(text, Math.max(20, columns - indent));
  return lines.map((line, index) => `${index === 0 ? lead : " ".repeat(indent)}${line}`.trimEnd());
}

/** One check as it is printed when it is there. Ends with a line break. */
export function checkText({ check, status, detail, next }: CheckResult, style: TextStyle): string {
  const lead = `${coloured(fit(WORDS[status], MARK_COLUMNS), SGR[status], style)}${fit(check, NAME_COLUMNS)}`;
  const indent = MARK_COLUMNS + NAME_COLUMNS;
  const lines = paragraph(lead, detail, indent, style);
  if (next && status !== "pass") lines.push(...paragraph(`${" ".repeat(indent)}-> `, next, indent + 3, style));
  return `${lines.join("\n")}\n`;
}

/** Everything that detectors found and could not find out, what hurts most first. */
export function findingsText(results: readonly DetectorResult[], style: TextStyle): string {
  const findings = bySeverity(results.flatMap((result) => (result.status === "done" ? result.findings : [])));
  const unknown = results.flatMap((result) => (result.status === "unknown" ? [result] : []));
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const lines = [
    "",
    findings.length === 0
      ? "Where the runbook and this deployment disagree: nothing was found."
      : `Where the runbook and this deployment disagree: ${findings.length} findings (${count("high")} high, ${count("medium")} medium, ${count("low")} low)`,
    "",
  ];
  for (const finding of findings) lines.push(...findingLines(finding, style), "");
  for (const { question, failure } of unknown) {
    const why = failure.missingPermission ? `needs ${failure.missingPermission}` : `${failure.what}: ${failure.why}`;
    lines.push(...paragraph(fit("?", MARK_COLUMNS + 2), `Not known ${question}: ${why}`, MARK_COLUMNS + 2, style));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function findingLines({ severity, title, means, next, evidence, lines }: Finding, style: TextStyle): string[] {
  const indent = MARK_COLUMNS + 2;
  const lead = coloured(fit(SEVERITY_WORDS[severity], indent), SGR[severity], style);
  const under = (label: string, text: string) => {
    const from = indent + displayWidth(label);
    return paragraph(`${" ".repeat(indent)}${label}`, text, from, style);
  };
  return [
    ...paragraph(lead, title, indent, style),
    ...under("", means),
    ...under("-> ", next),
    ...evidence.flatMap((text) => under("seen: ", text)),
    // A line to paste must stay one line.
    ...lines.map((line) => `${" ".repeat(indent)}$ ${line}`),
  ];
}
