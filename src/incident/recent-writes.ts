import type { AwsCaller } from "../aws/contract.ts";
import { sanitizeLine } from "../base/text.ts";
import type { Deployment } from "../config/deployment.ts";
import type { Component } from "../record/entries.ts";

/** Somebody's change of a part of the lakehouse, from CloudTrail. All text is sanitised. */
export interface RecentWrite {
  component: Component;
  /** Domain ms. */
  atMs: number;
  /** CloudTrail's name of it, such as UpdateService. */
  event: string;
  resource: string;
  /** The last part of the caller's ARN, such as `responder/kim`. */
  by: string;
}

/** How far back changes are looked for, domain ms. */
const LOOK_BACK_MS = 60 * 60_000;
/** LookupEvents gives 50 events a page, 2 pages a second (CloudTrail quotas): two seconds' worth at most. */
const MOST_PAGES = 4;

/**
 * What was changed in the last hour, newest first, as far as CloudTrail's management events tell (they come some five minutes late,
 * and objects are not among them). Our own calls are left out. Rejects with the Failure of the call.
 */
export async function recentWrites(
  aws: AwsCaller,
  deployment: Deployment,
  nowMs: number,
  isOwn: (requestId: string) => boolean,
  signal: AbortSignal,
): Promise<RecentWrite[]> {
  const found: RecentWrite[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { output } = await aws.call(
      "cloudtrail",
      "LookupEvents",
      {
        LookupAttributes: [{ AttributeKey: "ReadOnly", AttributeValue: "false" }],
        StartTime: new Date(nowMs - LOOK_BACK_MS),
        EndTime: new Date(nowMs),
        ...(token ? { NextToken: token } : {}),
      },
      { purpose: "poll", signal },
    );
    for (const event of output.Events ?? []) {
      const detail = detailOf(event.CloudTrailEvent);
      if (detail.requestID !== undefined && isOwn(detail.requestID)) continue;
      const names = (event.Resources ?? []).flatMap(({ ResourceName }) => ResourceName ?? []);
      const hit = names.map((name) => ({ name, component: componentOf(name, deployment) })).find((x) => x.component);
      if (!hit?.component) continue;
      const arn = detail.userIdentity?.arn ?? detail.userIdentity?.invokedBy ?? event.Username ?? "unknown";
      found.push({
        component: hit.component,
        atMs: event.EventTime?.getTime() ?? 0,
        event: sanitizeLine(event.EventName ?? "unknown"),
        resource: sanitizeLine(hit.name),
        by: sanitizeLine(arn.replace(/^arn:[^:]*:(?:sts|iam)::\d*:/, "").replace(/^assumed-role\//, "")),
      });
    }
    token = output.NextToken;
    if (!token) break;
  }
  return found.sort((a, b) => b.atMs - a.atMs);
}

/** The part that a resource belongs to, by the names that the deployment knows. */
function componentOf(resource: string, { nessie, dagster, buckets, terraform }: Deployment): Component | undefined {
  const is = (names: readonly string[]) => names.some((name) => resource === name || resource.endsWith(`/${name}`));
  if (nessie && is([nessie.service, nessie.cluster, nessie.targetGroup, nessie.loadBalancer])) return "nessie";
  if (nessie?.tables.some((table) => resource === table || resource.startsWith(`${table}_`))) return "nessie";
  if (dagster && is([...dagster.services, dagster.cluster])) return "dagster";
  if (resource === buckets.lakehouse) return "s3";
  if (resource === terraform?.stateBucket || resource === terraform?.lockTable) return "terraform-state";
  return resource === buckets.audit ? "audit-logs" : undefined;
}

interface TrailDetail {
  requestID?: string;
  userIdentity?: { arn?: string; invokedBy?: string };
}

function detailOf(text: string | undefined): TrailDetail {
  try {
    return text ? (JSON.parse(text) as TrailDetail) : {};
  } catch {
    // Without a readable detail the event's own Username says who it was.
    return {};
  }
}
