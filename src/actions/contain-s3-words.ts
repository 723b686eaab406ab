import type { JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { Check } from "./contract.ts";
import type { QuarantineLevel } from "./quarantine-statement.ts";
import { type BucketFacts, expires, expiresVersions, rulesOf, type Setting } from "./s3-facts.ts";

/** Bytes of a bucket policy at most (S3 user guide, bucket policies: 20 KB). */
export const POLICY_BYTES = 20_480;

/** Whom the statement spares, in words: "you, the root user and user break-glass". */
export function sparedWords(others: readonly { label: string }[]): string {
  const names = ["you", ...new Set(others.map(({ label }) => (label === "root user" ? "the root user" : label)))];
  return names.length === 1 ? "you" : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** What each level means for everybody who is not spared. */
export function effectsOf(level: QuarantineLevel, spared: string): string[] {
  const nobody = `Nobody but ${spared} may`;
  switch (level) {
    case "freeze-deletion":
      return [
        `${nobody} delete objects or versions, or change policy, lifecycle or versioning.`,
        "Reading and writing go on; table maintenance that deletes files (expire snapshots, compaction, VACUUM) fails.",
      ];
    case "freeze-writes":
      return [
        `${nobody} write, delete or change anything in the bucket.`,
        "Reading goes on; every Dagster job and every engine that writes fails until it is undone.",
      ];
    case "deny-all":
      return [
        `${nobody} do anything with the bucket, reading included.`,
        "Every job and query fails until it is undone, also Athena, Glue and Lake Formation acting for users.",
      ];
  }
}

/** What a statement of a bucket policy cannot do or guarantee. */
export const CAVEATS = [
  "Whoever is spared passes: a compromised session of your own role is not contained.",
  "AWS services acting for users (Athena, Lake Formation) and in their own name (log delivery) are denied like everybody else.",
  "A terraform apply puts the policy back unless the statement denies its role; the guard watches while this cockpit runs.",
  "AWS has no conditional write here: the policy is read again right before and right after; a change between the two would be overwritten.",
];

/** The facts of the dialog. */
export function bucketFacts(
  found: BucketFacts,
  before: string | undefined,
  after: string,
  level: QuarantineLevel,
  spared: string,
): Record<string, string> {
  const rules = rulesOf(found.lifecycle);
  return {
    bucket: found.bucket,
    level,
    "policy size": `${before === undefined ? "no policy" : `${Buffer.byteLength(before)} B`} -> ${Buffer.byteLength(after)} B of ${POLICY_BYTES}`,
    denied: `everybody but ${spared}`,
    versioning: shown(found.versioning, (value) => String(value?.Status ?? "off")),
    "public access block": shown(found.publicAccessBlock, (value) => {
      const block = Object.values((value?.PublicAccessBlockConfiguration ?? {}) as JsonObject);
      return block.length > 0 && block.every((one) => one === true) ? "all on" : "not all on";
    }),
    "rules that expire": rules
      ? rules
          .filter(expires)
          .map(({ ID }) => sanitizeLine(String(ID)))
          .join(", ") || "none"
      : "unknown",
    replication: shown(found.replication, (value) => (value ? "on" : "none")),
    encryption: shown(found.encryption, encryptionOf),
  };
}

/** Checks of the bucket itself. */
export function bucketChecks(found: BucketFacts, environment: string, level: QuarantineLevel): Check[] {
  const tag = shown(found.tags, (value) => {
    const tags = (value?.TagSet ?? []) as JsonObject[];
    return String(tags.find(({ Key }) => Key === "Environment")?.Value ?? "");
  });
  const isTagKnown = !("problem" in found.tags) && tag !== "";
  const versioning = shown(found.versioning, (value) => String(value?.Status ?? "off"));
  const overwrites = versioning !== "Enabled" && level === "freeze-deletion";
  const rules = rulesOf(found.lifecycle);
  const expiring = rules?.filter(expiresVersions).map(({ ID }) => sanitizeLine(String(ID))) ?? [];
  return [
    {
      label: "environment",
      status: !isTagKnown ? "unknown" : tag === environment ? "pass" : "fail",
      detail: isTagKnown
        ? `tagged ${sanitizeLine(tag)}, incident is in ${environment}`
        : "the bucket has no readable Environment tag",
    },
    {
      label: "versioning",
      status: "problem" in found.versioning ? "unknown" : overwrites ? "warn" : "pass",
      detail: overwrites
        ? `${versioning}: an overwrite destroys what was there, so choose freeze-writes`
        : sanitizeLine(versioning),
    },
    {
      label: "lifecycle expiry",
      status: rules === undefined ? "unknown" : expiring.length > 0 ? "warn" : "pass",
      detail:
        rules === undefined
          ? "could not be read"
          : expiring.length > 0
            ? `${expiring.join(", ")} goes on deleting versions: hold-lifecycle stops it`
            : "no rule deletes versions",
    },
    {
      label: "public access block",
      status: "pass",
      detail: "does not matter: a Deny is never a public grant",
    },
  ];
}

function shown(setting: Setting, show: (value: JsonObject | null) => string): string {
  return "problem" in setting ? "unknown" : show(setting.value);
}

function encryptionOf(value: JsonObject | null): string {
  const configuration = value?.ServerSideEncryptionConfiguration as JsonObject | undefined;
  const [rule] = (configuration?.Rules ?? []) as JsonObject[];
  const byDefault = rule?.ApplyServerSideEncryptionByDefault as JsonObject | undefined;
  return String(byDefault?.SSEAlgorithm ?? "none");
}
