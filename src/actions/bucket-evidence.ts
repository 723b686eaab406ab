import { formatUtc } from "../base/duration.ts";
import { Failure, failureDetail } from "../base/failure.ts";
import { type JsonObject, toJson } from "../base/json.ts";
import type { Job } from "./jobs.ts";
import { SETTINGS } from "./s3-facts.ts";

const OPERATIONS: Record<string, string> = { policy: "GetBucketPolicy", ...SETTINGS };

/** Every API operation that the job uses. */
export const BUCKET_EVIDENCE_OPERATIONS = Object.values(OPERATIONS).map((operation) => `s3:${operation}`);

/**
 * Keeps a bucket's configuration as it is before it is changed, in parallel: policy, versioning, public access block, lifecycle,
 * replication, encryption and tags, a file each. A setting that is not there is kept as S3's own answer that it is not.
 */
export const bucketEvidence: Job = async (input, context) => {
  const { aws, clock, signal, storeEvidence, progress } = context;
  const bucket = String(input.bucket);
  const call = { Bucket: bucket, ExpectedBucketOwner: String(input.accountId) };
  const missing: string[] = [];
  const requestIds: string[] = [];
  const files: string[] = [];
  const keep = async (name: string, operation: string) => {
    const answer = await answerOf(() => aws.callByName("s3", operation, call, { purpose: "action", signal }));
    if (answer.requestId) requestIds.push(answer.requestId);
    const file = `${formatUtc(clock.now()).replace(/[-:.]/g, "")}-${bucket}-${name}.json`;
    await storeEvidence(file, `${JSON.stringify(answer.value, null, 2)}\n`, {
      source: `${name} of bucket ${bucket}`,
      requestIds: answer.requestId ? [answer.requestId] : [],
    });
    files.push(file);
    progress(`${files.length} of ${Object.keys(OPERATIONS).length} collected`);
  };
  await Promise.all(
    Object.entries(OPERATIONS).map(async ([name, operation]) => {
      try {
        await keep(name, operation);
      } catch (error) {
        missing.push(`${name} of bucket ${bucket}: ${failureDetail(signal.aborted ? signal.reason : error, name).why}`);
      }
    }),
  );
  return { complete: missing.length === 0, missing, requestIds, output: { files: files.sort() } };
};

async function answerOf(
  read: () => Promise<{ output: unknown; requestId: string }>,
): Promise<{ value: JsonObject; requestId: string }> {
  try {
    const { output, requestId } = await read();
    return { value: toJson(output) as JsonObject, requestId };
  } catch (error) {
    // S3 has two spellings of "there is none" that the failure's kind does not cover.
    const { code = "", requestId = "" } = error instanceof Failure ? error.detail : {};
    if (!/^NoSuch(?!Bucket$)|ConfigurationNotFound/.test(code)) throw error;
    return { value: { none: code }, requestId };
  }
}
