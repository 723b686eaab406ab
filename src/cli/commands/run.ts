import type { Plan, RunResult } from "../../actions/contract.ts";
import { actionDefinitions, headlessFields, parseParameters } from "../../actions/registry.ts";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import { writeMissingDrafts } from "../../incident/drafts.ts";
import { openIncident } from "../../incident/open.ts";
import type { OpenIncident } from "../../incident/opened-incident.ts";
import type { IncidentSummary } from "../../record/contract.ts";
import { listIncidents } from "../../record/read.ts";
import { EXIT, printWarnings } from "../exit.ts";
import { askHumanStep } from "../human-prompt.ts";
import { preferLittleMemory } from "../memory.ts";
import { showSecretOnTerminal } from "../secret-terminal.ts";
import { connectAgain, isJoinable } from "./known-incident.ts";
import { chooseIncident } from "./resume.ts";
import { planText, printFailure, resultText } from "./run-text.ts";
import { type Connected, connect, incidentOptions, type StartOptions } from "./start.ts";
import { stateDirectoryOf } from "./state-directory.ts";

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
    parameters: headlessFields(definition),
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
  const parameters = parametersOf(options.parameters);
  requireAction(actionId, parameters, options);
  // An export may run for hours on a bastion that others work on.
  preferLittleMemory();
  const target = await targetOf(options);
  const incident = await openIncident({
    ...incidentOptions(target.connected, target.title ?? options.title),
    ...(target.incidentId ? { incidentId: target.incidentId } : {}),
    simulated: target.simulated,
    reason: "run",
    watch: false,
    human: askHumanStep,
    showSecret: showSecretOnTerminal,
  });
  // What has been sent is seen through and recorded: while a plan runs the first signal only stops it after its step.
  const cancel = (signal: keyof typeof STOP_SIGNALS) => {
    if (incident.store.getState().run?.status !== "running") process.exit(STOP_SIGNALS[signal]);
    incident.cancelRun();
  };
  for (const signal of stopSignals) process.once(signal, cancel);
  let code: number;
  try {
    await incident.ready;
    const { failure } = incident.store.getState().identity;
    if (failure) throw new Failure(failure);
    code = await planAndRun(incident, actionId, parameters, options);
  } catch (error) {
    // The command line was checked before: what is wrong from here on is not its usage.
    code = error instanceof Failure && error.kind === "refused" ? EXIT.refused : EXIT.failed;
    printFailure(error, `mayday run ${actionId ?? ""}`, options.json);
  } finally {
    for (const signal of stopSignals) process.off(signal, cancel);
  }
  const { files } = await incident.release();
  printWarnings(files.map(({ label, path }) => `${label} (${path})`));
  return code === EXIT.ok && files.length > 0 ? EXIT.partial : code;
}

/** Exit codes as a shell reports a process that the signal ended: 128 + its number. */
const STOP_SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const stopSignals = Object.keys(STOP_SIGNALS) as (keyof typeof STOP_SIGNALS)[];

/** Checks action and parameters before anything is opened. Throws a Failure of kind invalid: wrong usage. */
function requireAction(
  actionId: string | undefined,
  parameters: Record<string, string>,
  { undo, plan: isPlanOnly }: RunOptions,
): void {
  const usage = (why: string, next = "mayday run --list shows the actions.") =>
    new Failure({ kind: "invalid", what: "mayday run", why, next });
  if (undo !== undefined) {
    if (actionId !== undefined || Object.keys(parameters).length > 0)
      throw usage("--undo takes back an earlier run, and cannot be given together with an action or its parameters");
    return;
  }
  if (actionId === undefined) throw usage("no action was named");
  const definition = actionDefinitions.find((candidate) => candidate.id === actionId);
  // A command of the cockpit's palette, not an action: people look for it here too.
  if (actionId === "handover") throw usage("the brief changes nothing", "mayday status --handover prints it.");
  if (!definition) throw usage(`there is no action ${sanitizeLine(actionId)}`);
  parseParameters(definition, parameters);
  if (actionId === "begin-break-glass" && parameters.session !== "current" && !isPlanOnly)
    throw usage(
      "a session of break-glass is in memory only, and would end with this command",
      "Begin it in the cockpit: mayday start, or mayday resume. A shell that runs as that user already: --parameter session=current.",
    );
}

interface Target {
  connected: Connected;
  incidentId?: string;
  title?: string;
  simulated: boolean;
}

/** The incident that the run belongs to, and a connection to its lakehouse. Without an id a new one. */
async function targetOf(options: RunOptions): Promise<Target> {
  const { incident } = options;
  if (incident !== undefined && incident !== "new" && incident !== "latest") {
    const stateDirectory = await stateDirectoryOf(options);
    printWarnings(await writeMissingDrafts(stateDirectory));
    const summary = chooseIncident(await listIncidents(stateDirectory), incident);
    const connected = await connectAgain(summary, options);
    return { connected, incidentId: summary.id, title: connected.title, simulated: connected.simulated };
  }
  const connected = await connect(options);
  const stateDirectory = connected.config.values.stateDirectory.value;
  printWarnings(await writeMissingDrafts(stateDirectory));
  if (incident === "new") return { connected, simulated: false };
  const joinable = (await listIncidents(stateDirectory)).filter((summary) => isJoinable(summary, connected));
  const known = async (summary: IncidentSummary): Promise<Target> => {
    const { id, simulated } = summary;
    if (!simulated) return { connected, incidentId: id, simulated };
    // Its messages may go to the simulator only, whatever is configured here.
    const { endpoint } = connected.aws;
    connected.aws.close();
    const flags = { ...options.flags, ...(endpoint ? { endpoint } : {}) };
    return { connected: await connectAgain(summary, { ...options, flags }), incidentId: id, simulated };
  };
  if (incident === "latest") return known(chooseIncident(joinable, undefined));
  const [only, ...others] = joinable;
  if (!only) return { connected, simulated: false };
  if (others.length === 0) return known(only);
  throw new Failure({
    kind: "invalid",
    what: "mayday run",
    why: `${joinable.length} incidents of this lakehouse are open`,
    next: `Say which: --incident new, --incident latest, or one of ${joinable.map(({ id }) => id).join(", ")}.`,
  });
}

async function planAndRun(
  incident: OpenIncident,
  actionId: string | undefined,
  parameters: Record<string, string>,
  options: RunOptions,
): Promise<number> {
  const prepared = options.undo
    ? await incident.prepareUndo(options.undo)
    : await incident.prepare(actionId ?? "", parameters);
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
  const isHeldOpen = incident.store.getState().heldOpen.some((held) => held.runId === result.runId);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ incident: incident.id, ...result }, null, 2)}\n`
      : resultText(incident.id, result, isHeldOpen),
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
