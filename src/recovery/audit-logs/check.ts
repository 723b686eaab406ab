import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Failure, failureDetail } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import { type BucketFile, listFiles } from "./files.ts";
import { type AuditAccess, callOptions, type TrailFiles, timeInName } from "./place.ts";
import { isSignedBy } from "./signature.ts";

/** Something that is not as CloudTrail left it. */
export interface AuditFinding {
  kind:
    | "deleted"
    | "gone"
    | "overwritten"
    | "changed"
    | "digest missing"
    | "digest changed"
    | "digest moved"
    | "signature wrong"
    | "in no digest"
    | "unreadable";
  key: string;
  detail: string;
}

export interface AuditReport {
  digests: number;
  logs: number;
  /** Log files whose hash is that of their digest. */
  valid: number;
  findings: AuditFinding[];
  signatures: { verified: number; unsigned: number; notVerified: { count: number; why: string } };
  /** What the answer is about; log files after the last digest wait for theirs. Domain ms. */
  coveredFromMs: number | null;
  coveredToMs: number | null;
}

/** A digest file's content, as far as it is used. */
interface Digest {
  digestEndTime?: string;
  digestStartTime?: string;
  digestS3Bucket?: string;
  digestS3Object?: string;
  digestPublicKeyFingerprint?: string | null;
  previousDigestS3Object?: string | null;
  previousDigestHashValue?: string | null;
  previousDigestSignature?: string | null;
  logFiles?: { s3Object?: string; hashValue?: string }[];
}

interface ReadDigest {
  file: BucketFile;
  digest: Digest;
  hash: string;
  signature: string | undefined;
}

/** A digest covers the hour before it, and a log file comes some minutes after its events (CloudTrail user guide). */
const DIGEST_LATE_MS = 2 * 3_600_000;
const LOG_LATE_MS = 3_600_000;
/** Files that are read at the same time. */
const AT_ONCE = 6;

/**
 * Checks a trail's log files of a window as CloudTrail's own validation does: each digest names the hash of the one before it and of
 * its log files; what was deleted or written over is told by the bucket's versions. Reads only. Rejects with the Failure of a listing;
 * a file that cannot be read is a finding.
 */
export async function checkAuditLogs(trail: TrailFiles, access: AuditAccess): Promise<AuditReport> {
  access.progress("listing log files and digests");
  const [digestFiles, logFiles] = await Promise.all([
    listFiles(trail, "CloudTrail-Digest", DIGEST_LATE_MS, access),
    listFiles(trail, "CloudTrail", LOG_LATE_MS, access),
  ]);
  const findings: AuditFinding[] = [
    ...[...digestFiles.values(), ...logFiles.values()].flatMap((file) => bucketFinding(file)),
  ];
  const digests = await readDigests(trail, [...digestFiles.values()].filter(isThere), findings, access);
  findings.push(...chainFindings(trail, digests, digestFiles));
  const signatures = await checkSignatures(trail, digests, findings, access);

  // A digest covers an hour: of its log files only those of the window were listed, and what lies outside it is not judged.
  const isListed = (key: string) => {
    const atMs = timeInName(key);
    return atMs !== undefined && atMs >= trail.fromMs && atMs <= trail.toMs + LOG_LATE_MS;
  };
  const named = new Map<string, string>();
  for (const { digest } of digests)
    for (const { s3Object = "", hashValue = "" } of digest.logFiles ?? [])
      if (isListed(s3Object)) named.set(s3Object, hashValue);
  let valid = 0;
  let read = 0;
  await inTurn([...named], async ([key, hash]) => {
    access.progress(`${++read} of ${named.size} log files`);
    const file = logFiles.get(key);
    // What was deleted was found by its versions already.
    if (file && !isThere(file)) return;
    const finding = await logFinding(trail, key, hash, file, access);
    if (finding) findings.push(finding);
    else valid++;
  });
  const coveredToMs = digests.at(-1)?.digest.digestEndTime;
  const coveredFromMs = digests[0]?.digest.digestStartTime;
  for (const { key, atMs } of logFiles.values()) {
    const isCovered =
      coveredToMs && coveredFromMs && atMs >= Date.parse(coveredFromMs) && atMs <= Date.parse(coveredToMs);
    if (isCovered && !named.has(key) && isThere(logFiles.get(key)))
      findings.push({
        kind: "in no digest",
        key,
        detail: "no digest of its time names it: CloudTrail did not write it",
      });
  }
  return {
    digests: digests.length,
    logs: named.size,
    valid,
    findings: findings.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)),
    signatures,
    coveredFromMs: coveredFromMs ? Date.parse(coveredFromMs) : null,
    coveredToMs: coveredToMs ? Date.parse(coveredToMs) : null,
  };
}

const isThere = (file: BucketFile | undefined): boolean => file !== undefined && !file.isDeleted && file.versions > 0;

/** What the versions say of a file: each is written once, and nobody deletes it. */
function bucketFinding({ key, isDeleted, versions }: BucketFile): AuditFinding[] {
  if (isDeleted && versions === 0) return [{ kind: "gone", key, detail: "deleted, and no version of it is left" }];
  if (isDeleted) return [{ kind: "deleted", key, detail: "a delete marker is on it; its version is there" }];
  return versions > 1
    ? [{ kind: "overwritten", key, detail: `it has ${versions} versions: somebody wrote over it` }]
    : [];
}

