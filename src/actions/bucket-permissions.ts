import { denialsOf } from "../policy/denials.ts";
import { parsePolicy } from "../policy/document.ts";
import type { Check, PrepareContext } from "./contract.ts";
import { exemptCaller } from "./exempt-principals.ts";

/** Condition keys that these calls lack: nothing of locks, ACLs, tags of the request, or an encryption by the client's own key. */
const ABSENT = [
  "s3:x-amz-acl",
  "s3:x-amz-grant-*",
  "s3:x-amz-server-side-encryption-customer-algorithm",
  "s3:object-lock-*",
  "s3:requestobjecttag/*",
  "s3:requestobjecttagkeys",
];

/**
 * Whether the bucket's own policy denies the responder what a restore needs: a quarantine of ours spares the responder, another
 * statement may not. Only denials are looked at; what an identity policy lacks, AWS says itself. Fails for one that surely applies.
 */
export async function bucketPermissionChecks(
  context: PrepareContext,
  bucket: string,
  policy: string | undefined,
  actions: readonly string[],
): Promise<Check[]> {
  if (policy === undefined) return [{ label: "bucket policy", status: "pass", detail: "there is none" }];
  const { aws, accountId: home, signal } = context;
  const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
  const {
    Arn: arn = "",
    Account: accountId = "",
    UserId: userId = "",
  } = (await aws.call("sts", "GetCallerIdentity", {}, options)).output;
  const { caller, isExact } = await exemptCaller(context, { arn, accountId, userId });
  const partition = arn.split(":")[1] || "aws";
  const parsed = parsePolicy(policy, "bucket policy", "resource");
  const values: Record<string, string> = {
    "aws:securetransport": "true",
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
    "s3:x-amz-server-side-encryption": "aws:kms",
  };
  const found = actions.map((action): Check => {
    const isOfBucket = action.startsWith("s3:ListBucket");
    const resource = `arn:${partition}:s3:::${bucket}${isOfBucket ? "" : "/any/object"}`;
    const { certain, possible } = denialsOf({ principal: caller, action, resource, resourceAccountId: home }, parsed, {
      values,
      absent: ABSENT,
      ...(isExact ? {} : { uncertain: ["aws:principalarn"] }),
    });
    const name = (match: (typeof certain)[number]) => match.statement.sid ?? `statement ${match.statement.index + 1}`;
    const label = `bucket policy, ${action}`;
    if (certain[0]) return { label, status: "fail", detail: `"${name(certain[0])}" denies it to you` };
    if (possible[0])
      return { label, status: "warn", detail: `"${name(possible[0])}" may deny it; if it does, nothing is changed` };
    return { label, status: "pass", detail: "not denied" };
  });
  const wrong = found.filter(({ status }) => status !== "pass");
  const spared = /IncidentQuarantine/.test(policy) ? "; the quarantine of this bucket spares you" : "";
  return wrong.length > 0
    ? wrong
    : [{ label: "bucket policy", status: "pass", detail: `denies you nothing that is needed${spared}` }];
}
