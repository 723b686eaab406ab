import * as z from "zod";
import type { JsonObject } from "../base/json.ts";
import { DAMAGE_KINDS } from "../recovery/s3/damage.ts";
import { secondText } from "../recovery/words.ts";
import type { ActionDefinition } from "./contract.ts";
import { choiceParameters, choose, incidentStartMs } from "./recovery-request.ts";
import { BUCKET_READS, RECOVERY_BOX_MS } from "./restore-steps.ts";

/** How far before the incident's start a survey looks by default, domain ms: damage is done before it is noticed. */
const BEFORE_MS = 24 * 3_600_000;

const parameters = z.object({
  ...choiceParameters,
  since: z
    .string()
    .default("")
    .describe(
      "What happened since this time, UTC ISO 8601 or an age such as 2h; default: 24 hours before the incident",
    ),
});

/** Surveys what happened to a bucket's objects. It only reads. */
export const listS3Damage: ActionDefinition<z.infer<typeof parameters>> = {
  id: "list-s3-damage",
  title: "List S3 damage: what was deleted, overwritten or is new",
  description:
    "Reads all versions below a prefix: counts, bytes, when it happened by the minute, days until versions are deleted for good. Every key goes into a file of the evidence.",
  runbook: "Disaster Recovery > S3 Data Recovery",
  tier: "none",
  parameters,
  operations: BUCKET_READS,
  async prepare(context, given) {
    const { found, chosen } = await choose(context, given, [...DAMAGE_KINDS], incidentStartMs(context) - BEFORE_MS);
    const { bucket, prefix, sinceMs } = chosen;
    const place = `s3://${bucket}/${prefix}`;
    const title = `List the damage of ${place} since ${secondText(sinceMs)}`;
    const { versioning } = found;
    const status = "problem" in versioning ? "unknown" : String(versioning.value?.Status ?? "off");
    return {
      facts: { bucket, prefix: prefix || "all keys", since: secondText(sinceMs), versioning: status },
      checks: [
        {
          label: "versioning",
          status: status === "Enabled" ? "pass" : "warn",
          detail: status === "Enabled" ? status : `${status}: what was overwritten or deleted then is gone`,
        },
      ],
      plan: {
        actionId: listS3Damage.id,
        title,
        parameters: { ...given, bucket, since: secondText(sinceMs) },
        tier: "none",
        resourceName: "",
        effects: ["It reads the listing and changes nothing; its calls count against S3's requests."],
        caveats: ["Versions that lifecycle expiry or anybody has deleted for good are in no listing."],
        steps: [
          {
            kind: "job",
            id: "survey",
            title,
            job: "survey-s3",
            input: chosen as unknown as JsonObject,
            operations: ["s3:ListObjectVersions", "s3:GetBucketVersioning"],
            boxMs: RECOVERY_BOX_MS,
            essential: true,
            pausable: true,
            shows: [
              {
                service: "s3",
                operation: "ListObjectVersions",
                input: { Bucket: bucket, ...(prefix ? { Prefix: prefix } : {}) },
              },
            ],
          },
        ],
        verify: null,
        guard: null,
      },
    };
  },
};
