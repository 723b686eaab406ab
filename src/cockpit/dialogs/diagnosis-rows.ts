import { truncate } from "../../base/text.ts";
import type { CheckResult, DiagnosisResult, Finding, RankedVerdict } from "../../incident/contract.ts";
import { paragraph, type Row, rowWidth, SPINNER, seg } from "../../panes/line.ts";
import type { Theme, Token } from "../../panes/theme.ts";
import type { DialogContext } from "./dialog.ts";

/** A diagnosis as it is shown: what has been answered so far, and what came of it. */
export interface DiagnosisView {
  id: string;
  title: string;
  /** Why it was proposed; empty when it was not. */
  why: string;
  /** Checks that are asked. */
  total: number;
  /** In the order in which the answers came. */
  checks: CheckResult[];
  /** Causes that are proven while other checks are still open. */
  soFar: RankedVerdict[];
  result?: DiagnosisResult;
  /** The selected verdict. */
  index: number;
}

export const CERTAINTY_WORDS: Readonly<Record<RankedVerdict["certainty"], string>> = {
  proven: "proven",
  likely: "likely",
  possible: "only a hint",
};

/** What can be chosen: the verdicts that hold, then the hints; before everything is answered, what is proven already. */
export function shownVerdicts({ result, soFar }: DiagnosisView): RankedVerdict[] {
  return result ? [...result.verdicts, ...result.possible] : soFar;
}

/** Above everything: how far it is, or what it says. */
export function headRows(view: DiagnosisView, { width }: DialogContext): Row[] {
  const { result, why, checks, total } = view;
  const proposed = why === "" ? [] : paragraph([seg("proposed because: ", "muted")], why, width, "warn");
  if (!result) {
    return [
      ...proposed,
      [SPINNER, seg(` ${checks.length} of ${total} checks answered; nothing is changed`, "strong")],
      [],
    ];
  }
  const { conclusion, verdicts } = result;
  const took = `${checks.length} checks in ${(result.tookMs / 1000).toFixed(1)} s`;
  const causes = verdicts.length === 1 ? "1 verdict" : `${verdicts.length} verdicts`;
  const told: Record<DiagnosisResult["conclusion"], { text: string; token: Token }> = {
    causes: { text: `${causes} from ${took}`, token: "bad" },
    "nothing-wrong": { text: `Nothing wrong, by ${took}`, token: "good" },
    inconclusive: { text: `Nothing found, but not everything was readable (${took})`, token: "warn" },
  };
  return [[seg(told[conclusion].text, told[conclusion].token)], []];
}

/** Below the verdicts: why the selected one, what speaks against it, what can be done; then every check with its evidence. */
export function bodyRows(view: DiagnosisView, context: DialogContext): Row[] {
  const verdict = shownVerdicts(view)[view.index];
  const { unknown = [] } = view.result ?? {};
  const told = view.checks.filter(({ answersTold }) => answersTold).flatMap(({ findings }) => findings);
  return [
    ...(verdict ? bestFixRows(verdict, context) : []),
    ...listOf(
      "What you told it",
      told.map(({ text }) => text),
      context,
    ),
    ...(verdict ? verdictRows(verdict, context) : []),
    ...(verdict && unknown.length > 0 && verdict.unknown.join() === unknown.join()
      ? []
      : listOf("Could not be looked at", unknown, context, "warn")),
    ...(verdict || view.result ? heading(view.result ? "All checks" : "Checks so far") : []),
    ...view.checks.flatMap((check) => checkRows(check, context)),
  ];
}

const fixTitles = ({ fixes }: RankedVerdict) =>
  fixes.map(({ title, kind }) => (kind === "text" ? `${title} (text to copy)` : title));

/** What Enter leads to, below the verdict: it is seen without a scroll, however many reasons there are. */
function bestFixRows(verdict: RankedVerdict, { width }: DialogContext): Row[] {
  const [best, ...others] = fixTitles(verdict);
  if (best === undefined) return [];
  const more = others.length > 0 ? `, or ${others.length} more` : "";
  return paragraph([seg("  Enter: ", "key")], `${best}${more}`, width);
}

function verdictRows(verdict: RankedVerdict, context: DialogContext): Row[] {
  const { width } = context;
  const texts = (findings: readonly Finding[]) => findings.map(({ text }) => text);
  // "Nothing wrong" is what every check says together: they follow below.
  const reasons = verdict.id === "nothing-wrong" ? [] : texts(verdict.for);
  const fixes = fixTitles(verdict);
  return [
    [],
    ...paragraph([], verdict.meaning, width, "muted"),
    ...listOf("What speaks for it", reasons, context),
    ...listOf("What speaks against it", texts(verdict.against), context, "warn"),
    ...listOf("Worth knowing", texts(verdict.information), context, "muted"),
    ...listOf("Follows from it, no cause of its own", verdict.consequences, context, "muted"),
    ...listOf("Could not be looked at", verdict.unknown, context, "warn"),
    ...listOf("What can be done (Enter)", fixes.length > 1 ? fixes : [], context),
  ];
}

function heading(text: string): Row[] {
  return [[], [seg(text, "accent")]];
}

function listOf(title: string, texts: readonly string[], { width, theme }: DialogContext, token?: Token): Row[] {
  if (texts.length === 0) return [];
  const lead = [seg(`  ${theme.glyphs.bullet} `, token)];
  return [...heading(title), ...texts.flatMap((text) => paragraph(lead, text, width, token))];
}

/** One check: its mark, its title, and what it found by which call. */
function checkRows(check: CheckResult, context: DialogContext): Row[] {
  const { width, theme } = context;
  const { token, word } = statusOf(check);
  const lead = [seg(`${markOf(token, theme)} `, token), seg(check.title)];
  const said = check.status === "answered" ? check.findings.map(({ text }) => text) : check.reasons;
  const inOneLine = [...lead, seg(`: ${word}`, "muted")];
  if (said.length === 0 && rowWidth(inOneLine) <= width) return [inOneLine];
  const text = said.length === 0 ? [word] : check.status === "answered" ? said : [`${word}: ${said.join("; ")}`];
  const shade = token === "good" ? "muted" : token;
  return [lead, ...text.flatMap((line) => paragraph([seg("    ")], line, width, shade)), ...callRows(check, width)];
}

/** The first call behind a check, as far as it fits, and how many more there are. */
function callRows({ lines: [first, ...others], status }: CheckResult, width: number): Row[] {
  if (first === undefined || status === "not-applicable") return [];
  const more = others.length > 0 ? `  and ${others.length} more` : "";
  return [[seg(`    $ ${truncate(first, width - 6 - more.length)}${more}`, "muted")]];
}

function statusOf({ status, findings }: CheckResult): { token: Token; word: string } {
  if (status === "unknown") return { token: "warn", word: "unknown" };
  if (status === "not-applicable") return { token: "muted", word: "does not apply" };
  const strong = findings.some(({ strength }) => strength === "proves");
  if (strong) return { token: "bad", word: "" };
  const weak = findings.some(({ strength }) => strength === "supports");
  return weak ? { token: "warn", word: "" } : { token: "good", word: "nothing found" };
}

function markOf(token: Token, { glyphs }: Theme): string {
  return { good: glyphs.good, warn: glyphs.warn, bad: glyphs.bad, muted: glyphs.separator }[token as string] ?? " ";
}
