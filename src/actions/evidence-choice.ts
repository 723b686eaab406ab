import type { EvidenceChoice, JobStep, Plan, Step } from "./contract.ts";

type EvidenceStep = JobStep & Required<Pick<JobStep, "evidence">>;

/** The steps of a plan that collect what a later one destroys. */
export function evidenceSteps(plan: Plan): EvidenceStep[] {
  return plan.steps.filter(isEvidence);
}

/** How the plan stands: undefined where it destroys nothing, so that there is nothing to choose. */
export function evidenceChoiceOf(plan: Plan): EvidenceChoice | undefined {
  const steps = evidenceSteps(plan);
  if (steps.length === 0) return undefined;
  return steps.some(isSkipped) ? "skip" : "collect";
}

/** Whether the responder decided that the step is not carried out. */
export function isSkipped(step: Step): step is EvidenceStep {
  return isEvidence(step) && step.evidence.skip === true;
}

/**
 * The plan with the responder's decision in it, so that it is what is shown, confirmed and recorded. A plan without evidence steps
 * stays as it is.
 */
export function chooseEvidence(plan: Plan, choice: EvidenceChoice): Plan {
  if (evidenceSteps(plan).length === 0) return plan;
  const { evidence: _before, ...parameters } = plan.parameters;
  return {
    ...plan,
    parameters: choice === "skip" ? { ...parameters, evidence: choice } : parameters,
    steps: plan.steps.map((step) => {
      if (!isEvidence(step)) return step;
      const { loses } = step.evidence;
      return { ...step, evidence: choice === "skip" ? { loses, skip: true as const } : { loses } };
    }),
  };
}

/** What is lost for good when evidence is skipped. */
export function lostBySkipping(plan: Plan): string[] {
  return evidenceSteps(plan).flatMap(({ evidence }) => evidence.loses);
}

function isEvidence(step: Step): step is EvidenceStep {
  return step.kind === "job" && step.evidence !== undefined;
}
