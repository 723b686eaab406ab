import * as z from "zod";
import { globalRegionOf } from "../../aws/partition.ts";
import { Failure } from "../../base/failure.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import { sanitizeLine, truncate } from "../../base/text.ts";
import { canonicalPolicy } from "../../policy/canonical.ts";
import { parsePolicy } from "../../policy/document.ts";
import type { ActionDefinition, CallStep, Check, PrepareContext, Prepared, Reading, WaitStep } from "../contract.ts";
import { shortHash, takeReading } from "../reading.ts";

const roleName = z
  .string()
  .regex(/^[\w+=,.@-]{1,64}$/)
  .describe("IAM role, by its name");
const RUNBOOK = "Common Failure Runbooks > S3 403 Forbidden";
const OPERATIONS = [
  "iam:GetRole",
  "iam:GetRolePolicy",
  "iam:PutRolePolicy",
  "iam:DeleteRolePolicy",
  "iam:SimulatePrincipalPolicy",
  "sts:GetCallerIdentity",
];
/** The policy that we make: one of its own, so that no document of somebody else's is written over. */
const OWN_POLICY = "mayday-restored-access";
/** Characters of a role's inline policies together, white space not counted (IAM and STS quotas). */
const MOST_CHARACTERS = 10_240;

const calling = ({ signal }: PrepareContext) => ({ purpose: "action" as const, ...(signal ? { signal } : {}) });

/** An inline policy of a role by its meaning; IAM gives its document URL-encoded. */
function policyReading(RoleName: string, PolicyName: string): Reading {
  return {
    service: "iam",
    operation: "GetRolePolicy",
    input: { RoleName, PolicyName },
    pick: {
      policy: "PolicyDocument.(decoded).(policy).(sha256)",
      statements: "PolicyDocument.(decoded).(statements)",
      text: "PolicyDocument.(decoded)",
    },
    absent: ["NoSuchEntityException", "NoSuchEntity"],
  };
}

const stateOf = (text: string | undefined): Record<string, Json> => ({
  policy: text === undefined ? null : shortHash(canonicalPolicy(text)),
});

function policyStep(role: string, policy: string, before: string | undefined, after: string): CallStep {
  const base = {
    kind: "call" as const,
    transport: "aws" as const,
    service: "iam",
    resource: `policy ${policy} of role ${role}`,
  };
  const reading = policyReading(role, policy);
  const name: JsonObject = { RoleName: role, PolicyName: policy };
  const back =
    before === undefined
      ? { operation: "DeleteRolePolicy", input: name, title: `Delete ${policy} again: there was none` }
      : {
          operation: "PutRolePolicy",
          input: { ...name, PolicyDocument: before },
          title: `Put the document of ${policy} back that was there`,
        };
  return {
    ...base,
    id: "put-policy",
    title: before === undefined ? `Give the role the policy ${policy}` : `Write the former document of ${policy}`,
    operation: "PutRolePolicy",
    input: { ...name, PolicyDocument: after },
    state: { reading, before: stateOf(before), after: stateOf(after) },
    undo: [
      { ...base, id: "take-policy-back", ...back, state: { reading, before: stateOf(after), after: stateOf(before) } },
    ],
  };
}

interface Role {
  arn: string;
  boundary: string | undefined;
  isTerraforms: boolean;
}

async function readRole(context: PrepareContext, RoleName: string): Promise<Role> {
  const { output } = await context.aws.call("iam", "GetRole", { RoleName }, calling(context));
  const tags = output.Role?.Tags ?? [];
  return {
    arn: output.Role?.Arn ?? "",
    boundary: output.Role?.PermissionsBoundary?.PermissionsBoundaryArn,
    isTerraforms: tags.some(({ Key, Value }) => Key === "ManagedBy" && /terraform/i.test(Value ?? "")),
  };
}

