import * as z from "zod";
import { globalRegionOf } from "../../aws/partition.ts";
import { failureDetail } from "../../base/failure.ts";
import type { ActionDefinition, Check, PrepareContext } from "../contract.ts";
import { type AccessKey, consumerFacts, describeKeys, keyById, readKeys } from "./facts.ts";
import { KEY_OPERATIONS, userParameter } from "./rotate.ts";
import { deleteStep } from "./steps.ts";

const parameters = z.object({ user: userParameter, key: z.string().describe("The key's id, AKIA...") });

const HOUR_MS = 3_600_000;
/** IAM reports a key's last use hours late, and a nightly job uses it once a day. */
const SOAK_MS = 24 * HOUR_MS;

/** Deletes a key that has been inactive long enough for somebody to miss it. It cannot be undone. */
export const deleteAccessKey: ActionDefinition<z.infer<typeof parameters>> = {
  id: "delete-access-key",
  title: "Delete an inactive IAM access key",
  description: "For good. Refused while the key is active: deactivate it first, and watch who misses it.",
  runbook: "Credential Rotation > IAM Access Keys",
  tier: "name-and-account",
  parameters,
  operations: [...KEY_OPERATIONS, "iam:DeleteAccessKey"],
  async prepare(context, { user, key: keyId }) {
    const keys = await readKeys(context, user);
    const key = keyById(keys, user, keyId);
    const used = await consumerFacts(context, keyId);
    const step = deleteStep(user, keyId);
    const held = context.held.filter(({ resources }) => resources.includes(step.resource));
    return {
      facts: { ...describeKeys(keys), ...used.facts },
      checks: [inactiveCheck(key), await soakCheck(context, key, held.at(-1)?.sinceMs), used.check],
      plan: {
        actionId: deleteAccessKey.id,
        title: `Delete access key ${keyId} of ${user}`,
        parameters: { user, key: keyId },
        tier: "name-and-account",
        resourceName: user,
        effects: [`${keyId} is gone for good; it cannot be activated again.`],
        caveats: ["It cannot be undone."],
        steps: [step],
        verify: null,
        guard: null,
        // A key that is gone cannot be activated again.
        settles: held.map(({ runId }) => runId),
      },
    };
  },
};

const inactiveCheck = ({ isActive }: AccessKey): Check => ({
  label: "status",
  status: isActive ? "fail" : "pass",
  detail: isActive ? "it is active: deactivate it first (deactivate-access-key), and watch who misses it" : "inactive",
});

/** How long it has been inactive, by CloudTrail, or by this incident (`ownMs`) while that does not tell yet; a shorter time than a day is a warning, because a nightly job shows only then. */
async function soakCheck(
  { aws, clock, signal }: PrepareContext,
  { id }: AccessKey,
  ownMs: number | undefined,
): Promise<Check> {
  const label = "inactive since";
  try {
    const { output } = await aws.call(
      "cloudtrail",
      "LookupEvents",
      { LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "UpdateAccessKey" }] },
      { purpose: "action", region: globalRegionOf(aws.region), ...(signal ? { signal } : {}) },
    );
    const event = (output.Events ?? []).find(({ CloudTrailEvent = "" }) => CloudTrailEvent.includes(id));
    const atMs = event?.EventTime?.getTime() ?? ownMs;
    if (atMs === undefined) return { label, status: "unknown", detail: "CloudTrail does not tell (it delivers late)" };
    const sinceMs = clock.now() - atMs;
    const detail = `${(sinceMs / HOUR_MS).toFixed(1)} hours`;
    return sinceMs < SOAK_MS
      ? { label, status: "warn", detail: `${detail}: less than a day, a nightly job may still need it` }
      : { label, status: "pass", detail };
  } catch (error) {
    const { why, missingPermission } = failureDetail(error, label);
    return { label, status: "unknown", detail: missingPermission ? `not known: needs ${missingPermission}` : why };
  }
}
