import type { AwsCaller } from "../aws/contract.ts";
import { failureDetail } from "../base/failure.ts";
import type { Json } from "../base/json.ts";
import type { CallStep, Check, Plan, Prepared, Reading, Step } from "./contract.ts";
import { differences, holds, showValue, takeReading } from "./reading.ts";
import { rebaseUndo } from "./rebase.ts";

type State = NonNullable<CallStep["state"]>;

/**
 * An undo plan compared with the live state. What is still as we wrote it is taken back as planned; where somebody or something has
 * changed it since, the three values are shown (ours, now, after the undo), the plan starts from what is there now, and the resource's
 * name has to be typed: otherwise a containment that was broken could never be undone. A state that cannot be read is left to the
 * step itself, which reads again before it writes.
 */
export async function prepareUndoPlan(plan: Plan, aws: AwsCaller, signal: AbortSignal): Promise<Prepared> {
  const checks: Check[] = [];
  const steps: Step[] = [];
  const read = new Set<string>();
  let isChanged = false;
  let overwrites = false;
  for (const step of plan.steps) {
    if (step.kind === "call" && step.possibleWhile) checks.push(...(await impossible(step, aws, signal)));
    const { state } = step.kind === "call" ? step : {};
    const key = JSON.stringify([state?.reading.service, state?.reading.operation, state?.reading.input]);
    // Of several steps on the same thing only the first starts from the live state.
    if (step.kind !== "call" || !state || read.has(key)) {
      steps.push(step);
      continue;
    }
    read.add(key);
    try {
      const { picked } = await takeReading(aws, state.reading, { purpose: "action", signal });
      // What others write to as well is taken up from the live state, so that their changes stay.
      const isOurs = differences(state.before, picked).length === 0;
      const rebased = step.rebase && !isOurs ? rebaseUndo(step, picked) : step;
      const compared = compare({ ...state, after: rebased.state?.after ?? state.after }, picked);
      if (compared.isChanged && step.keepsOthers) {
        const detail = `${compared.detail}; ${await sinceThen(step.keepsOthers, aws, signal)}`;
        checks.push({ label: step.title, status: "fail", detail });
        steps.push(step);
        continue;
      }
      isChanged ||= compared.isChanged;
      overwrites ||= compared.isChanged && !step.rebase;
      checks.push({ label: step.title, status: compared.isChanged ? "warn" : "pass", detail: compared.detail });
      steps.push(
        compared.isChanged && !step.rebase
          ? { ...step, state: { ...state, before: pickLabels(state.before, picked) } }
          : rebased,
      );
    } catch (error) {
      checks.push({ label: step.title, status: "unknown", detail: failureDetail(error, step.title).why });
      steps.push(step);
    }
  }
  if (!isChanged) return { facts: {}, checks, plan };
  const changed = "It was changed since by somebody or something else:";
  const effects = [
    ...plan.effects,
    overwrites ? `${changed} the undo overwrites that.` : `${changed} the undo takes out only its own part.`,
  ];
  const tier = plan.tier === "name-and-account" ? plan.tier : "name";
  return { facts: {}, checks, plan: { ...plan, tier, effects, steps } };
}

/** Why a step cannot be carried out now, as a check that refuses it; none when it can, or when only the call itself can tell. */
async function impossible(step: CallStep, aws: AwsCaller, signal: AbortSignal): Promise<Check[]> {
  if (!step.possibleWhile) return [];
  const { reading, holds: expectations, otherwise } = step.possibleWhile;
  try {
    const { picked } = await takeReading(aws, reading, { purpose: "action", signal });
    if (expectations.every((expectation) => holds(expectation, picked))) return [];
    return [{ label: step.title, status: "fail", detail: otherwise }];
  } catch (error) {
    return [{ label: step.title, status: "unknown", detail: failureDetail(error, step.title).why }];
  }
}

/** What others did since, for those who decide by hand what comes of it. */
async function sinceThen(reading: Reading, aws: AwsCaller, signal: AbortSignal): Promise<string> {
  try {
    const { picked } = await takeReading(aws, reading, { purpose: "action", signal });
    return Object.entries(picked)
      .map(([label, value]) => `${label}: ${showValue(value)}`)
      .join("; ");
  } catch (error) {
    return `what was done since could not be read: ${failureDetail(error, "read").why}`;
  }
}

function compare(state: State, now: Record<string, Json>): { isChanged: boolean; detail: string } {
  if (differences(state.after, now).length === 0) return { isChanged: false, detail: "is so already" };
  if (differences(state.before, now).length === 0) return { isChanged: false, detail: "still as we left it" };
  const detail = Object.entries(state.before)
    .filter(([label, ours]) => differences({ [label]: ours }, now).length > 0)
    .map(([label, ours]) => {
      const undone = state.after[label] ?? null;
      return `${label}: we left ${showValue(ours)}, now it is ${showValue(now[label] ?? null)}, the undo sets ${showValue(undone)}`;
    })
    .join("; ");
  return { isChanged: true, detail };
}

const pickLabels = (labels: Record<string, Json>, from: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(Object.keys(labels).map((label) => [label, from[label] ?? null]));