/** IAM's own simulator says when the role may do it. */
function allowedWait(roleArn: string, actions: string[], resources: string[]): WaitStep {
  return {
    kind: "wait",
    id: "verify-allowed",
    title: "IAM's policy simulator allows it",
    reading: {
      service: "iam",
      operation: "SimulatePrincipalPolicy",
      input: { PolicySourceArn: roleArn, ActionNames: actions, ResourceArns: resources },
      pick: {
        denied: "EvaluationResults[EvalDecision=implicitDeny].length",
        "explicitly denied": "EvaluationResults[EvalDecision=explicitDeny].length",
      },
    },
    until: [
      { label: "denied", op: "equals", value: 0 },
      { label: "explicitly denied", op: "equals", value: 0 },
    ],
    // IAM's changes take some seconds to be everywhere.
    deadlineMs: 120_000,
  };
}

const terraformCaveat = ({ isTerraforms }: Role) =>
  isTerraforms
    ? ["The role is Terraform's: correct its policy there too, or the next apply may take this away."]
    : ["Where Terraform has the role, correct its policy there too."];

function boundaryCheck({ boundary }: Role): Check {
  return boundary === undefined
    ? { label: "boundary", status: "pass", detail: "the role has no permissions boundary" }
    : { label: "boundary", status: "warn", detail: `${boundary} limits what any policy can give` };
}

const grantParameters = z.object({
  role: roleName,
  actions: z
    .string()
    .regex(
      /^(s3:[A-Za-z*]+(\s*,\s*s3:[A-Za-z*]+)*|kms:(Decrypt|GenerateDataKey)(\s*,\s*kms:(Decrypt|GenerateDataKey))*)$/,
    )
    .describe("Actions of S3, or what S3 asks of a KMS key (kms:Decrypt, kms:GenerateDataKey), commas between"),
  resource: z
    .string()
    .regex(/^arn:[a-z-]+:(s3:::[a-z0-9.-]+(\/.*)?|kms:[a-z0-9-]+:\d{12}:key\/[\w-]+)$/)
    .describe("ARN of the bucket, of its objects (arn:aws:s3:::bucket/*), or of a KMS key"),
});

/** Gives a role an inline policy of its own; the policies that it has stay as they are. */
export const grantRoleAccess: ActionDefinition<z.infer<typeof grantParameters>> = {
  id: "grant-role-access",
  title: "Give a role back its access to the bucket",
  description: "Puts one inline policy on the role, under a name of its own. Can be undone.",
  runbook: RUNBOOK,
  tier: "name",
  parameters: grantParameters,
  operations: OPERATIONS,
  async prepare(context, { role, actions, resource }): Promise<Prepared> {
    const names = actions.split(/\s*,\s*/);
    const [found, { picked }] = await Promise.all([
      readRole(context, role),
      takeReading(context.aws, policyReading(role, OWN_POLICY), calling(context)),
    ]);
    const statement = { Sid: "RestoredAccess", Effect: "Allow", Action: names, Resource: resource };
    const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const there = typeof picked.text === "string" ? picked.text : undefined;
    const free: Check =
      there === undefined
        ? { label: "policy", status: "pass", detail: `the role has no policy ${OWN_POLICY} yet` }
        : { label: "policy", status: "fail", detail: `the role has ${OWN_POLICY} already: undo that first (z)` };
    return {
      facts: { role: found.arn, policy: OWN_POLICY, document },
      checks: [free, boundaryCheck(found)],
      plan: {
        actionId: grantRoleAccess.id,
        title: `Give ${role} access to ${resource}`,
        parameters: { role, actions, resource },
        tier: "name",
        resourceName: role,
        effects: [
          `Whoever runs as ${role} may ${names.join(", ")} on ${resource}, as far as no other policy denies it.`,
        ],
        caveats: [...terraformCaveat(found), "The policy stays until it is undone: note it for the review."],
        steps: [policyStep(role, OWN_POLICY, there, document)],
        verify: allowedWait(
          found.arn,
          names.filter((name) => !name.includes("*")),
          [resource],
        ),
        undoing: {
          effects: [
            `Whoever runs as ${role} loses ${names.join(", ")} on ${resource} again, as far as no other policy allows it.`,
          ],
          tier: "name",
        },
        guard: null,
      },
    };
  },
};

const restoreParameters = z.object({
  role: roleName,
  policy: z.string().min(1).describe("Name of the inline policy"),
  at: z.string().min(1).describe("Time of the PutRolePolicy whose document is to be put back, UTC ISO 8601"),
});

