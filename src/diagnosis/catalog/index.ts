import type { JsonObject } from "../../base/json.ts";
import type { AnyCheck, Finding } from "../check.ts";
import { type Fix, flagFix, type VerdictDefinition } from "../verdict.ts";
import { answersCheck, batchWritesCheck, commitsCheck, itemsCheck, lostObjectsCheck } from "./checks.ts";

/** The catalog: what it says, and what it is kept in. */
export const catalogChecks: readonly AnyCheck[] = [
  commitsCheck,
  answersCheck,
  itemsCheck,
  lostObjectsCheck,
  batchWritesCheck,
];

/** Of several bad commits the oldest says where to go back to. */
function oldest(evidence: readonly Finding[]): JsonObject | undefined {
  const details = evidence.flatMap(({ details: own }) => (own && typeof own.atMs === "number" ? [own] : []));
  return details.sort((a, b) => Number(a.atMs) - Number(b.atMs))[0];
}

const MINUTE_MS = 60_000;

export const catalogVerdicts: readonly VerdictDefinition[] = [
  {
    id: "catalog-logical-damage",
    title: "A bad commit on Nessie's main",
    meaning:
      "The store is sound and what it says is wrong. The branch goes back to the hash before the commit in seconds; no restore is needed.",
    consequenceOf: ["catalog-physical-damage"],
    fixes(evidence): Fix[] {
      const found = oldest(evidence);
      if (!found) return [];
      return [
        {
          kind: "action",
          title: `Assign main to ${String(found.parent).slice(0, 12)}, the hash before the bad commit`,
          actionId: "recover-nessie-branch",
          parameters: { hash: String(found.parent) },
        },
      ];
    },
  },
  {
    id: "catalog-physical-damage",
    title: "Nessie's DynamoDB tables are damaged",
    meaning:
      "Items of the version store are gone or overwritten. Both tables have to be restored to the same time before the damage, and Nessie pointed at them.",
    consequenceOf: [],
    fixes(evidence): Fix[] {
      const damaged = evidence.map(({ details }) => details?.damagedMs).find((at) => typeof at === "number");
      const at = typeof damaged === "number" ? { at: new Date(damaged - MINUTE_MS).toISOString() } : {};
      const when = typeof damaged === "number" ? ` to ${at.at}, the minute before` : "";
      return [
        {
          kind: "action",
          title: `Restore both tables${when}`,
          actionId: "recover-nessie-tables",
          parameters: at as Record<string, string>,
        },
        flagFix("suspected-data-loss", "items of Nessie's tables are gone or overwritten"),
      ];
    },
  },
];
