/** The kinds of policies that AWS names in its refusals (IAM user guide, troubleshooting access denied error messages). */
export type DenyingLayer =
  | "identity"
  | "resource"
  | "boundary"
  | "session"
  | "endpoint"
  | "service-control"
  | "resource-control"
  | "lake-formation"
  | "kms-key";

/** What AWS's own words say of a refusal. */
export interface DenialText {
  /** The caller's ARN; Lake Formation does not say it. */
  principal?: string;
  /** `s3:GetObject` */
  action?: string;
  resource?: string;
  layer?: DenyingLayer;
  /** True: a statement denies it; false: none allows it. */
  explicit?: boolean;
  /** The permission of Lake Formation that is missing, and the table. */
  lakeFormation?: { permissions: string[]; on: string };
}

const LAYERS: readonly [RegExp, DenyingLayer][] = [
  [/identity-based/, "identity"],
  [/resource-based/, "resource"],
  [/permissions boundary/, "boundary"],
  [/session policy/, "session"],
  [/VPC endpoint/i, "endpoint"],
  [/service control/, "service-control"],
  [/resource control/, "resource-control"],
];

const WHO = /User: (arn:\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource:? "?(arn:[^"\s]+)"?)?(.{0,160})/;
/** S3 passes on that KMS cannot use the key (KMS.DisabledException ...), and says neither who called nor what KMS was asked for. */
const KEY =
  /(?:when calling the (\w+) operation[^:]*: )?(arn:[\w-]+:kms:[\w-]+:\d+:key\/[\w-]+) (?:is (?:disabled|pending|unavailable)|does not exist)/;
const READS_OBJECT = /^(Get|Head|Select)Object|^UploadPartCopy$/;
const LAKE_FORMATION = /Insufficient Lake Formation permission\(s\): Required ([\w, ]+?) on ([\w.-]+)/;

/** Reads a message or log line; undefined where it is no refusal of AWS's. */
export function denialText(text: string): DenialText | undefined {
  const lake = LAKE_FORMATION.exec(text);
  if (lake) {
    const [, permissions = "", on = ""] = lake;
    const [, operation] = /when calling the (\w+) operation/.exec(text) ?? [];
    return {
      ...(operation ? { action: `glue:${operation}` } : {}),
      layer: "lake-formation",
      explicit: false,
      lakeFormation: { permissions: permissions.split(/\s*,\s*/), on },
    };
  }
  const who = WHO.exec(text);
  if (!who) return keyText(text);
  const [, principal = "", action = "", resource, rest = ""] = who;
  const because = /with an explicit deny in (.+)|because no (.+?) allows/.exec(rest);
  const named = because?.[1] ?? because?.[2] ?? "";
  const layer = LAYERS.find(([pattern]) => pattern.test(named))?.[1];
  return {
    principal,
    action,
    ...(resource ? { resource } : {}),
    ...(layer ? { layer } : {}),
    ...(because ? { explicit: because[1] !== undefined } : {}),
  };
}

function keyText(text: string): DenialText | undefined {
  const [found, operation, resource] = KEY.exec(text) ?? [];
  if (found === undefined || resource === undefined) return undefined;
  const action = operation === undefined ? {} : { action: keyActionOf(operation) };
  return { ...action, resource, layer: "kms-key", explicit: false };
}

/** What S3 asks of an object's KMS key on behalf of the caller of this operation (S3 user guide, SSE-KMS permissions). */
export const keyActionOf = (operation: string): string =>
  READS_OBJECT.test(operation) ? "kms:Decrypt" : "kms:GenerateDataKey";
