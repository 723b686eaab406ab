import type { CockpitState } from "../state/store.ts";
import { type Suggestion, suggestBlastRadius } from "./blast-radius.ts";
import type { IncidentOptions } from "./options.ts";
import { type RecentWrite, recentWrites } from "./recent-writes.ts";

/**
 * What the screen's data proposes as the blast radius at once, and later with what CloudTrail says was changed; the promise rejects
 * with a Failure when that cannot be read.
 */
export function liveSuggestions(
  { aws, deployment, clock }: Pick<IncidentOptions, "aws" | "deployment" | "clock">,
  state: () => CockpitState,
  isOwn: (requestId: string) => boolean,
  signal: AbortSignal,
): { now: Suggestion[]; withChanges: Promise<Suggestion[]> } {
  const suggest = (writes: readonly RecentWrite[]) => suggestBlastRadius(state(), deployment, writes, clock.now());
  return {
    now: suggest([]),
    withChanges: recentWrites(aws, deployment, clock.now(), isOwn, signal).then(suggest),
  };
}
