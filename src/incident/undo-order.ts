import type { HeldRun, Prepared } from "../actions/contract.ts";

/**
 * An undo out of its order: something that was done later to the same thing is still held open, and may be taken back with it. That is
 * said, and for a containment the name has to be typed. An undo that takes out only its own part may go in any order.
 * @param held what is held open, oldest first.
 */
export function withOrderCheck(prepared: Prepared, runId: string, held: readonly HeldRun[]): Prepared {
  const { plan } = prepared;
  const overwrites = new Set(
    plan.steps.flatMap((step) => (step.kind === "call" && step.rebase === undefined ? [step.resource] : [])),
  );
  const at = held.findIndex((run) => run.runId === runId);
  const later = held.slice(at + 1).filter(({ resources }) => resources.some((resource) => overwrites.has(resource)));
  if (at < 0 || later.length === 0) return prepared;
  const checks = later.map(({ title }) => ({
    label: "order",
    status: "warn" as const,
    detail: `"${title}" was done after it to the same thing and is still held open: undo that first, or this may take it back as well`,
  }));
  const isContainment = later.some(({ badge }) => badge !== "");
  const tier = isContainment && plan.tier === "yes" ? "name" : plan.tier;
  return { ...prepared, checks: [...checks, ...prepared.checks], plan: { ...plan, tier } };
}
