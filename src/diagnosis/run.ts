import { failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { AnyCheck, CheckResult, Finding, Scope } from "./check.ts";
import type { DiagnosisContext, Fact } from "./fact.ts";
import { FactDesk } from "./fact-desk.ts";
import { type Ranking, rank } from "./ranking.ts";
import type { RankedVerdict, VerdictDefinition } from "./verdict.ts";

/** A finished diagnosis. Times in domain ms, `tookMs` in machine ms. */
export interface DiagnosisResult extends Ranking {
  id: string;
  title: string;
  startedAtMs: number;
  tookMs: number;
  /** In the order in which they were registered. */
  checks: CheckResult[];
}

/** Gets each answer as it comes, with the causes that are proven by then: no check that is still open can make them symptoms. */
export type OnCheck = (result: CheckResult, soFar: RankedVerdict[]) => void;

/**
 * Asks the checks all at once, hands each answer out as it comes, and ranks what they found. Rejects only when it is cancelled, or with
 * a bug of ours: what AWS refuses makes facts unknown.
 */
export async function runDiagnosis(
  diagnosis: { id: string; title: string },
  checks: readonly AnyCheck[],
  verdicts: readonly VerdictDefinition[],
  context: DiagnosisContext,
  onCheck: OnCheck = () => undefined,
): Promise<DiagnosisResult> {
  const { clock, window, deployment, held, given = {} } = context;
  const startedAtMs = clock.now();
  const started = clock.monotonic();
  const scope: Scope = { nowMs: startedAtMs, window, deployment, held, given };
  const desk = new FactDesk(context);
  const answered: CheckResult[] = [];
  const results = await Promise.all(
    checks.map(async (check) => {
      const result = { ...(await ask(check, desk, scope)), tookMs: clock.monotonic() - started };
      answered.push(result);
      onCheck(result, provenCauses(answered, verdicts, scope));
      return result;
    }),
  );
  const ranking = rank(results, verdicts, scope);
  return { ...diagnosis, startedAtMs, tookMs: clock.monotonic() - started, checks: results, ...ranking };
}

function provenCauses(
  answered: readonly CheckResult[],
  verdicts: readonly VerdictDefinition[],
  scope: Scope,
): RankedVerdict[] {
  const { conclusion, verdicts: found } = rank(answered, verdicts, scope);
  if (conclusion !== "causes") return [];
  const causes = verdicts.filter(({ consequenceOf }) => consequenceOf.length === 0).map(({ id }) => id);
  return found.filter(({ id, certainty }) => certainty === "proven" && causes.includes(id));
}

async function ask(check: AnyCheck, desk: FactDesk, scope: Scope): Promise<Omit<CheckResult, "tookMs">> {
  const [needed, used] = await Promise.all([factsOf(check.needs, desk), factsOf(check.uses, desk)]);
  const facts = Object.entries(needed);
  const lines = [...new Set([...facts.map(([, fact]) => fact), ...Object.values(used)].flatMap((fact) => fact.lines))];
  const { id, title, verdicts, answersTold } = check;
  const base = { id, title, verdicts, lines, ...(answersTold && { answersTold }) };
  const nothing = { findings: [], missingPermissions: [] };
  const absent = facts.flatMap(([, fact]) => (fact.status === "absent" ? [fact.reason] : []));
  if (absent.length > 0) return { ...base, ...nothing, status: "not-applicable", reasons: [...new Set(absent)] };
  const unknown = facts.flatMap(([name, fact]) =>
    fact.status === "unknown" ? [{ title: check.needs[name]?.title ?? name, fact }] : [],
  );
  if (unknown.length > 0) {
    const missing = [...new Set(unknown.flatMap(({ fact }) => fact.missingPermission ?? []))];
    const reasons = [...missing.map((permission) => `needs ${permission}`), ...unreadable(unknown)];
    return { ...base, status: "unknown", findings: [], reasons, missingPermissions: missing };
  }
  const values = Object.fromEntries(
    facts.map(([name, fact]) => [name, fact.status === "known" ? fact.value : undefined]),
  );
  try {
    const findings = check.judge(values as never, scope, used as never).map((finding) => complete(finding, lines));
    return { ...base, ...nothing, status: "answered", findings, reasons: [] };
  } catch (error) {
    // A bug of ours in one check: it is named, and the others go on.
    return { ...base, ...nothing, status: "unknown", reasons: [failureDetail(error, check.title).why] };
  }
}

/** Why facts could not be read, where it is not a permission: of those with the same reason the first is named, others are built on it. */
function unreadable(
  unknown: readonly { title: string; fact: Extract<Fact<unknown>, { status: "unknown" }> }[],
): string[] {
  const byReason = new Map<string, string>();
  for (const { title, fact } of unknown) {
    const reason = fact.reason.replace(/\.$/, "");
    if (fact.missingPermission === undefined && !byReason.has(reason)) byReason.set(reason, title);
  }
  return [...byReason].map(([reason, title]) => `${title}: ${reason}`);
}

async function factsOf(sources: AnyCheck["needs"], desk: FactDesk): Promise<Record<string, Fact<unknown>>> {
  const names = Object.keys(sources);
  const facts = await Promise.all(Object.values(sources).map((source) => desk.get(source)));
  return Object.fromEntries(facts.map((fact, i) => [names[i]!, fact]));
}

const complete = (finding: Finding, lines: string[]): Finding & { lines: string[] } => ({
  ...finding,
  text: sanitizeLine(finding.text),
  lines: finding.lines ?? lines,
});
