import { displayWidth, sanitizeText } from "../../base/text.ts";
import { deploymentOf } from "../../config/load.ts";
import type { CheckResult } from "../../diagnosis/check.ts";
import type { GivenAnswers } from "../../diagnosis/fact.ts";
import { checksOf, diagnoses, verdicts } from "../../diagnosis/registry.ts";
import { type DiagnosisResult, runDiagnosis } from "../../diagnosis/run.ts";
import type { RankedVerdict } from "../../diagnosis/verdict.ts";
import { withOfferedFixes } from "../../incident/offered-fixes.ts";
import { openIncident } from "../../incident/open.ts";
import { listIncidents } from "../../record/read.ts";
import { EXIT } from "../exit.ts";
import { paragraph } from "./doctor-text.ts";
import { connectAgain } from "./known-incident.ts";
import { chooseIncident } from "./resume.ts";
import { connect, incidentOptions, type StartOptions } from "./start.ts";
import { stateDirectoryOf } from "./state-directory.ts";

export interface DiagnoseOptions extends StartOptions {
  json: boolean;
  /** An incident, or `latest`: the diagnosis looks at its time and is recorded in it. Left out: nothing is recorded. */
  incident?: string;
  /** What the responder tells. */
  given: GivenAnswers;
}

/** Columns of text that goes into a file or a pipe. */
const COLUMNS_WITHOUT_TERMINAL = 100;

/** How far back a diagnosis without an incident looks, domain ms. */
const LOOK_BACK_MS = 2 * 60 * 60_000;

/** `mayday diagnose --list`. */
export function printDiagnoses(json: boolean): number {
  const all = diagnoses.map((one) => ({
    ...one,
    checks: checksOf(one.id).checks.map(({ id, title }) => ({ id, title })),
  }));
  const text = all.map(
    ({ id, title, description, checks }) => `${id}\n  ${title}: ${checks.length} checks\n  ${description}\n`,
  );
  process.stdout.write(json ? `${JSON.stringify(all, null, 2)}\n` : text.join("\n"));
  return EXIT.ok;
}

/** `mayday diagnose [id]`: all checks at once, the verdicts with their reasons. It only reads. Exit code 0 whatever it finds. */
export async function runDiagnose(id: string | undefined, options: DiagnoseOptions): Promise<number> {
  const name = id ?? "everything";
  // Before anything is opened: a name that nobody knows is wrong usage.
  checksOf(name);
  const result = options.incident === undefined ? await onItsOwn(name, options) : await inIncident(name, options);
  process.stdout.write(
    options.json ? `${JSON.stringify(result, null, 2)}\n` : diagnosisText(result, process.stdout.columns),
  );
  return EXIT.ok;
}

async function onItsOwn(name: string, options: DiagnoseOptions): Promise<DiagnosisResult> {
  const { aws, clock, config } = await connect(options);
  try {
    await aws.login();
    const { accountId } = await aws.identity({ purpose: "action" });
    const toMs = clock.now();
    const { diagnosis, checks } = checksOf(name);
    const result = await runDiagnosis(diagnosis, checks, verdicts, {
      aws,
      clock,
      deployment: deploymentOf(config, aws.region),
      where: { region: aws.region, ...(aws.endpoint ? { endpoint: aws.endpoint } : {}) },
      accountId,
      window: { fromMs: toMs - LOOK_BACK_MS, toMs },
      held: [],
      given: options.given,
    });
    return withOfferedFixes(result);
  } finally {
    aws.close();
  }
}

async function inIncident(name: string, options: DiagnoseOptions): Promise<DiagnosisResult> {
  const stateDirectory = await stateDirectoryOf(options);
  const asked = options.incident === "latest" ? undefined : options.incident;
  const summary = chooseIncident(await listIncidents(stateDirectory), asked);
  const connected = await connectAgain(summary, options);
  const incident = await openIncident({
    ...incidentOptions(connected, connected.title),
    incidentId: summary.id,
    simulated: connected.simulated,
    reason: "run",
    watch: false,
  });
  try {
    await incident.ready;
    return await incident.diagnosis.run(name, undefined, undefined, options.given);
  } finally {
    await incident.release();
  }
}

