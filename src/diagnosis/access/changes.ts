import { globalRegionOf } from "../../aws/partition.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { lookupEvents, member, TRAIL_OPERATIONS, type TrailEvent, textAt } from "../sources/trail.ts";
import { bucketPolicy } from "./bucket-facts.ts";
import { deniedCalls } from "./denied-calls.ts";
import { bucketDenials, endpointAnswer, identityAnswer, questionOf } from "./judgement.ts";
import { lakeFormationGrants } from "./lake-formation-facts.ts";
import { s3Endpoints } from "./network-facts.ts";
import { subjectOfCall, subjects } from "./subjects.ts";

/*
 * Who changed what denies. LookupEvents allows two calls a second for everybody in the account and region: each of these is asked only
 * when its layer denies a call that was refused.
 */

const DAY_MS = 86_400_000;
/** Former documents may be older than the last day: CloudTrail keeps 90 days. */
const DOCUMENTS_MS = 89 * DAY_MS;

const succeeded = (events: readonly TrailEvent[]) => events.filter(({ errorCode }) => errorCode === undefined);

async function questions(reader: FactReader) {
  const [{ calls }, found] = await Promise.all([reader.need(deniedCalls), reader.need(subjects)]);
  return calls.flatMap((call) => {
    const subject = subjectOfCall(call, found);
    return subject ? [{ call, subject }] : [];
  });
}

/** Changes of the bucket policy of the last day, newest first, where it denies a refused call. */
export const bucketPolicyChanges: FactSource<TrailEvent[]> = {
  id: "bucket-policy-changes",
  title: "who changed the bucket policy (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    const [asked, { text }] = await Promise.all([questions(reader), reader.need(bucketPolicy)]);
    const denies = asked.some(({ call, subject }) => {
      const { certain, possible } = bucketDenials(text, questionOf(call, subject));
      return certain.length + possible.length > 0;
    });
    if (!denies) return [];
    const events = succeeded(await lookupEvents(reader, { key: "EventName", value: "PutBucketPolicy" }));
    return events.filter(
      ({ input }) => (textAt(input, "bucketName") || textAt(input, "bucket")) === reader.deployment.buckets.lakehouse,
    );
  },
};

/** Changes of the refused roles' policies, newest first, where no policy of theirs allows a refused call. */
export const rolePolicyChanges: FactSource<TrailEvent[]> = {
  id: "role-policy-changes",
  title: "who changed the role's policies (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    const [asked, { text }] = await Promise.all([questions(reader), reader.need(bucketPolicy)]);
    const names = asked
      .filter(({ call, subject }) => identityAnswer(subject, text, questionOf(call, subject)).effect !== "allowed")
      .map(({ subject }) => subject.name);
    const options = { region: globalRegionOf(reader.where.region), fromMs: reader.window.toMs - DOCUMENTS_MS };
    const found = await Promise.all(
      [...new Set(names)].map((value) => lookupEvents(reader, { key: "ResourceName", value }, options)),
    );
    return succeeded(found.flat()).filter(({ name }) => /^(Put|Delete|Attach|Detach)(Role|User)Policy$/.test(name));
  },
};

/** Changes of the S3 endpoints' policies of the last day, newest first, where one does not let a refused call pass. */
export const endpointChanges: FactSource<TrailEvent[]> = {
  id: "endpoint-changes",
  title: "who changed the VPC endpoint (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    const [asked, endpoints] = await Promise.all([questions(reader), reader.need(s3Endpoints)]);
    const blocking = endpoints.filter((endpoint) =>
      asked.some(({ call, subject }) => !endpointAnswer(endpoint.policy, questionOf(call, subject, endpoint)).allowed),
    );
    if (blocking.length === 0) return [];
    const events = succeeded(await lookupEvents(reader, { key: "EventName", value: "ModifyVpcEndpoint" }));
    return events.filter(({ input }) => blocking.some(({ id }) => endpointOf(input) === id));
  },
};

/** EC2's events wrap what was asked: `{ ModifyVpcEndpointRequest: { VpcEndpointId } }`. */
function endpointOf(input: unknown): string {
  const wrapped = member(input, "ModifyVpcEndpointRequest") ?? member(input, "modifyVpcEndpointRequest") ?? input;
  return textAt(wrapped, "vpcEndpointId") || textAt(wrapped, "VpcEndpointId");
}

/** Permissions of Lake Formation that were taken away in the last day, newest first, where a refused role has none on a table. */
export const lakeFormationRevocations: FactSource<TrailEvent[]> = {
  id: "lake-formation-revocations",
  title: "who took permissions away (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    const [{ calls }, found, grants] = await Promise.all([
      reader.need(deniedCalls),
      reader.need(subjects),
      reader.need(lakeFormationGrants),
    ]);
    const refused = calls.filter(({ action, words }) => words?.lakeFormation || action.startsWith("glue:"));
    const bare = refused.some((call) => {
      const subject = subjectOfCall(call, found);
      const missing = call.words?.lakeFormation?.permissions ?? [];
      const own = grants.filter(({ principal }) => principal === subject?.arn);
      return missing.some(
        (permission) => !own.some(({ permissions }) => permissions.includes(permission.toUpperCase())),
      );
    });
    if (!bare) return [];
    return succeeded(await lookupEvents(reader, { key: "EventName", value: "RevokePermissions" }));
  },
};

/** The document of a policy as an event says it, as JSON text; undefined where it says none. */
export function documentOf(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  if (typeof value !== "string" || value === "") return undefined;
  // IAM's events have it URL-encoded or plain.
  const text = value.startsWith("%7B") ? decodeURIComponent(value) : value;
  return text.startsWith("{") ? text : undefined;
}
