import type { CheckResult, Finding, Scope } from "./check.ts";
import type { Certainty, RankedVerdict, VerdictDefinition } from "./verdict.ts";
import type { VerdictId } from "./verdict-ids.ts";

/** `causes`: at least one verdict holds. `inconclusive`: nothing was found, but not everything could be read. */
export type Conclusion = "causes" | "nothing-wrong" | "inconclusive";

export interface Ranking {
  conclusion: Conclusion;
  /** One sentence for the top of the screen. */
  summary: string;
  /** What holds, most certain first; our own containment always first. `nothing-wrong` alone where everything is well. */
  verdicts: RankedVerdict[];
  /** What only hints speak for: shown, never claimed. */
  possible: RankedVerdict[];
  /** What could not be looked at, as `describeUnknown` says it. */
  unknown: string[];
}

/** So many more findings than speak against a verdict make it likely without a proof: one alone is a hint. */
const SUPPORTS_FOR_LIKELY = 2;
const CERTAINTIES: readonly Certainty[] = ["proven", "likely", "possible"];

/** What the checks' findings say together. A pure function; `definitions` in the order in which equals are shown. */
export function rank(
  results: readonly CheckResult[],
  definitions: readonly VerdictDefinition[],
  scope: Scope,
): Ranking {
  const findings = results.flatMap((result) => result.findings);
  const unknown = describeUnknown(results);
  const weighed = definitions.flatMap((definition) => {
    const found = weigh(definition, findings, results, scope);
    return found ? [found] : [];
  });
  const held = new Set(weighed.filter(({ certainty }) => certainty !== "possible").map(({ id }) => id));
  const causes = weighed.filter(({ id }) => held.has(id) && causeOf(id, held, definitions) === undefined);
  for (const verdict of weighed) {
    const cause = held.has(verdict.id) ? causeOf(verdict.id, held, definitions) : undefined;
    if (cause === undefined) continue;
    causes.find(({ id }) => id === cause)?.consequences.push(verdict.title);
  }
  const verdicts = byCertainty(causes);
  const hints = weighed.filter(
    ({ id, certainty }) => certainty === "possible" && causeOf(id, held, definitions) === undefined,
  );
  const possible = byCertainty(hints);
  if (verdicts.length > 0) {
    return {
      conclusion: "causes",
      summary: verdicts.map(({ title }) => title).join("; "),
      verdicts,
      possible,
      unknown,
    };
  }
  if (unknown.length > 0) {
    const summary = `Nothing found, but not everything was readable: ${unknown.join("; ")}`;
    return { conclusion: "inconclusive", summary, verdicts, possible, unknown };
  }
  const nothing = definitions.find(({ id }) => id === "nothing-wrong");
  const answered = results.filter(({ status }) => status === "answered");
  const evidence: Finding[] = answered.map(({ title, lines }) => ({
    verdict: "nothing-wrong",
    strength: "supports",
    text: `${title}: no fault found.`,
    lines,
  }));
  return {
    conclusion: "nothing-wrong",
    summary: nothing?.title ?? "Nothing wrong",
    verdicts: nothing ? [{ ...blank(nothing), certainty: "proven", for: evidence }] : [],
    possible,
    unknown,
  };
}

/** The cause behind a verdict that follows from others which hold: the last of the chain. Undefined: it is a cause itself. */
function causeOf(
  id: VerdictId,
  held: ReadonlySet<VerdictId>,
  definitions: readonly VerdictDefinition[],
): VerdictId | undefined {
  const seen = new Set<VerdictId>([id]);
  let current = id;
  for (;;) {
    const behind = definitions
      .find((definition) => definition.id === current)
      ?.consequenceOf.find((other) => held.has(other) && !seen.has(other));
    if (behind === undefined) return current === id ? undefined : current;
    seen.add(behind);
    current = behind;
  }
}

function weigh(
  definition: VerdictDefinition,
  findings: readonly Finding[],
  results: readonly CheckResult[],
  scope: Scope,
): RankedVerdict | undefined {
  const own = findings.filter(({ verdict }) => verdict === definition.id);
  const speaks = (...strengths: Finding["strength"][]) => own.filter(({ strength }) => strengths.includes(strength));
  // What decides stands first: readers, and what pins a verdict, look at the first reasons only.
  const supporting = [...speaks("proves"), ...speaks("supports")];
  if (supporting.length === 0) return undefined;
  const against = speaks("against");
  return {
    ...blank(definition),
    certainty: certaintyOf(supporting, against),
    for: supporting,
    against,
    information: speaks("information"),
    unknown: describeUnknown(results.filter(({ verdicts }) => verdicts.includes(definition.id))),
    fixes: definition.fixes(supporting, scope),
  };
}

function certaintyOf(supporting: readonly Finding[], against: readonly Finding[]): Certainty {
  const proofs = supporting.filter(({ strength }) => strength === "proves").length;
  if (proofs > 0) return against.length === 0 ? "proven" : "likely";
  return supporting.length - against.length >= SUPPORTS_FOR_LIKELY ? "likely" : "possible";
}

function blank({ id, title, meaning }: VerdictDefinition): RankedVerdict {
  const none = { for: [], against: [], information: [], unknown: [], consequences: [], fixes: [] };
  return { id, title, meaning, certainty: "possible", ...none };
}

function byCertainty(verdicts: readonly RankedVerdict[]): RankedVerdict[] {
  const first = ({ id }: RankedVerdict) => (id === "contained-by-us" ? 0 : 1);
  return [...verdicts].sort(
    (a, b) =>
      first(a) - first(b) ||
      CERTAINTIES.indexOf(a.certainty) - CERTAINTIES.indexOf(b.certainty) ||
      b.for.length - b.against.length - (a.for.length - a.against.length),
  );
}

/**
 * What could not be looked at, and why: "Stopped tasks of Nessie: needs ecs:DescribeTasks". Checks that lack the same are one line, with
 * what they lack first.
 */
function describeUnknown(results: readonly CheckResult[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { status, title, reasons } of results) {
    if (status !== "unknown") continue;
    const reason = reasons.join("; ");
    byReason.set(reason, [...(byReason.get(reason) ?? []), title]);
  }
  return [...byReason].map(([reason, titles]) =>
    titles.length === 1 ? `${titles[0]}: ${reason}` : `${reason} (${titles.length} checks): ${titles.join("; ")}`,
  );
}
