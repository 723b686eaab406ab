import * as z from "zod";
import { chooseVersion, type KnownVersion, readHistory } from "../recovery/terraform-state/history.ts";
import { readVersion } from "../recovery/terraform-state/object.ts";
import type { ActionDefinition, JobStep } from "./contract.ts";
import { accessOf, auditOf, placeOf, READ_STATE_OPERATIONS, stateResource } from "./terraform-state-place.ts";
import { downloadStep } from "./terraform-state-steps.ts";
import { currentCheck, differenceWords, digestWords, lockWords, versionFacts } from "./terraform-state-words.ts";

const RUNBOOK = "Disaster Recovery > Terraform State Recovery";
const INSPECT_BOX_MS = 10 * 60_000;

const version = z
  .string()
  .trim()
  .default("")
  .describe("Version id or serial to compare with the current state; empty: the last good one");
const inspectParameters = z.object({ version });

/** The table of the versions, and how the resources of one differ from those of the current state. Reads only. */
export const inspectTerraformState: ActionDefinition<z.infer<typeof inspectParameters>> = {
  id: "inspect-terraform-state",
  title: "Inspect the Terraform state: versions, lock, differences",
  description:
    "Versions with serial, lineage, resources, writer and time; who holds the lock; what differs. Reads only.",
  runbook: RUNBOOK,
  tier: "yes",
  parameters: inspectParameters,
  operations: READ_STATE_OPERATIONS,
  async prepare(context, { version: wanted }) {
    const place = placeOf(context);
    const audit = auditOf(context);
    const history = await readHistory(place, audit, accessOf(context));
    const { latest, locks, lastGood } = history;
    const candidate = wanted === "" ? lastGood : chooseVersion(history, wanted);
    const title = "Write the table and all differences to a file of the evidence";
    const step: JobStep = {
      kind: "job",
      id: "inspect",
      title,
      job: "inspect-terraform-state",
      input: { place: { ...place }, audit: audit ? { ...audit } : null, version: candidate?.versionId ?? "" },
      operations: READ_STATE_OPERATIONS,
      shows: [{ service: "s3", operation: "ListObjectVersions", input: { Bucket: place.bucket, Prefix: place.key } }],
      boxMs: INSPECT_BOX_MS,
      essential: true,
    };
    const difference: Record<string, string> = candidate
      ? { difference: `#${candidate.number} in place of current: ${differenceWords(candidate, latest)}` }
      : {};
    return {
      facts: {
        ...versionFacts(history),
        ...difference,
        lock: lockWords(locks, place),
        digest: digestWords(locks, latest),
      },
      checks: [currentCheck(history)],
      plan: {
        actionId: inspectTerraformState.id,
        title: `Inspect the ${stateResource(place)}`,
        parameters: { version: candidate?.versionId ?? "" },
        tier: "yes",
        resourceName: "",
        effects: [],
        caveats: [],
        steps: [step],
        verify: null,
        guard: null,
      },
    };
  },
};

const downloadParameters = z.object({
  version: z.string().trim().default("").describe("Version id or serial to download; empty: the last good one"),
});

/** The runbook's get-object: a version to a private file, for those who want to look into it themselves. */
export const downloadTerraformState: ActionDefinition<z.infer<typeof downloadParameters>> = {
  id: "download-terraform-state",
  title: "Download a version of the Terraform state",
  description: "To a private file (0600) in the incident's folder, with what is in it: serial, lineage, resources.",
  runbook: RUNBOOK,
  tier: "yes",
  parameters: downloadParameters,
  operations: READ_STATE_OPERATIONS,
  async prepare(context, { version: wanted }) {
    const place = placeOf(context);
    const access = accessOf(context);
    const history = await readHistory(place, auditOf(context), access);
    const chosen = chooseVersion(history, wanted);
    const found: KnownVersion =
      chosen.state || chosen.isDeleteMarker
        ? chosen
        : { ...chosen, state: await readVersion(place, chosen.versionId, access) };
    return {
      facts: versionFacts(history),
      checks: found.isDeleteMarker
        ? [{ label: "version", status: "fail", detail: "it is a delete marker: there is nothing to download" }]
        : [],
      plan: {
        actionId: downloadTerraformState.id,
        title: `Download version ${found.versionId} of the ${stateResource(place)}`,
        parameters: { version: found.versionId },
        tier: "yes",
        resourceName: "",
        effects: [],
        caveats: ["A state may hold secrets: the file is readable by you alone, and is no part of the evidence."],
        steps: [downloadStep(place, found)],
        verify: null,
        guard: null,
      },
    };
  },
};
