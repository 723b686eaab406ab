import type { Check, Guard, Step } from "../../actions/contract.ts";
import { formatAge } from "../../base/duration.ts";
import type { Json } from "../../base/json.ts";
import { showReferences } from "../../base/references.ts";
import { displayWidth } from "../../base/text.ts";
import type { PreparedAction } from "../../incident/contract.ts";
import { cell, paragraph, type Row, rowWidth, seg, wrapText } from "../../panes/line.ts";
import type { Theme, Token } from "../../panes/theme.ts";
import type { DialogContext } from "./dialog.ts";

/** The plan's calls as `aws` lines, in the order of the steps. */
export function planLines(prepared: PreparedAction): string[] {
  return prepared.plan.steps.flatMap((step) => prepared.lines[step.id] ?? []);
}

/** A value of a before or after, short: `2`, `true`, `{"a":1}`; nothing there is said so. */
export function showValue(value: Json | undefined): string {
  if (value === undefined || value === null) return "none";
  const shown = showReferences(value);
  return typeof shown === "object" ? JSON.stringify(shown) : String(shown);
}

const CHECKS: Readonly<Record<Check["status"], { word: string; token: Token }>> = {
  pass: { word: "ok", token: "good" },
  warn: { word: "WARN", token: "warn" },
  fail: { word: "FAIL", token: "bad" },
  unknown: { word: "UNKNOWN", token: "warn" },
};

function heading(text: string): Row[] {
  return [[], [seg(text, "accent")]];
}

function listOf(title: string, texts: readonly string[], width: number, theme: Theme, token?: Token): Row[] {
  if (texts.length === 0) return [];
  return [
    ...heading(title),
    ...texts.flatMap((text) => paragraph([seg(`  ${theme.glyphs.bullet} `, token)], text, width, token)),
  ];
}

function checkRows(checks: readonly Check[], width: number): Row[] {
  if (checks.length === 0) return [];
  return [
    ...heading("Checks"),
    ...checks.flatMap(({ label, detail, status }) => {
      const { word, token } = CHECKS[status];
      const lead = [seg(`  ${word.padEnd(8)}`, token)];
      const shown = status === "pass" ? "muted" : token;
      // The detail runs on below its label, not beside it: names of AWS are long, and a long label would leave them no room.
      const [first, ...more] = wrapText(`${label}: ${detail}`, width - rowWidth(lead));
      const at = label.length + 1;
      return [
        [...lead, seg(first?.slice(0, at) ?? ""), seg(first?.slice(at) ?? "", shown)],
        ...more.map((line) => [seg(" ".repeat(rowWidth(lead))), seg(line, shown)]),
      ];
    }),
  ];
}

function factRows(facts: Readonly<Record<string, string>>, { width, theme }: DialogContext): Row[] {
  const names = Object.keys(facts);
  if (names.length === 0) return [];
  const column = Math.min(Math.max(...names.map((name) => displayWidth(name))), Math.floor(width / 2) - 2);
  return [
    ...heading("What was found"),
    ...names.flatMap((name) =>
      paragraph([seg("  "), cell(name, column, theme, "muted"), seg("  ")], facts[name] ?? "", width),
    ),
  ];
}

/** Where a step leaves AWS: `desired 2 -> 0`. */
function changeRows(step: Step, { width, theme }: DialogContext): Row[] {
  if (step.kind !== "call" || !step.state) return [];
  const { before, after } = step.state;
  const changes = Object.keys(after).filter((name) => showValue(before[name]) !== showValue(after[name]));
  return changes.flatMap((name) =>
    paragraph(
      [seg(`     ${name} `, "muted")],
      `${showValue(before[name])} ${theme.glyphs.arrow} ${showValue(after[name])}`,
      width,
      "strong",
    ),
  );
}

const DAY_MS = 24 * 3_600_000;

function kindWords(step: Step): string {
  switch (step.kind) {
    case "call":
      return step.resource;
    case "wait":
      return `waits at most ${formatAge(step.deadlineMs)}`;
    case "job":
      if (step.evidence?.skip) return "is not carried out";
      // A box of a day is there for a procedure that hangs, and says nothing of how long it takes.
      if (step.boxMs >= DAY_MS) return "takes as long as it takes";
      return step.essential
        ? `at most ${formatAge(step.boxMs)}; when it is not done by then, the plan stops`
        : `at most ${formatAge(step.boxMs)}, then goes on without it`;
    case "human":
      return `you do this: ${step.instruction}`;
    case "record":
      return "";
  }
}

/** What a step collects before it is destroyed, and what becomes of it. */
function lossRows(step: Step, width: number): Row[] {
  if (step.kind !== "job" || !step.evidence) return [];
  const { loses, skip } = step.evidence;
  const lead = skip ? seg("     SKIPPED, lost: ", "warn") : seg("     collects ", "muted");
  return loses.flatMap((lost) => paragraph([lead], lost, width, skip ? "warn" : "muted"));
}

function stepRows(step: Step, number: number, prepared: PreparedAction, context: DialogContext): Row[] {
  const { width } = context;
  const words = kindWords(step);
  const line = prepared.lines[step.id];
  const undo = (step.undo ?? []).map((item) => item.title).join("; ");
  return [
    ...paragraph([seg(`  ${number}. `, "accent")], step.title, width, "strong"),
    ...words.split("\n").flatMap((text) => (text === "" ? [] : paragraph([seg("     ")], text, width, "muted"))),
    ...(line ? line.split(/ && (?=aws )/) : []).flatMap((call) => paragraph([seg("     $ ", "muted")], call, width)),
    ...changeRows(step, context),
    ...lossRows(step, width),
    ...(undo ? paragraph([seg("     undo ", "muted")], undo, width, "muted") : []),
  ];
}

const guardWords = ({ badge, watches }: Guard): string =>
  `${badge}: ${watches.length > 0 ? "says so loudly when it no longer holds" : "stays on the screen until it is undone (z)"}`;

/** The plan as it is read before confirming: effects first, then checks, steps, what was found, and what it cannot do. */
export function planRows(prepared: PreparedAction, context: DialogContext): Row[] {
  const { plan, checks, facts } = prepared;
  const { width, theme } = context;
  const verify = plan.verify ? [plan.verify.title] : [];
  const guard = plan.guard ? [guardWords(plan.guard)] : [];
  const rows = [
    ...listOf("What this does to others", plan.effects, width, theme, "warn"),
    ...checkRows(checks, width),
    ...heading("Steps"),
    ...plan.steps.flatMap((step, index) => stepRows(step, index + 1, prepared, context)),
    ...listOf("Counts as done when", verify, width, theme),
    ...listOf("Keeps watching", guard, width, theme),
    ...factRows(facts, context),
    ...listOf("What it cannot promise", plan.caveats, width, theme),
  ];
  return rows.slice(1);
}
