import * as z from "zod";
import { globalRegionOf } from "../../aws/partition.ts";
import { Failure, failureDetail } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import { describeKey, ROTATE_AFTER_DAYS, readKeys } from "../access-keys/facts.ts";
import type { ActionDefinition, Check, PrepareContext } from "../contract.ts";
import { reportPlan } from "../record-plan.ts";
import { breakGlassUser } from "./principal.ts";

const parameters = z.object({});

export const PREREQUISITE_OPERATIONS = [
  "iam:GetUser",
  "iam:ListAttachedUserPolicies",
  "iam:ListGroupsForUser",
  "iam:ListAttachedGroupPolicies",
  "iam:ListMFADevices",
  "iam:GetLoginProfile",
  "iam:ListAccessKeys",
  "iam:GetAccessKeyLastUsed",
  "cloudtrail:LookupEvents",
];

/** The runbook's prerequisites of break-glass, looked at on the account. */
export const checkBreakGlass: ActionDefinition<z.infer<typeof parameters>> = {
  id: "check-break-glass",
  title: "Look at the prerequisites of break-glass",
  description:
    "AdministratorAccess, MFA, no console password, age of the key, and whether its use is logged. Confirming writes it to the timeline.",
  runbook: "Break-Glass Access > Prerequisites",
  tier: "yes",
  parameters,
  operations: PREREQUISITE_OPERATIONS,
  async prepare(context) {
    const { facts, checks } = await prerequisites(context);
    const troubles = checks.filter(({ status }) => status !== "pass").map(({ label, detail }) => `${label}: ${detail}`);
    const summary =
      troubles.length > 0 ? `Break-glass: ${troubles.join("; ")}` : "Break-glass: all prerequisites are met";
    return reportPlan(checkBreakGlass, summary, {}, { facts, checks });
  },
};

/** @throws Failure when no break-glass user is configured, or it does not exist. */
export async function prerequisites(
  context: PrepareContext,
): Promise<{ facts: Record<string, string>; checks: Check[] }> {
  const { aws, signal } = context;
  const user = breakGlassUser(context.deployment);
  const options = { purpose: "action", ...(signal ? { signal } : {}) } as const;
  const { output } = await aws.call("iam", "GetUser", { UserName: user }, options);
  const facts: Record<string, string> = { user: output.User?.Arn ?? user };
  const checks = await Promise.all([
    checked("AdministratorAccess", () => administratorAccess(user, context)),
    checked("MFA", async () => {
      const { output: devices } = await aws.call("iam", "ListMFADevices", { UserName: user }, options);
      const serials = (devices.MFADevices ?? []).flatMap(({ SerialNumber }) => SerialNumber ?? []);
      if (serials.length > 0) facts["MFA device"] = serials.join(", ");
      return serials.length > 0
        ? ["pass", `${serials.length} device`]
        : ["warn", "no device: whoever has the key is in"];
    }),
    checked("console password", async () => {
      try {
        await aws.call("iam", "GetLoginProfile", { UserName: user }, options);
        return ["warn", "enabled: the runbook wants it disabled"];
      } catch (error) {
        if (error instanceof Failure && error.kind === "not-found")
          return ["pass", "disabled: log in by access key and MFA"];
        throw error;
      }
    }),
    checked("access key", async () => {
      const keys = await readKeys(context, user);
      for (const key of keys) facts[key.id] = describeKey(key);
      const old = keys.filter((key) => key.isActive && key.ageDays > ROTATE_AFTER_DAYS);
      if (keys.every((key) => !key.isActive)) return ["warn", "no active key: it cannot be used"];
      return old.length > 0
        ? ["warn", `${old[0]?.ageDays} days old, over ${ROTATE_AFTER_DAYS}: rotate it`]
        : ["pass", "young enough"];
    }),
    checked("logged", async () => {
      const LookupAttributes = [{ AttributeKey: "Username" as const, AttributeValue: user }];
      await aws.call(
        "cloudtrail",
        "LookupEvents",
        { LookupAttributes },
        { ...options, region: globalRegionOf(aws.region) },
      );
      return [
        "pass",
        "CloudTrail keeps its management events for 90 days; who read which object is in the audit bucket only",
      ];
    }),
  ]);
  return { facts, checks };
}

/** Whether the policy is attached to the user or to one of its groups. */
async function administratorAccess(
  UserName: string,
  { aws, signal }: PrepareContext,
): Promise<[Check["status"], string]> {
  const options = { purpose: "action", ...(signal ? { signal } : {}) } as const;
  const isIt = ({ AttachedPolicies = [] }: { AttachedPolicies?: { PolicyName?: string }[] | undefined }) =>
    AttachedPolicies.some(({ PolicyName }) => PolicyName === "AdministratorAccess");
  const { output: own } = await aws.call("iam", "ListAttachedUserPolicies", { UserName }, options);
  if (isIt(own)) return ["pass", "attached"];
  const { output } = await aws.call("iam", "ListGroupsForUser", { UserName }, options);
  const groups = (output.Groups ?? []).flatMap(({ GroupName }) => GroupName ?? []);
  for (const GroupName of groups) {
    const { output: attached } = await aws.call("iam", "ListAttachedGroupPolicies", { GroupName }, options);
    if (isIt(attached)) return ["pass", `by its group ${sanitizeLine(GroupName)}`];
  }
  const looked = groups.length > 0 ? `, nor to its groups ${sanitizeLine(groups.join(", "))}` : "";
  return ["warn", `not attached to the user${looked}: it could not restore access`];
}

async function checked(label: string, look: () => Promise<[Check["status"], string]>): Promise<Check> {
  try {
    const [status, detail] = await look();
    return { label, status, detail };
  } catch (error) {
    const { why, missingPermission } = failureDetail(error, label);
    return { label, status: "unknown", detail: missingPermission ? `not known: needs ${missingPermission}` : why };
  }
}
