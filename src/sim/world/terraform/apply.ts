import { Colleague } from "../colleague.ts";
import type { World } from "../world.ts";
import {
  currentState,
  expectedDigest,
  type LockInfo,
  lockHolder,
  releaseLock,
  stateDigest,
  takeLock,
  writeState,
} from "./lock.ts";
import { templateValues } from "./template-values.ts";

/** How long a plan of this template takes, and the changes behind it, ms. */
const PLAN_MS = { from: 25_000, to: 45_000 };
const APPLY_MS = { from: 8_000, to: 20_000 };
const WHO = "runner@ci-runner-7";
const PIPELINE = {
  userAgent: "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.100.0",
  sourceAddress: "10.8.3.20",
};

/** When the pipeline applies the template: `atMs` after the scenario's start, and then every `everyMs`, virtual ms. */
export interface ApplySchedule {
  atMs: number;
  everyMs?: number;
}

/**
 * The CI that applies the template (principal role `terraform`, session `ci`), to be told when: each run takes the state's lock,
 * checks its digest, plans, brings back what the template owns to the values that it has now, when the pipeline is made, writes
 * the state when something changed, and gives the lock back. A lock that somebody holds, or a digest that does not fit, makes the
 * run fail and change nothing.
 */
export function terraformPipeline(world: World): (schedule: ApplySchedule) => void {
  const { kernel, epochMs } = world;
  const random = world.random("terraform/apply");
  const owned = templateValues(world);
  const terraform = Colleague.inRole(world, "terraform", "ci", PIPELINE);
  const note = (text: string) => world.journal.note(kernel.nowMs, `terraform apply ${text}`);

  const finish = (lock: LockInfo, changes: number) => {
    const state = currentState(world);
    if (changes > 0 && state) writeState(world, { ...state, serial: Number(state.serial ?? 0) + 1 }, true);
    note(releaseLock(world, lock) ? `complete: ${changes} changed` : "could not release the lock: it is not its own");
  };
  const run = () => {
    const planMs = random.between(PLAN_MS.from, PLAN_MS.to);
    const applyMs = random.between(APPLY_MS.from, APPLY_MS.to);
    const lock = takeLock(world, WHO, random);
    if (!lock) {
      note(`failed: the state is locked by ${lockHolder(world)?.Who ?? "somebody unknown"}`);
      return;
    }
    if (expectedDigest(world) !== stateDigest(world)) {
      releaseLock(world, lock);
      note("failed: the state's checksum does not match the expected one");
      return;
    }
    note("started");
    kernel.after(planMs, () => {
      const changes = owned.filter((bringBack) => bringBack(world, terraform)).length;
      kernel.after(applyMs, () => finish(lock, changes));
    });
  };
  return ({ atMs, everyMs }) => {
    if (everyMs === undefined) kernel.at(epochMs + atMs, run);
    else kernel.every(epochMs + atMs, everyMs, run);
  };
}
