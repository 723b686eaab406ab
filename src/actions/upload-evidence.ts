import * as z from "zod";
import { Failure, failureDetail } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { uploadBundle } from "../evidence/upload/upload-bundle.ts";
import type { ActionDefinition, Check, JobStep, PrepareContext } from "./contract.ts";
import { exportContext } from "./job-results.ts";
import type { Job } from "./jobs.ts";

/** Length of a part of a multipart upload: the least that S3 takes (S3 user guide, multipart upload limits), so that a slow line sends one in time. */
const PART_BYTES = 5 * 1_048_576;
/** An upload has all the time that it needs: 24 h, machine ms. */
const UPLOAD_BOX_MS = 24 * 3_600_000;

const OPERATIONS = [
  "s3:PutObject",
  "s3:CreateMultipartUpload",
  "s3:UploadPart",
  "s3:CompleteMultipartUpload",
  "s3:AbortMultipartUpload",
  "s3:HeadObject",
  "s3:GetObjectLockConfiguration",
];

const parameters = z.object({
  bucket: z.string().min(3).describe("Bucket for the evidence; best one that nobody under investigation can write to"),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9!_.*'()/-]*$/, "letters, digits and - _ . / only")
    .default("mayday/")
    .describe("Beginning of the keys; the incident's id follows it"),
  owner: z
    .string()
    .regex(/^(\d{12})?$/, "12 digits")
    .default("")
    .describe("Account that owns the bucket (empty: this one)"),
});

/** Seals the bundle and uploads it, each file only where nothing is there. */
export const uploadEvidence: ActionDefinition<z.infer<typeof parameters>> = {
  id: "upload-evidence",
  title: "Upload the evidence to a bucket",
  description:
    "Seals the bundle and puts every file into the bucket, with checksums, overwriting nothing. Run again it goes on where it was.",
  runbook: "Incident Response > Evidence Preservation",
  tier: "yes",
  parameters,
  operations: ["s3:HeadBucket", "s3:GetBucketVersioning", "s3:GetPublicAccessBlock", ...OPERATIONS],
  async prepare(context, { bucket, prefix: given, owner: named }) {
    const owner = named || context.accountId;
    const prefix = given.replace(/^\/+/, "").replace(/([^/])$/, "$1/");
    const [there, lock, versioning, isPublic] = await Promise.all([
      reachable(context, bucket, owner),
      objectLock(context, bucket, owner),
      versioned(context, bucket, owner),
      publicAccess(context, bucket, owner),
    ]);
    const checks = [there, lock, versioning, isPublic];
    if (bucket === context.deployment.buckets.lakehouse)
      checks.push({
        label: "bucket",
        status: "warn",
        detail:
          "it is the lakehouse's own: whoever harmed it may reach the evidence, and a quarantine stops the upload",
      });
    const place = `s3://${bucket}/${prefix}${context.incident.id}/`;
    return {
      facts: { to: place, "account of the bucket": owner },
      checks,
      plan: {
        actionId: "upload-evidence",
        title: `Upload the evidence to ${place}`,
        parameters: { bucket, prefix, owner },
        tier: "yes",
        resourceName: "",
        effects: ["It writes new objects into the bucket; nothing there is overwritten or deleted."],
        caveats: [
          "The evidence may hold secrets (the Terraform state, log lines): whoever may read the bucket may read them.",
          "Where the upload of a large file is cut off and never run again, its parts stay in the bucket and cost storage until they are aborted.",
        ],
        steps: [SEAL, uploadStep({ bucket, prefix, owner, partBytes: PART_BYTES })],
        verify: null,
        guard: null,
      },
    };
  },
};

const SEAL: JobStep = {
  kind: "job",
  id: "seal-bundle",
  title: "Write the manifest",
  job: "seal-bundle",
  input: {},
  operations: [],
  boxMs: UPLOAD_BOX_MS,
  essential: true,
};

const uploadStep = (input: JsonObject): JobStep => ({
  kind: "job",
  id: "upload-bundle",
  title: "Upload every file, the manifest last",
  job: "upload-bundle",
  input,
  operations: OPERATIONS,
  boxMs: UPLOAD_BOX_MS,
  essential: false,
  pausable: true,
});

