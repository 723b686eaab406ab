import { globalRegionOf } from "../../aws/partition.ts";
import { Failure, failureDetail } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { Check, PrepareContext, Reading } from "../contract.ts";

const DAY_MS = 86_400_000;
/** The runbook: "If keys are required, rotate every 90 days." */
export const ROTATE_AFTER_DAYS = 90;
/** IAM allows two access keys a user (IAM and STS quotas). */
export const MOST_KEYS = 2;

/** One access key of a user. Times in domain ms. */
export interface AccessKey {
  id: string;
  isActive: boolean;
  createdAtMs: number;
  ageDays: number;
  /** IAM reports it some hours late. Undefined: never, as far as IAM says. */
  lastUsed?: { atMs: number; service: string; region: string };
}

/** The user's keys, oldest first. @throws Failure of the calls: no such user, or no permission. */
export async function readKeys(context: PrepareContext, user: string): Promise<AccessKey[]> {
  const { aws, clock, signal } = context;
  const options = { purpose: "action", ...(signal ? { signal } : {}) } as const;
  const { output } = await aws.call("iam", "ListAccessKeys", { UserName: user }, options);
  const keys = await Promise.all(
    (output.AccessKeyMetadata ?? []).map(async ({ AccessKeyId = "", Status, CreateDate }): Promise<AccessKey> => {
      const used = await aws.call("iam", "GetAccessKeyLastUsed", { AccessKeyId }, options);
      const { LastUsedDate, ServiceName = "", Region = "" } = used.output.AccessKeyLastUsed ?? {};
      const createdAtMs = CreateDate?.getTime() ?? 0;
      return {
        id: AccessKeyId,
        isActive: Status === "Active",
        createdAtMs,
        ageDays: Math.floor((clock.now() - createdAtMs) / DAY_MS),
        ...(LastUsedDate
          ? {
              lastUsed: {
                atMs: LastUsedDate.getTime(),
                service: sanitizeLine(ServiceName),
                region: sanitizeLine(Region),
              },
            }
          : {}),
      };
    }),
  );
  return keys.sort((a, b) => a.createdAtMs - b.createdAtMs);
}

/** The key with this id. @throws Failure that names the keys that there are. */
export function keyById(keys: readonly AccessKey[], user: string, id: string): AccessKey {
  const found = keys.find((key) => key.id === id);
  if (found) return found;
  throw new Failure({
    kind: "not-found",
    what: `access key ${sanitizeLine(id)}`,
    why: `${user} has no such key`,
    next: keys.length > 0 ? `Its keys are ${keys.map((key) => key.id).join(", ")}.` : "It has none.",
  });
}

/** A key in a line: state, age, last use. */
export function describeKey({ isActive, ageDays, lastUsed }: AccessKey): string {
  const age = `${ageDays} days old${ageDays > ROTATE_AFTER_DAYS ? ` (over ${ROTATE_AFTER_DAYS})` : ""}`;
  const used = lastUsed
    ? `last used ${new Date(lastUsed.atMs).toISOString().slice(0, 16)}Z for ${lastUsed.service} in ${lastUsed.region}`
    : "never used, as far as IAM says";
  return `${isActive ? "active" : "INACTIVE"}, ${age}, ${used}`;
}

export const describeKeys = (keys: readonly AccessKey[]): Record<string, string> =>
  Object.fromEntries(keys.map((key) => [key.id, describeKey(key)]));

/** Who uses a key: from where and with which program, and what was refused. */
export interface Consumer {
  sourceAddress: string;
  program: string;
  calls: number;
  refused: number;
  lastAtMs: number;
  /** The first few kinds of calls. */
  operations: string[];
}

/** LookupEvents: 50 events a page, 2 pages a second (CloudTrail quotas). */
const MOST_PAGES = 4;
const LOOK_BACK_MS = 7 * DAY_MS;

/**
 * Who used the key in the last seven days by CloudTrail's management events, newest first. Object reads and writes are not among
 * them: they are in the audit bucket only. @throws Failure of the call.
 */