/** Puts a former document of a role's inline policy back, as CloudTrail keeps it. */
export const restoreRolePolicy: ActionDefinition<z.infer<typeof restoreParameters>> = {
  id: "restore-role-policy",
  title: "Put a role's former policy document back",
  description: "Writes the document of an earlier PutRolePolicy, read from CloudTrail. Can be undone.",
  runbook: RUNBOOK,
  tier: "name",
  parameters: restoreParameters,
  operations: [...OPERATIONS, "cloudtrail:LookupEvents"],
  async prepare(context, { role, policy, at }): Promise<Prepared> {
    const [found, { picked }, event] = await Promise.all([
      readRole(context, role),
      takeReading(context.aws, policyReading(role, policy), calling(context)),
      formerDocument(context, role, policy, at),
    ]);
    const before = typeof picked.text === "string" ? picked.text : undefined;
    const size = event.document.replaceAll(/\s/g, "").length;
    const checks: Check[] = [
      {
        label: "document",
        status: "pass",
        detail: `of ${event.by}, ${at}: ${parsePolicy(event.document, policy, "identity").statements.length} statements`,
      },
      size <= MOST_CHARACTERS
        ? { label: "size", status: "pass", detail: `${size} of ${MOST_CHARACTERS} characters` }
        : { label: "size", status: "fail", detail: `${size} characters, IAM takes ${MOST_CHARACTERS}` },
      boundaryCheck(found),
    ];
    const after = stateOf(event.document);
    return {
      facts: {
        role: found.arn,
        policy,
        "document now": truncate(sanitizeLine(before ?? "none"), 300),
        "document then": truncate(sanitizeLine(event.document), 300),
      },
      checks,
      plan: {
        actionId: restoreRolePolicy.id,
        title: `Put the document of ${policy} on ${role} back as it was`,
        parameters: { role, policy, at },
        tier: "name",
        resourceName: role,
        effects: [
          `What the later document gave or took is gone: ${role} has the permissions of ${at} from this policy.`,
        ],
        caveats: [
          ...terraformCaveat(found),
          "IAM has no conditional write: the document is read again right before it is written.",
        ],
        steps: [policyStep(role, policy, before, event.document)],
        verify: {
          kind: "wait",
          id: "verify-document",
          title: "The document reads back with the same meaning",
          reading: policyReading(role, policy),
          until: [{ label: "policy", op: "equals", value: after.policy ?? null }],
          deadlineMs: 60_000,
        },
        undoing: {
          effects: [`${role} has the permissions of the later document again: what it lacked before is refused again.`],
          tier: "name",
        },
        guard: null,
      },
    };
  },
};

const WINDOW_MS = 60_000;

async function formerDocument(
  context: PrepareContext,
  role: string,
  policy: string,
  at: string,
): Promise<{ document: string; by: string }> {
  const atMs = Date.parse(at);
  const failed = (why: string) =>
    new Failure({
      kind: "not-found",
      what: `the document of ${sanitizeLine(policy)} of ${sanitizeLine(at)}`,
      why,
      next: "CloudTrail keeps events for 90 days. Look for the document in Terraform's repository.",
    });
  if (Number.isNaN(atMs)) throw failed("the time is none");
  const { output } = await context.aws.call(
    "cloudtrail",
    "LookupEvents",
    {
      LookupAttributes: [{ AttributeKey: "ResourceName", AttributeValue: role }],
      StartTime: new Date(atMs - WINDOW_MS),
      EndTime: new Date(atMs + WINDOW_MS),
    },
    { ...calling(context), region: globalRegionOf(context.aws.region) },
  );
  for (const event of output.Events ?? []) {
    if (event.EventName !== "PutRolePolicy") continue;
    const raw = JSON.parse(event.CloudTrailEvent ?? "{}") as {
      requestParameters?: { policyName?: string; policyDocument?: string };
      userIdentity?: { arn?: string };
    };
    const { policyName, policyDocument } = raw.requestParameters ?? {};
    if (policyName !== policy || typeof policyDocument !== "string") continue;
    const document = policyDocument.startsWith("%7B") ? decodeURIComponent(policyDocument) : policyDocument;
    return { document, by: sanitizeLine(raw.userIdentity?.arn ?? "somebody") };
  }
  throw failed("CloudTrail has no PutRolePolicy of it at that time");
}
