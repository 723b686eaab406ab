import { actionDefinitions } from "../actions/registry.ts";
import { operationOf } from "../aws/operations.ts";
import { checksOf, diagnoses } from "../diagnosis/registry.ts";
import { DISCOVERY_OPERATIONS } from "../discovery/contract.ts";
import { FACT_OPERATIONS } from "../findings/facts/index.ts";
import { WATCH_OPERATIONS } from "../watch/operations.ts";

/** A part of the program, and what it sends to AWS. */
export interface Need {
  /** An action's id, a pane, a command: what does not work without. */
  who: string;
  /** service:Operation */
  operations: readonly string[];
}

/** Who is at the keyboard, and who undid a containment. */
const COCKPIT: Need[] = [
  { who: "the header", operations: ["sts:GetCallerIdentity", "iam:ListAccountAliases"] },
  { who: "the guard of a containment", operations: ["cloudtrail:LookupEvents"] },
];

/** Every diagnosis, by the sources of its checks' facts. "Everything" asks the same. */
function diagnosisNeeds(): Need[] {
  return diagnoses
    .filter(({ id }) => id !== "everything")
    .map(({ id }) => {
      const sources = checksOf(id).checks.flatMap(({ needs, uses }) => [
        ...Object.values(needs),
        ...Object.values(uses),
      ]);
      return { who: `the diagnosis ${id}`, operations: [...new Set(sources.flatMap(({ operations }) => operations))] };
    });
}

/** What `mayday doctor` reads beside what findings are made from. */
export const DOCTOR_OPERATIONS = ["sts:GetCallerIdentity", "iam:GetRole", "iam:SimulatePrincipalPolicy"];

/** Everything that sends something to AWS. */
export function operationNeeds(): Need[] {
  const panes = Object.entries(WATCH_OPERATIONS).map(([name, operations]) => ({ who: `the ${name} pane`, operations }));
  const actions = actionDefinitions.map(({ id, operations }) => ({ who: id, operations }));
  return [
    ...COCKPIT,
    ...panes,
    ...actions.filter(({ operations }) => operations.length > 0),
    ...diagnosisNeeds(),
    { who: "mayday init", operations: DISCOVERY_OPERATIONS },
    { who: "mayday doctor", operations: [...DOCTOR_OPERATIONS, ...FACT_OPERATIONS] },
  ];
}

/** An IAM action that the program needs. */
export interface NeededPermission {
  /** `ecs:UpdateService` */
  action: string;
  access: "read" | "write";
  /** The operations behind it, service:Operation. */
  operations: string[];
  /** What does not work without it. */
  usedBy: string[];
}

/**
 * The IAM actions of these needs by the table of operations, sorted. One that a read and a write need counts as a read. What is not sent
 * to AWS has no IAM action.
 */
export function neededPermissions(needs: readonly Need[] = operationNeeds()): NeededPermission[] {
  const found = new Map<string, NeededPermission>();
  for (const { who, operations } of needs) {
    for (const name of operations) {
      const [service = "", operation = ""] = name.split(":");
      const known = operationOf(service, operation);
      for (const action of known?.iamActions ?? []) {
        const entry = found.get(action) ?? { action, access: "write" as const, operations: [], usedBy: [] };
        found.set(action, {
          action,
          access: known?.access === "read" ? "read" : entry.access,
          operations: [...new Set([...entry.operations, name])],
          usedBy: [...new Set([...entry.usedBy, who])],
        });
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.action < b.action ? -1 : 1));
}
