import type { Plan } from "./contract.ts";

/** Whether a plan that ended as "done" was seen to have reached its aim: by its verification, or by a wait that is its last step. */
export const isVerified = ({ verify, steps }: Pick<Plan, "verify" | "steps">): boolean =>
  verify !== null || steps.at(-1)?.kind === "wait";
