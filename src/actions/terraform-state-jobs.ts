import { dirname, join, relative } from "node:path";
import { formatUtc } from "../base/duration.ts";
import { Failure } from "../base/failure.ts";
import { toJson } from "../base/json.ts";
import { compareResources } from "../recovery/terraform-state/compare.ts";
import { readHistory } from "../recovery/terraform-state/history.ts";
import { judgeReplacement, verifyReplacement } from "../recovery/terraform-state/judge.ts";
import { describeLock } from "../recovery/terraform-state/lock-info.ts";
import { fetchVersion } from "../recovery/terraform-state/object.ts";
import type { StatePlace } from "../recovery/terraform-state/place.ts";
import { replaceState } from "../recovery/terraform-state/replace.ts";
import { copyName, type ReplaceRequest } from "../recovery/terraform-state/replacement-contract.ts";
import type { AuditPlace } from "../recovery/terraform-state/writers.ts";
import type { Job, JobContext, JobJudge } from "./jobs.ts";

/** Copies of the state that a responder asked for: beside the evidence, not part of it. */
const folderOf = ({ recoveryFolder }: JobContext): string => join(recoveryFolder, "terraform-state");

interface DownloadInput {
  place: StatePlace;
  versionId: string;
  sha256: string;
}

/** A version to a private file below the incident's folder. Its contents go nowhere else. */
const download: Job = async (input, context) => {
  const { place, versionId, sha256 } = input as unknown as DownloadInput;
  context.progress(`reading s3://${place.bucket}/${place.key}`);
  const path = join(folderOf(context), copyName(versionId));
  const { state } = await fetchVersion(place, { versionId, sha256 }, path, context);
  const file = relative(dirname(context.recoveryFolder), path);
  const { problem, serial, lineage, terraformVersion, bytes, resources } = state;
  const found =
    problem ??
    `serial ${serial}, lineage ${lineage}, ${resources.size} resources, by Terraform ${terraformVersion ?? "unknown"}`;
  return {
    complete: true,
    missing: [],
    requestIds: [],
    output: toJson({ file, versionId, sha256: state.sha256, bytes, serial, lineage, resources: resources.size }),
    note: `${file} (0600, ${bytes} bytes): ${found}. It may hold secrets`,
  };
};

/** The change under the lock; checkpoints tell a later session how far it came. */
const replace: Job = async (input, context) => {
  const request = input as unknown as ReplaceRequest;
  const { clock } = context;
  const done = await replaceState(request, {
    aws: context.aws,
    signal: context.signal,
    now: () => clock.now(),
    checkCaller: context.checkCaller,
    checkpoint: context.checkpoint,
    progress: context.progress,
    folder: folderOf(context),
  });
  const { output, requestIds, notes, failure, inDoubt } = done;
  const shown = (versionId: string) => versionId || "none";
  return {
    complete: failure === undefined,
    missing: [],
    requestIds,
    output: toJson(output),
    ...(request.current.versionId === output.current.versionId
      ? {}
      : {
          change: {
            before: { version: shown(request.current.versionId) },
            after: { version: shown(output.current.versionId) },
          },
        }),
    ...(failure ? { failure } : {}),
    ...(inDoubt ? { inDoubt } : {}),
    ...(notes.length > 0 ? { note: notes.join("; ") } : {}),
  };
};

const verify: Job = async (input, context) => {
  const { place, expected } = input as unknown as {
    place: StatePlace;
    expected: Parameters<typeof verifyReplacement>[1];
  };
  const problems = await verifyReplacement(place, expected, context);
  if (problems.length === 0) return { complete: true, missing: [], requestIds: [], output: null };
  throw new Failure({
    kind: "invalid",
    what: "verify the Terraform state",
    why: problems.join("; "),
    next: "Look at it with inspect-terraform-state; mend-terraform-state sets the digest and gives our lock back.",
  });
};

interface InspectInput {
  place: StatePlace;
  audit: AuditPlace | null;
  version: string;
}

/** The table with every address that differs, as a file of the evidence; what is in the state is no part of it. */
const inspect: Job = async (input, context) => {
  const { place, audit, version } = input as unknown as InspectInput;
  context.progress("reading the versions");
  const history = await readHistory(place, audit ?? undefined, context);
  const { latest, locks } = history;
  const candidate = history.versions.find(({ versionId }) => versionId === version);
  const table = history.versions.map((one) => ({
    versionId: one.versionId,
    time: formatUtc(one.atMs),
    bytes: one.bytes,
    current: one.isLatest,
    deleteMarker: one.isDeleteMarker,
    serial: one.state?.serial ?? null,
    lineage: one.state?.lineage ?? null,
    terraformVersion: one.state?.terraformVersion ?? null,
    resources: one.state?.resources.size ?? null,
    md5: one.state?.md5 ?? null,
    problem: one.state?.problem ?? one.unread ?? null,
    writer: "by" in one.writer ? one.writer.by : null,
  }));
  const difference =
    candidate?.state && latest?.state ? compareResources(candidate.state.resources, latest.state.resources) : null;
  const found = {
    state: `s3://${place.bucket}/${place.key}`,
    damage: history.damage,
    lock: [locks.item, locks.file].flatMap((held) => (held ? [describeLock(held)] : [])),
    digest: locks.digest ?? null,
    compared: candidate && latest ? { inPlaceOfCurrent: candidate.versionId, current: latest.versionId } : null,
    difference,
    versions: table,
  };
  const name = `terraform-state/inspection-${formatUtc(context.clock.now()).replace(/[-:]|\.\d+/g, "")}.json`;
  await context.storeEvidence(name, `${JSON.stringify(found, undefined, 2)}\n`, {
    source: `s3://${place.bucket}/${place.key}, its versions, locks and digest`,
    requestIds: [],
  });
  const counts = difference
    ? `, ${difference.added.length} added, ${difference.removed.length} removed, ${difference.changed.length} changed`
    : "";
  return {
    complete: true,
    missing: [],
    requestIds: [],
    output: toJson({
      file: `evidence/${name}`,
      damage: found.damage,
      compared: found.compared,
      versions: table.length,
    }),
    note: `evidence/${name}: ${table.length} versions${counts}`,
  };
};

export const terraformStateJobs: Record<string, Job> = {
  "download-terraform-state": download,
  "replace-terraform-state": replace,
  "verify-terraform-state": verify,
  "inspect-terraform-state": inspect,
};

const judge: JobJudge = async (input, checkpoints, access) => {
  const writing = checkpoints.findLast(({ name }) => name === "writing")?.detail as
    | { md5: string; serial: number | null }
    | undefined;
  const { output, ...verdict } = await judgeReplacement(input as unknown as ReplaceRequest, writing, access);
  return { ...verdict, output: toJson(output) };
};

/** What only reads AWS leaves nothing behind that counts: it is done again. */
const onlyRead: JobJudge = async () => ({ verdict: "did-not-happen", detail: "it only reads AWS: run it again" });

export const terraformStateJudges: Record<string, JobJudge> = {
  "replace-terraform-state": judge,
  "download-terraform-state": onlyRead,
  "inspect-terraform-state": onlyRead,
};
