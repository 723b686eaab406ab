import type { Scenario } from "../scenario.ts";
import { randomUuid } from "../world/random.ts";
import { md5Of } from "../world/s3/content.ts";
import {
  currentState,
  expectedDigest,
  lockHolder,
  stateDigest,
  takeLock,
  writeState,
} from "../world/terraform/lock.ts";
import type { World } from "../world/world.ts";
import { runNessieForDays } from "./running-tasks.ts";

const MINUTE_MS = 60_000;
const OVERWRITTEN_MS = -48 * MINUTE_MS;
const DEAD_JOB_MS = -50 * MINUTE_MS;
const DEAD_JOB = "runner@ci-runner-3";

interface Good {
  lineage: unknown;
  serial: number;
  resources: Set<string>;
}

interface StateResources {
  resources?: { module?: string; type: string; name: string; instances: { attributes: { id?: string } }[] }[];
}

/** The state from before the damage. */
const goods = new WeakMap<World, Good>();

function resourcesOf(state: Record<string, unknown>): Set<string> {
  const { resources = [] } = state as StateResources;
  return new Set(
    resources.flatMap(({ module = "", type, name, instances }) =>
      instances.map(({ attributes }) => `${module} ${type}.${name} ${attributes.id}`),
    ),
  );
}

/** Whether the current object is the state of this lineage, with every resource, and no older than it was. */
function stateIsRight(world: World): boolean {
  const good = goods.get(world);
  const state = currentState(world);
  if (!good || !state || state.lineage !== good.lineage || Number(state.serial) < good.serial) return false;
  const resources = resourcesOf(state);
  return [...good.resources].every((resource) => resources.has(resource));
}

function remember(world: World): void {
  const state = currentState(world) ?? {};
  goods.set(world, { lineage: state.lineage, serial: Number(state.serial), resources: resourcesOf(state) });
}

const holds = {
  contained: (world: World) => {
    const holder = lockHolder(world);
    return (holder !== undefined && holder.Who !== DEAD_JOB) || stateIsRight(world);
  },
  resolved: (world: World) =>
    stateIsRight(world) && expectedDigest(world) === stateDigest(world) && lockHolder(world) === undefined,
};

const common: Pick<Scenario, "catalogs" | "contained" | "resolved"> = {
  catalogs: ["glue", "nessie"],
  contained: {
    text: "The state's lock is held by a responder, so that nobody can apply with the damaged state, or the state is right again.",
    holds: holds.contained,
  },
  resolved: {
    text: "The current state object has the lineage and every resource from before, a serial that is not lower, the digest item equals its MD5, and the lock is free.",
    holds: holds.resolved,
  },
};

/** An old version was copied over the state by hand. */
const old: Scenario = {
  ...common,
  id: "tfstate-damage:old-state",
  title: "Terraform refuses its state",
  description:
    "Somebody copied an old version over the Terraform state with aws s3 cp: resources and the latest serials are missing, and the digest item no longer fits, so that every plan stops.",
  diagnosis: {
    verdict: "terraform-state-damaged",
    text: "The newest version of the state object has a lower serial and fewer resources than the one before it, and its MD5 differs from the digest item in tf-locks. The lineage is the same; the version before is the good one.",
  },
  arrange: (world) => {
    if (world.nessie) runNessieForDays(world, "tfstate-damage");
    world.kernel.at(world.epochMs + OVERWRITTEN_MS, () => {
      remember(world);
      const versions = world.storage.state.objects.get(world.names.stateKey) ?? [];
      // The oldest but two is one that somebody had at hand from the time of the first applies.
      const { content } = versions.at(-2)!;
      world.storage.state.write(world.names.stateKey, content!, { atMs: world.kernel.nowMs, origin: "world" });
      world.journal.note(
        world.kernel.nowMs,
        `state overwritten with an old version, MD5 ${md5Of(content!).toString("hex")}`,
      );
    });
  },
};

/** A job died in the middle and left its lock, and somebody "repaired" the state with an empty one. */
const empty: Scenario = {
  ...common,
  id: "tfstate-damage:stale-lock",
  title: "Terraform's state is empty and locked",
  description:
    "A CI job died during terraform apply and left its lock; then somebody wrote an empty state with another lineage over the real one, and its digest does not fit. An apply would create everything again.",
  diagnosis: {
    verdict: "terraform-state-damaged",
    text: "The newest version of the state object has no resources and another lineage, its MD5 differs from the digest item, and the lock item belongs to a CI job that is dead. The version before it is the good one.",
  },
  arrange: (world) => {
    if (world.nessie) runNessieForDays(world, "tfstate-damage");
    const random = world.random("scenario/tfstate-damage");
    world.kernel.at(world.epochMs + DEAD_JOB_MS, () => {
      takeLock(world, DEAD_JOB, random);
      world.journal.note(world.kernel.nowMs, `terraform apply of ${DEAD_JOB} died and left its lock`);
    });
    world.kernel.at(world.epochMs + OVERWRITTEN_MS, () => {
      remember(world);
      const { version, terraform_version } = currentState(world) ?? {};
      const lineage = randomUuid(random);
      writeState(
        world,
        { version, terraform_version, serial: 1, lineage, outputs: {}, resources: [], check_results: null },
        false,
      );
      world.journal.note(world.kernel.nowMs, "state overwritten with an empty one");
    });
  },
};

export const tfstateDamage: readonly Scenario[] = [old, empty];
