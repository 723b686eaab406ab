import type { AwsLayer, CallerIdentity } from "../aws/contract.ts";
import { failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";
import type { CockpitStore } from "../state/store.ts";

/** `role/session` of an assumed role, else the last part of the ARN: what fits a header. */
export function shortCaller(arn: string): string {
  const resource = arn.split(":").slice(5).join(":");
  const parts = resource.split("/");
  return parts[0] === "assumed-role" ? parts.slice(1).join("/") : (parts.at(-1) ?? arn);
}

/**
 * Asks who the caller is, pins the account (of the record, when it has one) and records it. Undefined when it could not be told:
 * the header says why, and every mutation is refused until a later call of its own succeeds.
 */
export async function learnIdentity(
  aws: AwsLayer,
  store: CockpitStore,
  earlier: readonly RecordEntry[],
  record: (draft: RecordDraft) => void,
  signal: AbortSignal,
): Promise<CallerIdentity | undefined> {
  const known = earlier.findLast((entry) => entry.kind === "incident.identity");
  if (known?.kind === "incident.identity") aws.pinAccount(known.payload.accountId);
  let identity: CallerIdentity;
  try {
    identity = await aws.identity({ purpose: "action", signal });
  } catch (error) {
    const failure = failureDetail(error, "sts:GetCallerIdentity");
    store.setState((state) => ({ identity: { ...state.identity, failure } }));
    return undefined;
  }
  aws.pinAccount(identity.accountId);
  const accountAlias = await readAlias(aws, signal);
  store.setState((state) => {
    const { failure: _old, ...rest } = state.identity;
    return {
      identity: {
        ...rest,
        accountId: identity.accountId,
        callerArn: identity.arn,
        caller: sanitizeLine(shortCaller(identity.arn)),
        ...(accountAlias ? { accountAlias } : {}),
      },
    };
  });
  const same = known?.kind === "incident.identity" && known.payload.callerArn === identity.arn;
  if (!same) {
    record({
      kind: "incident.identity",
      payload: { accountId: identity.accountId, callerArn: identity.arn, ...(accountAlias ? { accountAlias } : {}) },
    });
  }
  return identity;
}

async function readAlias(aws: AwsLayer, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { output } = await aws.call("iam", "ListAccountAliases", {}, { purpose: "poll", signal });
    const alias = output.AccountAliases?.[0];
    return alias ? sanitizeLine(alias) : undefined;
  } catch {
    // The alias only decorates the account id, which is known: many responders may not list it.
    return undefined;
  }
}