/** Uploads the sealed bundle of the incident, and records what lies where. */
export const uploadBundleJob: Job = async (input, context) => {
  const { bucket, prefix, owner, partBytes } = input as {
    bucket: string;
    prefix: string;
    owner: string;
    partBytes: number;
  };
  const { folder } = await context.storedEvidence();
  const to = { bucket, owner, partBytes };
  const { digest, place, uploaded, missing } = await uploadBundle(folder, prefix, to, exportContext(context));
  const objectLock = await lockOf(context, bucket, owner).catch(
    (error: unknown) => `not known: ${failureDetail(error, bucket).why}`,
  );
  if (uploaded.length > 0) {
    const objects = uploaded.map(({ key, bytes, checksum, versionId, wasThere }) => {
      return { key, bytes, checksum, versionId, wasThere };
    });
    await context.recordUpload({ bucket, owner, place, digest, objectLock, objects, missing });
  }
  const before = uploaded.filter(({ wasThere }) => wasThere).length;
  const note = `${uploaded.length} files in s3://${bucket}/${place}${before > 0 ? `, ${before} of them there before` : ""}; Object Lock: ${objectLock}`;
  return {
    complete: missing.length === 0,
    missing,
    requestIds: uploaded.slice(-1).map(({ requestId }) => requestId),
    output: { place, digest, files: uploaded.length, objectLock },
    note,
  };
};

type Reader = Pick<PrepareContext, "aws" | "signal">;

const purpose = ({ signal }: Reader) => ({ purpose: "action" as const, ...(signal ? { signal } : {}) });

/** The bucket's Object Lock in words. Rejects with the Failure of a read that failed. */
async function lockOf(context: Reader, bucket: string, owner: string): Promise<string> {
  const input = { Bucket: bucket, ExpectedBucketOwner: owner };
  try {
    const { output } = await context.aws.call("s3", "GetObjectLockConfiguration", input, purpose(context));
    const { ObjectLockEnabled, Rule } = output.ObjectLockConfiguration ?? {};
    if (ObjectLockEnabled !== "Enabled") return NO_LOCK;
    const { Mode, Days, Years } = Rule?.DefaultRetention ?? {};
    const length = Days ? `${Days} days` : Years ? `${Years} years` : "";
    return Mode ? `on, ${Mode.toLowerCase()} for ${length} by default` : "on, without a retention by default";
  } catch (error) {
    if (error instanceof Failure && error.detail.code === "ObjectLockConfigurationNotFoundError") return NO_LOCK;
    throw error;
  }
}

const NO_LOCK = "none, so whoever may delete in the bucket may delete the evidence";

async function reachable(context: Reader, bucket: string, owner: string): Promise<Check> {
  return told("bucket", async () => {
    await context.aws.call("s3", "HeadBucket", { Bucket: bucket, ExpectedBucketOwner: owner }, purpose(context));
    return { status: "pass", detail: `${bucket} is there, in account ${owner}` };
  });
}

async function objectLock(context: Reader, bucket: string, owner: string): Promise<Check> {
  return told("Object Lock", async () => {
    const detail = await lockOf(context, bucket, owner);
    return { status: detail === NO_LOCK ? "warn" : "pass", detail };
  });
}

async function versioned(context: Reader, bucket: string, owner: string): Promise<Check> {
  return told("versioning", async () => {
    const input = { Bucket: bucket, ExpectedBucketOwner: owner };
    const { output } = await context.aws.call("s3", "GetBucketVersioning", input, purpose(context));
    return output.Status === "Enabled"
      ? { status: "pass", detail: "on: the record names the version of each object" }
      : { status: "warn", detail: "off: an object that somebody overwrites later is gone" };
  });
}

async function publicAccess(context: Reader, bucket: string, owner: string): Promise<Check> {
  return told("public access", async () => {
    const input = { Bucket: bucket, ExpectedBucketOwner: owner };
    const { output } = await context.aws.call("s3", "GetPublicAccessBlock", input, purpose(context));
    const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } =
      output.PublicAccessBlockConfiguration ?? {};
    return BlockPublicAcls && IgnorePublicAcls && BlockPublicPolicy && RestrictPublicBuckets
      ? { status: "pass", detail: "blocked" }
      : { status: "warn", detail: "not blocked in every way: the evidence may hold secrets" };
  });
}

/** A check whose read may fail: the upload itself then says why it cannot be done. */
async function told(label: string, look: () => Promise<Omit<Check, "label">>): Promise<Check> {
  try {
    return { label, ...(await look()) };
  } catch (error) {
    return { label, status: label === "bucket" ? "warn" : "unknown", detail: failureDetail(error, label).why };
  }
}