async function readDigests(
  { bucket }: TrailFiles,
  files: readonly BucketFile[],
  findings: AuditFinding[],
  access: AuditAccess,
): Promise<ReadDigest[]> {
  const read: ReadDigest[] = [];
  await inTurn(files, async (file) => {
    try {
      const { output } = await access.aws.call(
        "s3",
        "GetObject",
        { Bucket: bucket, Key: file.key },
        callOptions(access),
      );
      const content =
        output.Body instanceof Readable ? await buffer(output.Body.pipe(createGunzip())) : Buffer.alloc(0);
      const hash = createHash("sha256").update(content).digest("hex");
      const digest = JSON.parse(content.toString("utf8")) as Digest;
      read.push({ file, digest, hash, signature: output.Metadata?.signature });
    } catch (error) {
      access.signal.throwIfAborted();
      findings.push({ kind: "unreadable", key: file.key, detail: reasonOf(error) });
    }
  });
  return read.sort((a, b) => (a.file.key < b.file.key ? -1 : 1));
}

/** The reason without what stands in the file: a parser's message would quote it. */
const reasonOf = (error: unknown): string =>
  error instanceof Failure ? failureDetail(error, "read").why : "it is no compressed digest or log file";

function chainFindings(
  { bucket }: TrailFiles,
  digests: readonly ReadDigest[],
  files: ReadonlyMap<string, BucketFile>,
): AuditFinding[] {
  const byKey = new Map(digests.map((one) => [one.file.key, one]));
  const firstMs = Math.min(...[...files.values()].map(({ atMs }) => atMs));
  return digests.flatMap(({ file: { key, atMs }, digest }) => {
    const found: AuditFinding[] = [];
    if (digest.digestS3Object !== key || digest.digestS3Bucket !== bucket) {
      const place = sanitizeLine(`${digest.digestS3Bucket}/${digest.digestS3Object}`);
      found.push({ kind: "digest moved", key, detail: `it says that it is ${place}` });
    }
    const previousKey = digest.previousDigestS3Object;
    if (!previousKey) return found;
    const previous = byKey.get(previousKey);
    if (previous && previous.hash !== digest.previousDigestHashValue)
      found.push({
        kind: "digest changed",
        key: previousKey,
        detail: `its hash is not the one that ${key.split("/").at(-1)} names`,
      });
    // The one before the window's first is not looked at.
    if (!previous && atMs > firstMs && !files.has(previousKey))
      found.push({
        kind: "digest missing",
        key: sanitizeLine(previousKey),
        detail: `${key.split("/").at(-1)} names it, and no version of it is left`,
      });
    return found;
  });
}

async function checkSignatures(
  { fromMs, toMs }: TrailFiles,
  digests: readonly ReadDigest[],
  findings: AuditFinding[],
  access: AuditAccess,
): Promise<AuditReport["signatures"]> {
  const signed = digests.filter(({ signature }) => signature !== undefined);
  const unsigned = digests.length - signed.length;
  if (signed.length === 0) return { verified: 0, unsigned, notVerified: { count: 0, why: "" } };
  let keys: Map<string, Uint8Array>;
  try {
    const input = { StartTime: new Date(fromMs), EndTime: new Date(toMs + DIGEST_LATE_MS) };
    const { output } = await access.aws.call("cloudtrail", "ListPublicKeys", input, callOptions(access));
    keys = new Map(
      (output.PublicKeyList ?? []).flatMap(({ Fingerprint, Value }) =>
        Fingerprint && Value ? [[Fingerprint, Value]] : [],
      ),
    );
  } catch (error) {
    access.signal.throwIfAborted();
    return {
      verified: 0,
      unsigned,
      notVerified: { count: signed.length, why: failureDetail(error, "cloudtrail:ListPublicKeys").why },
    };
  }
  let verified = 0;
  let withoutKey = 0;
  for (const { file, digest, hash, signature = "" } of signed) {
    const publicKey = keys.get(digest.digestPublicKeyFingerprint ?? "");
    if (!publicKey) {
      withoutKey++;
      continue;
    }
    const what = {
      endTime: digest.digestEndTime ?? "",
      bucket: digest.digestS3Bucket ?? "",
      key: digest.digestS3Object ?? "",
      contentHash: hash,
      previousSignature: digest.previousDigestSignature ?? null,
    };
    if (isSignedBy(what, signature, publicKey)) verified++;
    else
      findings.push({ kind: "signature wrong", key: file.key, detail: "its signature is not one of CloudTrail's key" });
  }
  return {
    verified,
    unsigned,
    notVerified: { count: withoutKey, why: withoutKey > 0 ? "their public key is not in the list" : "" },
  };
}

async function logFinding(
  { bucket }: TrailFiles,
  key: string,
  hash: string,
  file: BucketFile | undefined,
  access: AuditAccess,
): Promise<AuditFinding | undefined> {
  const name = sanitizeLine(key);
  if (file === undefined)
    return { kind: "gone", key: name, detail: "its digest names it, and no version of it is left" };
  try {
    const { output } = await access.aws.call("s3", "GetObject", { Bucket: bucket, Key: key }, callOptions(access));
    const sum = createHash("sha256");
    if (output.Body instanceof Readable) await pipeline(output.Body, createGunzip(), sum);
    return sum.digest("hex") === hash
      ? undefined
      : { kind: "changed", key: name, detail: "its hash is not the one that its digest names" };
  } catch (error) {
    access.signal.throwIfAborted();
    return { kind: "unreadable", key: name, detail: reasonOf(error) };
  }
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const next = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}
