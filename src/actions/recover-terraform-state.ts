import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { JsonObject } from "../base/json.ts";
import {
  chooseVersion,
  type KnownVersion,
  readHistory,
  type StateHistory,
} from "../recovery/terraform-state/history.ts";
import { headState, readVersion, type StateObject } from "../recovery/terraform-state/object.ts";
import type { StatePlace } from "../recovery/terraform-state/place.ts";
import {
  type CurrentObject,
  NO_OBJECT,
  type ReplaceRequest,
} from "../recovery/terraform-state/replacement-contract.ts";
import type { ActionDefinition, Check, JobStep, PrepareContext, Prepared, Step } from "./contract.ts";
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
import { downloadStep, replaceStep, verifyStep } from "./terraform-state-steps.ts";
import {
  currentCheck,
  differenceWords,
  digestWords,
  lockCheck,
  lockWords,
  originWords,
  versionFacts,
  versionWords,
} from "./terraform-state-words.ts";

/** So much of a lineage has to be typed to mean it. */
const LINEAGE_PREFIX = 8;

const parameters = z.object({
  version: z
    .string()
    .trim()
    .default("")
    .describe("Version id or serial to go back to; empty: the last good one (inspect-terraform-state lists them)"),
  lineage: z
    .string()
    .trim()
    .default("")
    .describe(
      "Only when the current state has another lineage: the lineage to go back to, its first 8 characters or all",
    ),
});

/**
 * Puts an earlier version of the Terraform state in the place of the current one, as Terraform itself would write it: under its locks,
 * with the next serial as the only change, and with its digest.
 */
export const recoverTerraformState: ActionDefinition<z.infer<typeof parameters>> = {
  id: "recover-terraform-state",
  title: "Recover the Terraform state: put an earlier version back",
  description:
    "Downloads and inspects the version, locks, writes it with the next serial, sets the digest, unlocks. Can be undone.",
  runbook: "Disaster Recovery > Terraform State Recovery",
  tier: "name",
  parameters,
  operations: [...READ_STATE_OPERATIONS, "s3:GetBucketVersioning", ...WRITE_STATE_OPERATIONS],
  async prepare(context, { version: wanted, lineage }) {
    const place = placeOf(context);
    const access = accessOf(context);
    const { aws, signal } = context;
    const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
    const [history, versioning] = await Promise.all([
      readHistory(place, auditOf(context), access),
      aws.call("s3", "GetBucketVersioning", { Bucket: place.bucket }, options),
    ]);
    const chosen = chooseVersion(history, wanted);
    // One that is older than those that are read by themselves.
    const candidate: KnownVersion =
      chosen.state || chosen.isDeleteMarker
        ? chosen
        : { ...chosen, state: await readVersion(place, chosen.versionId, access) };
    const head = candidate.isDeleteMarker ? undefined : await headState(place, candidate.versionId, access);
    const now = history.latest?.isDeleteMarker === false ? await headState(place, undefined, access) : undefined;
    return planOf(context, {
      place,
      history,
      candidate,
      head,
      now,
      lineage,
      versioning: versioning.output.Status ?? "",
    });
  },
};

interface Found {
  place: StatePlace;
  history: StateHistory;
  candidate: KnownVersion;
  head: StateObject | undefined;
  now: StateObject | undefined;
  /** As it was typed. */
  lineage: string;
  versioning: string;
}

/** One above everything that was ever written under this lineage: copies of it (saved plans, caches) have seen the highest. */
function nextSerial({ history, candidate }: Found): number {
  const ofLineage = history.versions.filter(({ state }) => state?.lineage === candidate.state?.lineage);
  return Math.max(0, ...ofLineage.map(({ state }) => state?.serial ?? 0)) + 1;
}

function planOf(context: PrepareContext, found: Found): Prepared {
  const { place, history, candidate, head, now } = found;
  const { locks } = history;
  const serial = nextSerial(found);
  const info = lockInfoText(context.incident.id);
  const current: CurrentObject = now ? { versionId: now.versionId, etag: now.etag } : NO_OBJECT;
  const request: ReplaceRequest = {
    place,
    usesTable: locks.usesTable,
    usesFile: locks.usesFile,
    lock: { id: (locks.item ?? locks.file)?.info.ID || randomUUID(), who: lockOwner(), info },
    current,
    change: {
      kind: "write",
      versionId: candidate.versionId,
      sha256: candidate.state?.sha256 ?? "",
      serial,
      lineage: candidate.state?.lineage ?? "",
    },
  };
  return {
    facts: factsOf(found, serial),
    checks: [
      lockCheck(locks, place, info),
      currentCheck(history),
      candidateCheck(candidate, head),
      lineageCheck(found),
      differenceCheck(found),
      encryptionCheck(head, now),
      {
        label: "versioning",
        status: found.versioning === "Enabled" ? "pass" : "fail",
        detail: `${found.versioning || "never enabled"} on ${place.bucket}${found.versioning === "Enabled" ? ": what is there now stays as a version" : ": what is there now would be lost"}`,
      },
    ],
    plan: {
      actionId: recoverTerraformState.id,
      title: `Recover the Terraform state: serial ${candidate.state?.serial ?? "unknown"} back as serial ${serial}, from version ${candidate.versionId}`,
      parameters: { version: candidate.versionId, lineage: found.lineage },
      tier: "name",
      resourceName: place.bucket,
      effects: [
        "The next plan or apply compares the infrastructure with this state: what was made since is unknown to it, and would be made again or left behind.",
        "While it is written nobody else can plan or apply: the state is locked.",
      ],
      caveats: [
        "Only the serial is changed in the file; outputs and attributes are those of that time. Run terraform plan before anything is applied.",
        "Who runs Terraform with -lock=false, or writes the object by hand, is not held off by the lock; the write itself is on condition of the version that was read.",
      ],
      undoing: {
        effects: [
          "The state is again what it was before the recovery, with its damage: plans and applies work from that.",
          "While it is written nobody else can plan or apply: the state is locked.",
        ],
        tier: "name",
      },
      steps: [
        downloadStep(place, candidate),
        {
          ...replaceStep(request, `Lock, write serial ${serial}, set the digest, unlock`),
          undo: undoOf(request, found, serial),
        },
      ],
      verify: verifyStep(request, { serial, lineage: candidate.state?.lineage ?? "" }),
      guard: null,
    },
  };
}

