import type { Detector } from "../contract.ts";
import type { FactName } from "../facts/index.ts";

/** Ties a detector's facts to what its function gets. */
export const detector = <Names extends FactName>(definition: Detector<Names>): Detector<Names> => definition;

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
