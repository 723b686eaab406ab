import * as z from "zod";
import { failureDetail } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { ActionDefinition, Check, PrepareContext } from "../contract.ts";
import { reportPlan } from "../record-plan.ts";
import { describeKey, ROTATE_AFTER_DAYS, readKeys } from "./facts.ts";

const parameters = z.object({});

/** Every access key of the account with its age and last use; those that the runbook wants rotated are flagged. */
export const auditAccessKeys: ActionDefinition<z.infer<typeof parameters>> = {
  id: "audit-access-keys",
  title: "Look at the age of all IAM access keys",
  description: `Age, state and last use of every key; those over ${ROTATE_AFTER_DAYS} days are flagged. Confirming writes the result to the timeline.`,
  runbook: "Credential Rotation > IAM Access Keys",
  tier: "yes",
  parameters,
  operations: ["iam:ListUsers", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"],
  async prepare(context) {
    const facts: Record<string, string> = {};
    const old: string[] = [];
    const checks: Check[] = [];
    for (const user of await users(context)) {
      try {
        for (const key of await readKeys(context, user)) {
          facts[`${sanitizeLine(user)} ${key.id}`] = describeKey(key);
          if (key.isActive && key.ageDays > ROTATE_AFTER_DAYS) old.push(`${user} ${key.id} (${key.ageDays} days)`);
        }
      } catch (error) {
        checks.push({ label: user, status: "unknown", detail: failureDetail(error, user).why });
      }
    }
    const summary =
      old.length > 0
        ? `Active access keys over ${ROTATE_AFTER_DAYS} days: ${old.join(", ")}`
        : `No active access key is over ${ROTATE_AFTER_DAYS} days old`;
    checks.unshift({ label: "age", status: old.length > 0 ? "warn" : "pass", detail: summary });
    return reportPlan(auditAccessKeys, summary, {}, { facts, checks });
  },
};

async function users({ aws, signal }: PrepareContext): Promise<string[]> {
  const found: string[] = [];
  let marker: string | undefined;
  do {
    const { output } = await aws.call("iam", "ListUsers", marker ? { Marker: marker } : {}, {
      purpose: "action",
      ...(signal ? { signal } : {}),
    });
    found.push(...(output.Users ?? []).flatMap(({ UserName }) => UserName ?? []));
    marker = output.IsTruncated ? output.Marker : undefined;
  } while (marker);
  return found.sort();
}
