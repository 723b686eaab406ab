import type { Damage } from "./damage.ts";
import type { Problem, Restorer, Settled } from "./restore.ts";

/** Restores each line as its kind asks: what was deleted by its markers, what is covered by a copy; what is gone is a problem. */
export function mixed(undeleter: Restorer, copier: Restorer): Restorer {
  async function settle(lines: readonly Damage[], done: Settled): Promise<void> {
    const of = (kind: Damage["c"]) => lines.filter(({ c }) => c === kind);
    done.problems.push(...of("gone").map(goneLine));
    await undeleter.settle(of("deleted"), done);
    await copier.settle(of("overwritten"), done);
  }
  return { batchSize: copier.batchSize, batches: copier.batches, settle };
}

const goneLine = ({ k }: Damage): Problem => ({
  k,
  kind: "failed",
  why: "no right version of it is left: copy it back from a replica (copy-back-replica) or from a backup",
});