export async function readConsumers(context: PrepareContext, keyId: string): Promise<Consumer[]> {
  const { aws, clock, deployment, signal } = context;
  const found = new Map<string, Consumer>();
  // Calls of IAM and STS are in the partition's global region, the others where they were made.
  for (const region of new Set([deployment.region, globalRegionOf(deployment.region)])) {
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const { output } = await aws.call(
        "cloudtrail",
        "LookupEvents",
        {
          LookupAttributes: [{ AttributeKey: "AccessKeyId", AttributeValue: keyId }],
          StartTime: new Date(clock.now() - LOOK_BACK_MS),
          ...(token ? { NextToken: token } : {}),
        },
        { purpose: "action", region, ...(signal ? { signal } : {}) },
      );
      for (const event of output.Events ?? []) take(found, event);
      token = output.NextToken;
      if (!token) break;
    }
  }
  return [...found.values()].sort((a, b) => b.lastAtMs - a.lastAtMs);
}

const OPERATIONS_SHOWN = 5;

function take(
  found: Map<string, Consumer>,
  event: { CloudTrailEvent?: string; EventName?: string; EventTime?: Date },
): void {
  const detail = detailOf(event.CloudTrailEvent);
  const sourceAddress = sanitizeLine(detail.sourceIPAddress ?? "unknown address");
  const program = sanitizeLine((detail.userAgent ?? "unknown program").split(" ")[0] ?? "");
  const key = `${sourceAddress} ${program}`;
  const consumer = found.get(key) ?? { sourceAddress, program, calls: 0, refused: 0, lastAtMs: 0, operations: [] };
  const name = sanitizeLine(event.EventName ?? "unknown");
  consumer.calls++;
  if (detail.errorCode) consumer.refused++;
  consumer.lastAtMs = Math.max(consumer.lastAtMs, event.EventTime?.getTime() ?? 0);
  if (!consumer.operations.includes(name) && consumer.operations.length < OPERATIONS_SHOWN)
    consumer.operations.push(name);
  found.set(key, consumer);
}

function detailOf(text: string | undefined): { sourceIPAddress?: string; userAgent?: string; errorCode?: string } {
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    // Counted as a call of an unknown program: that somebody used the key is what matters.
    return {};
  }
}

/** The consumers as facts; a failed read is said, because an unknown consumer is one that breaks. */
export async function consumerFacts(
  context: PrepareContext,
  keyId: string,
): Promise<{ facts: Record<string, string>; check: Check }> {
  const label = `who uses ${keyId}`;
  try {
    const consumers = await readConsumers(context, keyId);
    const facts = Object.fromEntries(
      consumers.map(({ sourceAddress, program, calls, refused, lastAtMs, operations }) => [
        `${sourceAddress} ${program}`,
        `${calls} calls${refused > 0 ? `, ${refused} REFUSED` : ""}, last ${new Date(lastAtMs).toISOString().slice(0, 16)}Z: ${operations.join(", ")}`,
      ]),
    );
    const detail =
      consumers.length === 0
        ? "no management event of the last 7 days; reads and writes of objects are only in the audit bucket"
        : `${consumers.length} in the last 7 days, listed below; reads and writes of objects are only in the audit bucket`;
    return { facts, check: { label, status: consumers.length === 0 ? "pass" : "warn", detail } };
  } catch (error) {
    const { why, missingPermission } = failureDetail(error, label);
    const detail = missingPermission ? `not known: needs ${missingPermission}` : `not known: ${why}`;
    return { facts: {}, check: { label, status: "unknown", detail } };
  }
}

/** The state of one key: `Active`, `Inactive`, or nothing when it is gone. */
export const keyReading = (user: string, keyId: string): Reading => ({
  service: "iam",
  operation: "ListAccessKeys",
  input: { UserName: user },
  pick: { status: `AccessKeyMetadata[AccessKeyId=${keyId}][0].Status` },
  absent: ["NoSuchEntity"],
});

/** A warning where the cockpit itself runs as the user: without the key that it uses it cannot even undo. */
export async function ownCheck({ aws, signal }: PrepareContext, user: string): Promise<Check[]> {
  const options = { purpose: "action", ...(signal ? { signal } : {}) } as const;
  const { output } = await aws.call("sts", "GetCallerIdentity", {}, options);
  const arn = output.Arn ?? "";
  if (!arn.includes(":user/") || arn.split("/").at(-1) !== user) return [];
  const detail = `mayday runs as ${user}: when the key that it uses is deactivated every call fails, the undo too. Have other credentials at hand`;
  return [{ label: "your own key", status: "warn", detail }];
}