/** The way back: what was current is written in the same way, again with the next serial; a deletion comes back as a delete marker. */
function undoOf(request: ReplaceRequest, { history }: Found, serial: number): Step[] {
  const { latest, locks } = history;
  const before = latest && !latest.isDeleteMarker ? latest : undefined;
  const title = before
    ? `Write version ${before.versionId} back as serial ${serial + 1}, under the lock and with its digest`
    : "Put the delete marker back, under the lock";
  const step = replaceStep(request, title);
  const input: JsonObject = {
    ...step.input,
    current: { $ref: "replace.output.current" },
    change: before
      ? {
          kind: "write",
          versionId: before.versionId,
          sha256: before.state?.sha256 ?? "",
          serial: before.state?.serialAt ? serial + 1 : null,
          lineage: null,
        }
      : { kind: "delete", digest: locks.digest ?? null },
  };
  const { shows: _ofTheWayThere, ...rest } = step;
  const undo: JobStep = { ...rest, id: "undo-replace", input };
  return [undo];
}

function candidateCheck(candidate: KnownVersion, head: StateObject | undefined): Check {
  const label = "version to go back to";
  const words = `${versionWords(candidate)}; ${originWords(candidate)}`;
  if (candidate.isDeleteMarker) return { label, status: "fail", detail: `it is a delete marker: ${words}` };
  if (candidate.isLatest) return { label, status: "fail", detail: `it is the current one: ${words}` };
  if (!candidate.state || candidate.state.problem || !head) return { label, status: "fail", detail: words };
  return { label, status: "pass", detail: words };
}

/** A state of another lineage is another state: putting it here has to be meant. */
function lineageCheck({ history, candidate, lineage: typed }: Found): Check {
  const label = "lineage";
  const wanted = candidate.state?.lineage ?? "";
  const newest = history.latest?.state;
  const now = newest?.lineage;
  const isMeant = typed.length >= LINEAGE_PREFIX && wanted.startsWith(typed);
  if (typed !== "" && !isMeant)
    return { label, status: "fail", detail: `"${typed}" is not the beginning of the version's lineage ${wanted}` };
  if (now === wanted) return { label, status: "pass", detail: `${wanted}, as it is now` };
  // Damaged and deleted objects have none: then the versions below say which one it is.
  if (now === undefined && history.lineage === wanted)
    return { label, status: "pass", detail: `${wanted}, as all that is known of this state` };
  const others = history.versions.filter(({ state }) => state?.lineage === wanted).length;
  const found = `current is ${now ?? history.lineage ?? "unknown"}, the version ${wanted}, as ${others} in all`;
  if (isMeant) return { label, status: "warn", detail: `${found}: you typed it` };
  return {
    label,
    status: "fail",
    detail: `${found}. If that is the right one, give the parameter lineage=${wanted.slice(0, LINEAGE_PREFIX)}`,
  };
}

function differenceCheck({ history, candidate }: Found): Check {
  const detail = differenceWords(candidate, history.latest);
  return { label: "resources", status: "pass", detail };
}

function encryptionWords(object: StateObject | undefined): string {
  if (!object) return "unknown";
  const { ServerSideEncryption = "none", SSEKMSKeyId } = object.encryption;
  return SSEKMSKeyId ? `${ServerSideEncryption} with ${SSEKMSKeyId}` : ServerSideEncryption;
}

/** The version that Terraform wrote says how it encrypts; a copy by hand may have the bucket's default. */
function encryptionCheck(head: StateObject | undefined, now: StateObject | undefined): Check {
  const label = "encryption";
  const wanted = encryptionWords(head);
  if (!now || encryptionWords(now) === wanted) return { label, status: "pass", detail: wanted };
  return {
    label,
    status: "warn",
    detail: `${wanted}, as that version; the current object has ${encryptionWords(now)}`,
  };
}

function factsOf({ place, history, candidate }: Found, serial: number): Record<string, string> {
  const { locks, latest, lineage } = history;
  return {
    state: stateResource(place),
    serial: `${candidate.state?.serial ?? "unknown"}, written as ${serial} (one above the highest of this lineage)`,
    lineage: lineage ?? "unknown",
    locks: lockWords(locks, place),
    digest: digestWords(locks, latest),
    ...versionFacts(history),
  };
}