/**
 * A diagnosis as text: what was told, verdicts with their reasons and fixes, what could not be looked at, and every check. What is
 * written is wrapped at `columns`; what is to be pasted stays one line.
 */
export function diagnosisText(result: DiagnosisResult, columns = COLUMNS_WITHOUT_TERMINAL): string {
  const { title, conclusion, summary, checks, tookMs, unknown } = result;
  const wrap: Wrap = (lead, text) => paragraph(lead, text, displayWidth(lead), { columns });
  const lines = [`${title}: ${checks.length} checks in ${(tookMs / 1000).toFixed(1)} s`, ""];
  const told = checks.filter(({ answersTold }) => answersTold).flatMap(({ findings }) => findings);
  if (told.length > 0) lines.push("What you told it:", ...told.flatMap(({ text }) => wrap("  ", text)), "");
  // What was not readable follows as a list of its own.
  const nothing = conclusion === "inconclusive" ? "Nothing found, but not everything was readable." : summary;
  if (conclusion !== "causes") lines.push(...wrap("", nothing), "");
  for (const verdict of conclusion === "causes" ? result.verdicts : []) lines.push(...verdictLines(verdict, wrap), "");
  if (result.possible.length > 0) {
    const hints = result.possible.flatMap(({ title: hint, for: why }) => wrap("  ", `${hint}: ${why[0]?.text ?? ""}`));
    lines.push("Only hints:", ...hints, "");
  }
  if (unknown.length > 0) lines.push("Could not be looked at:", ...unknown.flatMap((text) => wrap("  ", text)), "");
  const shown = new Set<string>();
  lines.push("Checks, with the calls behind them:", ...checks.flatMap((check) => checkLines(check, wrap, shown)));
  return `${sanitizeText(lines.join("\n"))}\n`;
}

/** A paragraph behind a lead; further lines are indented as far. */
type Wrap = (lead: string, text: string) => string[];

function verdictLines(verdict: RankedVerdict, wrap: Wrap): string[] {
  const { title, certainty, meaning, fixes, consequences } = verdict;
  // "Nothing wrong" is what every check says together: they follow below.
  const reasons = verdict.id === "nothing-wrong" ? [] : verdict.for;
  return [
    ...wrap("", `${certainty.toUpperCase()}: ${title}`),
    ...wrap("  ", meaning),
    ...reasons.flatMap(({ text }) => wrap("  + ", text)),
    ...verdict.against.flatMap(({ text }) => wrap("  - ", text)),
    ...verdict.information.flatMap(({ text }) => wrap("  . ", text)),
    ...consequences.flatMap((text) => wrap("  follows from it: ", text)),
    ...verdict.unknown.flatMap((text) => wrap("  not looked at: ", text)),
    ...fixes.flatMap((fix) =>
      fix.kind === "action"
        ? [...wrap("  fix: ", fix.title), `       mayday run ${fix.actionId}${parametersText(fix.parameters)}`]
        : [...wrap("  fix: ", fix.title), ...fix.text.split("\n").map((line) => `       ${line}`.trimEnd())],
    ),
  ];
}

const parametersText = (parameters: Readonly<Record<string, string>>) =>
  Object.entries(parameters)
    .map(
      ([name, value]) =>
        ` --parameter ${name}=${/^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`,
    )
    .join("");

/** Checks share facts: a call is shown with the first one that needs it. */
function checkLines(
  { title, status, findings, reasons, lines }: CheckResult,
  wrap: Wrap,
  shown: Set<string>,
): string[] {
  const own = status === "not-applicable" ? [] : lines.filter((line) => !shown.has(line));
  for (const line of own) shown.add(line);
  const said = status === "answered" ? findings.map(({ text }) => text) : [`${status}: ${reasons.join("; ")}`];
  return [
    ...wrap("  ", said.length === 0 ? `${title}: nothing found` : title),
    ...said.flatMap((text) => wrap("    ", text)),
    ...own.map((line) => `    $ ${line}`),
  ];
}
