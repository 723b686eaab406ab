import { operationOf } from "../aws/operations.ts";
import type { CheckResult } from "./check.ts";
import type { NeededPermission } from "./needs.ts";
import type { ProbeOutcome } from "./probing.ts";
import type { SimulationOutcome } from "./simulation.ts";

/** A permission that is not there. */
export interface MissingPermission {
  action: string;
  access: "read" | "write";
  /** Empty: on all that it is needed on. */
  resources: string[];
  /** What fails without it. */
  usedBy: string[];
  /** How it was found out, as a clause. */
  seen: string;
}

/**
 * Puts together what IAM's simulation says and what calls showed. A call that went through wins over the simulation: it is allowed,
 * whoever granted it. A call that was refused counts although the simulation allows it: something else denies it.
 */
export function missingPermissions(
  needed: readonly NeededPermission[],
  simulation: SimulationOutcome,
  probes: readonly ProbeOutcome[],
): MissingPermission[] {
  const allowed = new Set(
    probes
      .filter(({ status }) => status === "allowed" || status === "absent")
      .flatMap(({ probe }) => actionsOf(probe.operation)),
  );
  const denied = probes.filter(({ status }) => status === "denied");
  const refusals = simulation.status === "done" ? simulation.refusals : [];
  return needed.flatMap((need): MissingPermission[] => {
    const { action, access, usedBy } = need;
    const refusal = refusals.find((one) => one.action === action);
    const refusedCalls = denied.filter(
      ({ probe, failure }) =>
        failure?.missingPermission === action ||
        (!failure?.missingPermission && actionsOf(probe.operation)[0] === action),
    );
    const base = { action, access, usedBy };
    if (refusedCalls.length > 0) {
      const elsewhere =
        simulation.status === "done" && !refusal
          ? ", though the caller's own policies allow it: a policy of the resource, the organisation, the session or a VPC endpoint denies it"
          : "";
      const on = [...new Set(refusedCalls.flatMap(({ probe }) => (probe.names ? [probe.names.value] : [])))];
      return [{ ...base, resources: on, seen: `the call was refused${elsewhere}` }];
    }
    if (!refusal || (refusal.resources.length === 0 && allowed.has(action))) return [];
    return [
      {
        ...base,
        resources: refusal.resources,
        seen: refusal.explicit ? "a policy of the caller denies it" : "no policy of the caller allows it",
      },
    ];
  });
}

const actionsOf = (name: string): string[] => {
  const [service = "", operation = ""] = name.split(":");
  return operationOf(service, operation)?.iamActions ?? [];
};

/** The lines of the check: each missing permission with what would fail, and what could not be found out. */
export function permissionChecks(
  needed: readonly NeededPermission[],
  simulation: SimulationOutcome,
  probes: readonly ProbeOutcome[],
): CheckResult[] {
  const missing = missingPermissions(needed, simulation, probes);
  const lines = missing.map(
    ({ action, resources, usedBy, seen }): CheckResult => ({
      check: "permissions",
      status: "fail",
      detail: `${action}${resources.length > 0 ? ` on ${resources.join(", ")}` : ""}: ${seen}; without it fails: ${shortList(usedBy)}`,
      next: `Ask for ${action}; mayday iam-policy prints the statement.`,
    }),
  );
  const count = (access: "read" | "write") => needed.filter((need) => need.access === access).length;
  const failing = (access: "read" | "write") => missing.filter((one) => one.access === access).length;
  if (simulation.status === "unknown") {
    return [
      ...lines,
      {
        check: "permissions",
        status: "unknown",
        detail: `what may be changed is not known (${count("write")} permissions): ${simulation.failure.why}`,
        next: simulation.failure.next,
      },
      ...(failing("read") === 0 ? [summary("every read that was tried went through")] : []),
    ];
  }
  const good = (["read", "write"] as const)
    .filter((access) => count(access) > 0 && failing(access) === 0)
    .map((access) => summary(`all ${count(access)} permissions for ${access}s`));
  return [...lines, ...good];
}

const summary = (detail: string): CheckResult => ({ check: "permissions", status: "pass", detail });

/** Names that are said at most; the rest is counted. */
const NAMES = 8;

function shortList(names: readonly string[]): string {
  const rest = names.length - NAMES;
  return rest > 1 ? `${names.slice(0, NAMES).join(", ")} and ${rest} more` : names.join(", ");
}
