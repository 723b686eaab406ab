import * as z from "zod";
import type { JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import { BUCKET_EVIDENCE_OPERATIONS } from "./bucket-evidence.ts";
import type { ActionDefinition, CallStep, Check } from "./contract.ts";
import { takeReading } from "./reading.ts";
import { expiresVersions } from "./s3-facts.ts";
import { lifecycleInput, lifecycleReading, lifecycleState } from "./s3-readings.ts";

const parameters = z.object({
  bucket: z.string().default("").describe("Bucket (empty: the lakehouse bucket)"),
});

/**
 * Disables the lifecycle rules that expire noncurrent versions or delete markers, so that what was deleted can still be restored and
 * looked at. The call replaces the whole configuration (S3 API reference), so all rules are read, changed and written again.
 */
export const holdLifecycle: ActionDefinition<z.infer<typeof parameters>> = {
  id: "hold-lifecycle",
  title: "Hold lifecycle expiry: keep noncurrent versions",
  description: "Disables the lifecycle rules that expire noncurrent versions, so that evidence and the way back stay.",
  runbook: "Incident Response > Evidence Preservation",
  tier: "yes",
  parameters,
  operations: [...BUCKET_EVIDENCE_OPERATIONS, "s3:PutBucketLifecycleConfiguration", "sts:GetCallerIdentity"],
  async prepare(context, { bucket: named }) {
    const { aws, accountId, deployment, signal } = context;
    const bucket = named.trim() || deployment.buckets.lakehouse;
    const reading = lifecycleReading(bucket, accountId);
    const { picked } = await takeReading(aws, reading, { purpose: "action", ...(signal ? { signal } : {}) });
    const rules = (picked.text ?? []) as JsonObject[];
    const held = rules.filter(expiresVersions);
    const ids = held.map(({ ID }) => String(ID));
    const disabled = rules.map((rule) => (expiresVersions(rule) ? { ...rule, Status: "Disabled" } : rule));
    const shown = ids.map((id) => sanitizeLine(id)).join(", ");
    const base = {
      kind: "call" as const,
      transport: "aws" as const,
      service: "s3",
      operation: "PutBucketLifecycleConfiguration",
      resource: `lifecycle configuration of ${bucket}`,
    };
    const input = (content: JsonObject[]) => lifecycleInput(bucket, accountId, content, picked.minimumSize ?? null);
    const [before, after] = [lifecycleState(rules), lifecycleState(disabled)];
    const step: CallStep = {
      ...base,
      id: "disable-rules",
      title: `Disable ${shown}`,
      input: input(disabled),
      state: { reading, before, after },
      undo: [
        {
          ...base,
          id: "enable-rules",
          title: `Enable ${shown} again`,
          input: input(rules),
          state: { reading, before: after, after: before },
          rebase: { kind: "lifecycle-rules", ids },
        },
      ],
    };
    return {
      facts: { bucket, rules: String(rules.length), "rules that expire versions": shown || "none" },
      checks: [ruleCheck(ids, shown), ...besides(held)],
      plan: {
        actionId: holdLifecycle.id,
        title: `Hold lifecycle expiry on ${bucket}`,
        parameters: { bucket },
        tier: "yes",
        resourceName: bucket,
        effects: [
          "Noncurrent versions are kept, and paid for, until it is undone; then S3 expires at once what is due by then.",
        ],
        caveats: [
          "S3 carries out lifecycle rules once a day: what it has queued already may still be deleted.",
          "A terraform apply enables the rules again; the guard watches while this cockpit runs.",
          "AWS has no conditional write here: all rules are read again right before and written together; a change between the two would be overwritten.",
        ],
        steps: [evidence(bucket, accountId), step],
        verify: {
          kind: "wait",
          id: "verify-rules",
          title: "The rules read back as written",
          reading,
          until: [{ label: "content", op: "equals", value: after.content ?? null }],
          deadlineMs: 60_000,
        },
        guard: {
          badge: "s3 lifecycle held",
          brokenMessage: `lifecycle expiry of bucket ${bucket} is on again`,
          watches: ids.map((id) => ({
            reading: { ...reading, pick: { [`rule ${id}`]: `Rules[ID=${id}][0].Status` } },
            holds: [{ label: `rule ${id}`, op: "in" as const, value: ["Disabled", null] }],
          })),
        },
      },
    };
  },
};

function ruleCheck(ids: string[], shown: string): Check {
  return ids.length > 0
    ? { label: "rules", status: "pass", detail: `${shown}: will be disabled, all others stay as they are` }
    : {
        label: "rules",
        status: "fail",
        detail: "no enabled rule expires noncurrent versions: there is nothing to hold",
      };
}

/** What a rule does besides, and stops doing with it. */
function besides(held: JsonObject[]): Check[] {
  const names = ["Transitions", "NoncurrentVersionTransitions", "AbortIncompleteMultipartUpload"];
  return held.flatMap((rule): Check[] => {
    const other = names.filter((name) => rule[name] !== undefined);
    if (other.length === 0) return [];
    const detail = `${sanitizeLine(String(rule.ID))} also does ${other.join(", ")}: that stops with it`;
    return [{ label: "other actions", status: "warn", detail }];
  });
}

const evidence = (bucket: string, accountId: string) => ({
  kind: "job" as const,
  id: "evidence",
  title: "Keep the bucket's configuration as it is",
  job: "bucket-evidence",
  input: { bucket, accountId },
  operations: BUCKET_EVIDENCE_OPERATIONS,
  boxMs: 15_000,
  essential: false,
});
