import type { Plan, RunResult, Step } from "../../actions/contract.ts";
import { showValue } from "../../actions/reading.ts";
import { actionDefinitions, actionFields } from "../../actions/registry.ts";
import { Failure, failureDetail } from "../../base/failure.ts";
import type { PreparedAction } from "../../incident/contract.ts";
import { writeMissingDrafts } from "../../incident/drafts.ts";
import { openIncident } from "../../incident/open.ts";
import type { OpenIncident } from "../../incident/opened-incident.ts";
import { listIncidents } from "../../record/read.ts";
import { EXIT, printWarnings } from "../exit.ts";
import { chooseIncident } from "./resume.ts";
import { connect, incidentOptions, type StartOptions } from "./start.ts";

export interface RunOptions extends StartOptions {
  plan: boolean;
  yes: boolean;
  confirm?: string;
  confirmAccount?: string;
  json: boolean;
  incident?: string;
  /** `name=value` pairs. */
  parameters: string[];
  /** Undo this run instead of running an action. */
  undo?: string;
}

/** `mayday run --list`: the actions with their ids, parameters and tiers. */
export function printActions(json: boolean): number {
  const actions = actionDefinitions.map((definition) => ({
    id: definition.id,
    title: definition.title,
    description: definition.description,
    tier: definition.tier,
    runbook: definition.runbook,
    parameters: actionFields(definition),
    operations: definition.operations,
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify(actions, null, 2)}\n`);
    return EXIT.ok;
  }
  const confirmations = {
    none: "nothing to confirm",
    yes: "--yes",
    name: "--confirm NAME",
    "name-and-account": "--confirm NAME --confirm-account ID",
  };
  for (const action of actions) {
    process.stdout.write(
      `${action.id}\n  ${action.title}\n  ${action.description}\n  confirm with: ${confirmations[action.tier]}\n`,
    );
    for (const parameter of action.parameters) {
      const choices = parameter.choices ? ` (${parameter.choices.join(" | ")})` : "";
      process.stdout.write(
        `  --parameter ${parameter.name}=...  ${parameter.required ? "" : "optional: "}${parameter.description}${choices}\n`,
      );
    }
    process.stdout.write("\n");
  }
  return EXIT.ok;
}

/** `mayday run <action>`: the same checks, plan, gates and record as in the cockpit, without a screen. */
export async function runAction(actionId: string | undefined, options: RunOptions): Promise<number> {
  const connected = await connect(options);
  const stateDirectory = connected.config.values.stateDirectory.value;
  printWarnings(await writeMissingDrafts(stateDirectory));
  const incidentId = await incidentOf(options.incident, stateDirectory);
  const incident = await openIncident({
    ...incidentOptions(connected, options.title),
    ...(incidentId ? { incidentId } : {}),
    reason: "run",
    watch: false,
  });
  try {
    await incident.ready;
    const { failure } = incident.store.getState().identity;
    if (failure) throw new Failure(failure);
    return await planAndRun(incident, actionId, options);
  } finally {
    await incident.release();
  }
}

async function planAndRun(incident: OpenIncident, actionId: string | undefined, options: RunOptions): Promise<number> {
  const prepared = options.undo
    ? await incident.prepareUndo(options.undo)
    : await incident.prepare(actionId ?? "", parametersOf(options.parameters));
  const { plan } = prepared;
  if (options.plan) {
    process.stdout.write(
      options.json ? `${JSON.stringify({ incident: incident.id, ...prepared }, null, 2)}\n` : planText(prepared),
    );
    return prepared.refusedReason ? EXIT.refused : EXIT.ok;
  }
  const problem = prepared.refusedReason ?? headlessProblem(plan, options, incident);
  const result: RunResult = problem
    ? {
        runId: prepared.runId,
        status: "refused",
        plan,
        outcomes: [],
        failure: {
          kind: "refused",
          what: plan.title,
          why: problem,
          next: "Nothing was sent. --plan shows what would be done.",
        },
      }
    : await incident.execute(prepared, confirmationOf(options));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ incident: incident.id, ...result }, null, 2)}\n`
      : resultText(incident.id, result),
  );
  return {
    done: EXIT.ok,
    unverified: EXIT.unverified,
    partial: EXIT.partial,
    failed: EXIT.failed,
    refused: EXIT.refused,
    cancelled: EXIT.refused,
  }[result.status];
}

const confirmationOf = (options: RunOptions) => ({
  yes: options.yes,
  ...(options.confirm === undefined ? {} : { typedName: options.confirm }),
  ...(options.confirmAccount === undefined ? {} : { typedAccount: options.confirmAccount }),
});

/** What is missing to confirm, in the words of the command line. */
function headlessProblem(plan: Plan, options: RunOptions, incident: OpenIncident): string | undefined {
  if (incident.checkConfirmation(plan, confirmationOf(options)) === undefined) return undefined;
  const wanted = {
    none: "",
    yes: "--yes",
    name: `--confirm ${plan.resourceName}`,
    "name-and-account": `--confirm ${plan.resourceName} --confirm-account ID`,
  }[plan.tier];
  return `it was not confirmed: add ${wanted}`;
}

async function incidentOf(wanted: string | undefined, stateDirectory: string): Promise<string | undefined> {
  if (wanted === "new") return undefined;
  const incidents = await listIncidents(stateDirectory);
  const open = incidents.filter((incident) => ["open", "crashed", "suspended", "handover"].includes(incident.status));
  if (wanted === "latest") return chooseIncident(incidents, undefined).id;
  if (wanted !== undefined) return chooseIncident(incidents, wanted).id;
  if (open.length === 0) return undefined;
  if (open.length === 1) return open[0]?.id;
  throw new Failure({
    kind: "invalid",
    what: "mayday run",
    why: `${open.length} incidents are open`,
    next: `Say which: --incident new, --incident latest, or one of ${open.map((incident) => incident.id).join(", ")}.`,
  });
}

function parametersOf(pairs: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1)
      throw new Failure({
        kind: "invalid",
        what: `--parameter ${pair}`,
        why: "it is not name=value",
        next: "mayday run --list shows each action's parameters.",
      });
    parameters[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return parameters;
}

function planText(prepared: PreparedAction): string {
  const { plan, facts, checks, lines } = prepared;
  const out = [plan.title, ""];
  for (const [label, value] of Object.entries(facts)) out.push(`  ${label}: ${value}`);
  if (checks.length > 0) out.push("", "Checks");
  for (const check of checks) out.push(`  ${check.status.toUpperCase().padEnd(7)} ${check.label}: ${check.detail}`);
  if (plan.effects.length > 0) out.push("", "What it does to others", ...plan.effects.map((effect) => `  - ${effect}`));
  if (plan.caveats.length > 0) out.push("", "What it cannot promise", ...plan.caveats.map((caveat) => `  - ${caveat}`));
  out.push("", "Steps");
  for (const [index, step] of [...plan.steps, ...(plan.verify ? [plan.verify] : [])].entries())
    out.push(...stepText(step, `${index + 1}.`, lines));
  const undo = plan.steps.flatMap((step) => step.undo ?? []);
  if (undo.length > 0) out.push("", "Undo");
  for (const step of undo) out.push(...stepText(step, "-", lines));
  if (prepared.refusedReason) out.push("", `Refused: ${prepared.refusedReason}`);
  return `${out.join("\n")}\n`;
}

function stepText(step: Step, mark: string, lines: Record<string, string>): string[] {
  const out = [`  ${mark} ${step.title}`];
  const line = lines[step.id];
  if (line) out.push(`     ${step.kind === "wait" ? "polls: " : ""}${line}`);
  if (step.kind === "call" && step.state) {
    const { before, after } = step.state;
    for (const [label, value] of Object.entries(after))
      out.push(`     ${label}: ${showValue(before[label] ?? null)} -> ${showValue(value)}`);
  }
  return out;
}

function resultText(incidentId: string, result: RunResult): string {
  const out = [`${result.plan.title}: ${result.status}`];
  for (const outcome of result.outcomes) {
    const step = [...result.plan.steps, ...(result.plan.verify ? [result.plan.verify] : [])].find(
      (candidate) => candidate.id === outcome.stepId,
    );
    const requests = outcome.requestIds.length > 0 ? `  request ${outcome.requestIds.at(-1)}` : "";
    out.push(
      `  ${outcome.status.padEnd(8)} ${step?.title ?? outcome.stepId}${outcome.note ? ` (${outcome.note})` : ""}${requests}`,
    );
  }
  if (result.failure) out.push(`  why: ${result.failure.why}`, `  next: ${result.failure.next}`);
  out.push(`  incident ${incidentId}, run ${result.runId}`);
  if (result.status === "done" && result.plan.steps.some((step) => step.undo))
    out.push(`  undo: mayday run --undo ${result.runId} --incident ${incidentId} --yes`);
  return `${out.join("\n")}\n`;
}

/** A failure as JSON, for `--json`. */
export function failureJson(error: unknown, what: string): string {
  return `${JSON.stringify({ status: "failed", failure: failureDetail(error, what) }, null, 2)}\n`;
}
