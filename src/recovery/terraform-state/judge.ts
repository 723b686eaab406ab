import { readLocks } from "./locks.ts";
import { headState, readVersion } from "./object.ts";
import type { StateAccess, StatePlace } from "./place.ts";
import { NO_OBJECT, type ReplaceOutput, type ReplaceRequest, type Stage } from "./replacement-contract.ts";

export interface ReplaceVerdict {
  verdict: "happened" | "in-part" | "did-not-happen" | "cannot-tell";
  detail: string;
  output: ReplaceOutput;
}

/**
 * What came of a replacement that was cut off, from the live state: who holds the lock, whether the current object is what was being
 * written, whether the digest fits. @param writing the checkpoint made right before the object was sent, where there is one.
 * Rejects with the Failure of a read.
 */
export async function judgeReplacement(
  request: ReplaceRequest,
  writing: { md5: string; serial: number | null } | undefined,
  access: StateAccess,
): Promise<ReplaceVerdict> {
  const { place, usesFile, usesTable, lock, change } = request;
  const [locks, head] = await Promise.all([readLocks(place, usesFile, access), headState(place, undefined, access)]);
  const current = head ? { versionId: head.versionId, etag: head.etag } : NO_OBJECT;
  const md5 = head ? (await readVersion(place, head.versionId, access)).md5 : "";
  const isHeld = locks.item?.info.ID === lock.id || locks.file?.info.ID === lock.id;
  const isUnchanged = current.versionId === request.current.versionId && current.etag === request.current.etag;
  const isWritten = isUnchanged ? change.kind === "keep" : writing !== undefined && md5 === writing.md5;
  const expected = change.kind === "delete" ? change.digest : md5;
  const isDigestRight = !usesTable || expected === null || expected === "" || locks.digest === expected;

  const stage: Stage = !isWritten
    ? isHeld
      ? "locked"
      : "nothing"
    : isHeld
      ? isDigestRight
        ? "digest"
        : "written"
      : "released";
  const output: ReplaceOutput = {
    stage,
    current,
    lockId: lock.id,
    md5,
    serial: isWritten ? (writing?.serial ?? null) : null,
  };
  const lockWords = isHeld ? `our lock (${lock.id}) is still held` : "no lock of ours is held";
  const wayOn = "finish it with mend-terraform-state, or undo (z)";
  if (isWritten && isDigestRight && !isHeld)
    return { verdict: "happened", detail: `the state is written, its digest fits, and ${lockWords}`, output };
  if (isWritten) {
    const digest = isDigestRight ? "its digest fits" : "its digest is not updated, so that Terraform refuses it";
    return { verdict: "in-part", detail: `the state is written, ${digest}, ${lockWords}: ${wayOn}`, output };
  }
  if (isUnchanged && !isHeld)
    return { verdict: "did-not-happen", detail: `the state is as before it, and ${lockWords}`, output };
  if (isUnchanged)
    return { verdict: "in-part", detail: `the state is as before it, but ${lockWords}: ${wayOn}`, output };
  const detail = `the state is neither as before nor what was being written (version ${current.versionId || "none"}), and ${lockWords}`;
  return isHeld
    ? { verdict: "in-part", detail: `${detail}: ${wayOn}`, output }
    : { verdict: "cannot-tell", detail, output };
}

/** What has to hold once a state was replaced. Empty: all of it does. Each is a sentence. Rejects with the Failure of a read. */
export async function verifyReplacement(
  place: StatePlace,
  expected: { usesTable: boolean; usesFile: boolean; lockId: string; serial: number; lineage: string },
  access: StateAccess,
): Promise<string[]> {
  const [locks, state] = await Promise.all([
    readLocks(place, expected.usesFile, access),
    readVersion(place, undefined, access),
  ]);
  const isOurs = locks.item?.info.ID === expected.lockId || locks.file?.info.ID === expected.lockId;
  return [
    ...(isOurs ? ["our lock is still held"] : []),
    ...(state.problem ? [`the state cannot be used: ${state.problem}`] : []),
    ...(state.lineage === expected.lineage
      ? []
      : [`the lineage is ${state.lineage ?? "unknown"}, wanted ${expected.lineage}`]),
    ...(state.serial === expected.serial
      ? []
      : [`the serial is ${state.serial ?? "unknown"}, wanted ${expected.serial}`]),
    ...(expected.usesTable && locks.digest !== state.md5
      ? [`the digest is ${locks.digest ?? "missing"}, and the object's MD5 ${state.md5}`]
      : []),
  ];
}
