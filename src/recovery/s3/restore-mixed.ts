import type { Damage } from "./damage.ts";
import type { Problem, Restorer, Settled } from "./restore.ts";

/** Restores each line as its kind asks: what was deleted by its markers, what is covered by a copy; what is gone is a problem. */
export function mixed(undeleter: Restorer, copier: Restorer): Restorer {
  async function settle(lines: readonly Damage[]): Promise<Settled> {
    const gone = lines.filter(({ c }) => c === "gone");
    const deleted = lines.filter(({ c }) => c === "deleted");
    const covered = lines.filter(({ c }) => c === "overwritten");
    const parts: Settled[] = [{ restored: 0, bytes: 0, already: 0, problems: gone.map(goneLine) }];
    if (deleted.length > 0) parts.push(await undeleter.settle(deleted));
    if (covered.length > 0) parts.push(await copier.settle(covered));
    return parts.reduce((sum, part) => ({
      restored: sum.restored + part.restored,
      bytes: sum.bytes + part.bytes,
      already: sum.already + part.already,
      problems: [...sum.problems, ...part.problems],
    }));
  }
  return { batchSize: copier.batchSize, batches: copier.batches, settle };
}

const goneLine = ({ k }: Damage): Problem => ({
  k,
  kind: "failed",
  why: "no right version of it is left: copy it back from a replica (copy-back-replica) or from a backup",
});
