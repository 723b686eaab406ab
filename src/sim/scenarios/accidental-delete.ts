import type { Scenario } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { arrangeAccidentalDelete, type Deletion, type DeletionSize, sameContent } from "./accidental-delete-objects.ts";
import { runNessieForDays } from "./running-tasks.ts";
import { withTerraformApply } from "./terraform-apply.ts";

const MINUTE_MS = 60_000;
const deletions = new WeakMap<World, Deletion>();

/** Whether all and only what the job deleted is current again, with the content that it had. */
function restored(world: World): boolean {
  const deletion = deletions.get(world);
  if (!deletion || deletion.lost.size === 0) return false;
  const { lakehouse } = world.storage;
  const holds = (key: string, content: Parameters<typeof sameContent>[0]) => {
    const current = lakehouse.latest(key)?.content;
    return current !== undefined && sameContent(current, content);
  };
  for (const [key, content] of deletion.lost) if (!holds(key, content)) return false;
  for (const [key, content] of deletion.rewritten) if (!holds(key, content)) return false;
  for (const key of deletion.removed) if (lakehouse.latest(key)?.content) return false;
  return true;
}

/** The scenario at another size, for benches: everything but the number of objects is the same. */
export function accidentalDeleteOf(size: DeletionSize): Scenario {
  return {
    id: "accidental-delete",
    title: "Data files are gone",
    description:
      "A cleanup job deleted the current objects of two tables, a metadata file among them, and of an archive half an hour ago, and starts again every hour. Other writers went on since; maintenance had removed files on purpose before.",
    catalogs: ["glue", "nessie"],
    diagnosis: {
      verdict: "objects-deleted",
      text: "Delete markers from a short window half an hour ago cover the data of event_stream, orders and click_archive; the data events name the session nightly-cleanup of platform-engineer (DeleteObjects, without keys). Markers before (iceberg-maintenance, DeleteObject with its keys) and after (spill files) are intended; keys with a newer version on top were written again.",
    },
    contained: {
      text: "The cleanup job's role may not delete objects of the lakehouse bucket any more.",
      holds: (world) => deletions.get(world)?.jobMayDelete() === false,
    },
    resolved: {
      text: "All and only the objects that the job deleted are current again with the content that they had: what maintenance removed stays removed, what was written since stays.",
      holds: restored,
    },
    arrange: (world) => {
      if (world.nessie) runNessieForDays(world, "accidental-delete");
      deletions.set(world, arrangeAccidentalDelete(world, size));
    },
  };
}

/** Objects of the lakehouse were deleted by mistake. */
export const accidentalDelete = accidentalDeleteOf({ objects: 1_500, versions: 6_000 });

/** The same, while CI drops the statements that responders add to the bucket policy. */
export const accidentalDeleteUnderTerraform = withTerraformApply(accidentalDelete, {
  atMs: 18 * MINUTE_MS,
  everyMs: 60 * MINUTE_MS,
});
