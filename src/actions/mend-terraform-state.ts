import { randomUUID } from "node:crypto";
import * as z from "zod";
import { readHistory, type StateHistory } from "../recovery/terraform-state/history.ts";
import { headState } from "../recovery/terraform-state/object.ts";
import { NO_OBJECT, type ReplaceRequest } from "../recovery/terraform-state/replacement-contract.ts";
import type { ActionDefinition, Check } from "./contract.ts";
import {
  accessOf,
  auditOf,
  lockInfoText,
  lockOwner,
  placeOf,
  READ_STATE_OPERATIONS,
  stateResource,
  WRITE_STATE_OPERATIONS,
} from "./terraform-state-place.ts";
import { replaceStep, verifyStep } from "./terraform-state-steps.ts";
import { currentCheck, digestWords, lockCheck, lockWords, versionWords } from "./terraform-state-words.ts";

const parameters = z.object({});

/**
 * Finishes what a recovery that was cut off left: sets the digest to the MD5 of the object that is there, and gives our own lock back.
 * It is the way out, too, when somebody copied a state by hand and Terraform stops at its digest.
 */
export const mendTerraformState: ActionDefinition<z.infer<typeof parameters>> = {
  id: "mend-terraform-state",
  title: "Mend the Terraform state: its digest, and our own lock",
  description: "Sets the digest to the MD5 of the state that is there, and gives back a lock that a run of ours left.",
  runbook: "Disaster Recovery > Terraform State Recovery",
  tier: "yes",
  parameters,
  operations: [...READ_STATE_OPERATIONS, ...WRITE_STATE_OPERATIONS],
  async prepare(context) {
    const place = placeOf(context);
    const access = accessOf(context);
    const [history, head] = await Promise.all([
      readHistory(place, auditOf(context), access),
      headState(place, undefined, access),
    ]);
    const { locks, latest } = history;
    const info = lockInfoText(context.incident.id);
    const own = [locks.item, locks.file].find((held) => held?.info.Info === info);
    const state = latest?.state;
    const request: ReplaceRequest = {
      place,
      usesTable: locks.usesTable,
      usesFile: locks.usesFile,
      lock: { id: own?.info.ID || randomUUID(), who: lockOwner(), info },
      current: head ? { versionId: head.versionId, etag: head.etag } : NO_OBJECT,
      change: { kind: "keep", md5: state?.md5 ?? "" },
    };
    return {
      facts: { state: stateResource(place), locks: lockWords(locks, place), digest: digestWords(locks, latest) },
      checks: [
        lockCheck(locks, place, info),
        currentCheck(history),
        isNeeded(history, own !== undefined),
        isUsable(history),
      ],
      plan: {
        actionId: mendTerraformState.id,
        title: `Mend the ${stateResource(place)}`,
        parameters: {},
        tier: "yes",
        resourceName: place.bucket,
        effects: ["Terraform takes the state that is there from then on: look at it first (inspect-terraform-state)."],
        caveats: ["There is no undo: the digest that stood there fitted another object."],
        steps: [replaceStep(request, "Lock, set the digest to the MD5 of the object, unlock")],
        verify: verifyStep(request, { serial: state?.serial ?? 0, lineage: state?.lineage ?? "" }),
        guard: null,
      },
    };
  },
};

function isNeeded({ locks, latest }: StateHistory, isHeld: boolean): Check {
  const label = "to mend";
  const wrong = [
    ...(isHeld ? ["our lock is held"] : []),
    ...(locks.usesTable && latest?.state && locks.digest !== latest.state.md5
      ? ["the digest is not that of the object"]
      : []),
  ];
  return wrong.length > 0
    ? { label, status: "pass", detail: wrong.join("; ") }
    : { label, status: "fail", detail: "nothing: the digest fits, and no lock of ours is held" };
}

/** A digest makes Terraform take the object: only one that is a whole state of this lineage may get it. */
function isUsable({ latest, lineage, highestSerial }: StateHistory): Check {
  const label = "object";
  const state = latest?.state;
  if (!latest || !state || state.problem !== undefined)
    return {
      label,
      status: "fail",
      detail: `it is no whole state: ${latest ? versionWords(latest) : "there is none"}`,
    };
  if (state.lineage !== lineage)
    return { label, status: "fail", detail: `its lineage is ${state.lineage}, that of this state is ${lineage}` };
  if ((state.serial ?? 0) < highestSerial)
    return {
      label,
      status: "warn",
      detail: `its serial ${state.serial} is lower than ${highestSerial}, which was there: recover-terraform-state writes it with the next one`,
    };
  return { label, status: "pass", detail: versionWords(latest) };
}
