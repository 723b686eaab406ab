import { s3Arn } from "../../aws/partition.ts";
import { defineCheck, type Finding, type Scope } from "../check.ts";
import type { Fact } from "../fact.ts";
import type { TrailEvent } from "../sources/trail.ts";
import { member, textAt } from "../sources/trail.ts";
import { count, utc } from "../words.ts";
import { bucketPolicy } from "./bucket-facts.ts";
import { bucketPolicyChanges, documentOf, rolePolicyChanges } from "./changes.ts";
import { type DeniedCall, deniedCalls } from "./denied-calls.ts";
import {
  bucketDenials,
  identityAnswer,
  isAboutEncryption,
  isQuarantine,
  questionOf,
  statementName,
} from "./judgement.ts";
import { nameOf, type Subject, type Subjects, subjectOfCall, subjects } from "./subjects.ts";
import { type Workload, workloads } from "./workloads.ts";

/** A call with who made it: those that were refused, and where nobody was, what Dagster's role has to be able to do. */
export interface Asked {
  call: DeniedCall;
  subject: Subject;
  /** False: nobody was seen to be refused this. */
  seen: boolean;
}

/** What a writer of tables needs. */
const NEEDED = ["s3:GetObject", "s3:PutObject"];

/** The calls that are put to each layer. */
export function askedCalls(calls: readonly DeniedCall[], found: Subjects, { deployment, window }: Scope): Asked[] {
  const refused = calls
    .filter(({ action }) => action.startsWith("s3:"))
    .flatMap((call) => {
      const subject = subjectOfCall(call, found);
      return subject ? [{ call, subject, seen: call.from !== "responder" }] : [];
    });
  if (refused.length > 0 || !found.assumed) return refused;
  const at = { firstMs: window.toMs, lastMs: window.toMs, count: 0, from: "responder" as const };
  return found.known.flatMap((subject) =>
    NEEDED.map((action) => ({
      // Uploads of tables ask for KMS unless a refused one shows that they do not.
      call: {
        arn: subject.arn,
        by: subject.name,
        action,
        resource: s3Arn(deployment.region, deployment.buckets.lakehouse, "lakehouse/*"),
        encryption: "aws:kms",
        ...at,
      },
      subject,
      seen: false,
    })),
  );
}

/** `role lakehouse-prod-dagster-task: s3:PutObject, refused 3 times, last 02:56:11 UTC` */
export function describeCall({ call, subject, seen }: Asked): string {
  const who = `${subject.kind} ${subject.name}: ${call.action}`;
  if (!seen) return `${who}, as asked`;
  const again = call.succeededMs === undefined ? "" : `, and succeeded again ${utc(call.succeededMs)}`;
  return `${who}, refused ${count(call.count, "time")}, last ${utc(call.lastMs)}${again}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Who did it, by the newest event that fits: "changed by role/session at ... with ...". */
export function blame(changes: Fact<readonly TrailEvent[]>, fits: (event: TrailEvent) => boolean = () => true): string {
  if (changes.status !== "known") return ` Who did it: unknown (${changes.reason}).`;
  const event = changes.value.find(fits);
  if (!event) return " Who did it: CloudTrail has no such event of the last day.";
  return ` ${event.by} did it by ${event.name} at ${utc(event.atMs)} (${event.userAgent || "no user agent"}).`;
}

/** Our own quarantine comes before every other explanation. */
export const quarantineCheck = defineCheck({
  id: "s3-own-quarantine",
  title: "1. Our own quarantine of the bucket",
  diagnoses: ["s3-403"],
  verdicts: ["contained-by-us"],
  needs: { denied: deniedCalls, found: subjects, policy: bucketPolicy },
  judge: ({ denied, found, policy }, scope) =>
    askedCalls(denied.calls, found, scope).flatMap((asked): Finding[] => {
      const { certain, possible } = bucketDenials(policy.text, questionOf(asked.call, asked.subject));
      const ours = [...certain, ...possible].find(({ statement }) => isQuarantine(statement));
      if (!ours) return [];
      const held = scope.held.find(({ actionId }) => actionId === "contain-s3");
      const whose = held
        ? `${held.title} has been held open since ${utc(held.sinceMs)}`
        : "this incident holds no quarantine: it is another incident's, or its undo failed";
      return [
        {
          verdict: "contained-by-us",
          strength: "proves",
          text: `In the bucket policy ${statementName(ours.statement)} is a quarantine of mayday's and denies ${describeCall(asked)}; ${whose}.`,
          ...(held ? { details: { runId: held.runId } } : {}),
        },
      ];
    }),
});

/** Denies of the bucket policy that are not ours. */
export const bucketPolicyCheck = defineCheck({
  id: "s3-bucket-policy",
  title: "2. The bucket policy",
  diagnoses: ["s3-403"],
  verdicts: ["s3-bucket-policy-deny", "s3-encryption-header"],
  needs: { denied: deniedCalls, found: subjects, policy: bucketPolicy },
  uses: { changes: bucketPolicyChanges, places: workloads },
  judge: ({ denied, found, policy }, scope, { changes, places }) =>
    askedCalls(denied.calls, found, scope).flatMap((asked): Finding[] => {
      const { call, subject, seen } = asked;
      const { certain, possible } = bucketDenials(policy.text, questionOf(call, subject));
      const others = [...certain, ...possible].filter(({ statement }) => !isQuarantine(statement));
      // AWS's own words settle what an unknown condition key leaves open.
      const said = call.words?.layer === "resource" && call.words.explicit === true;
      const findings = others.flatMap((match): Finding[] => {
        const sure = certain.includes(match) || (said && others.length === 1);
        if (!sure && !said) return [];
        const { statement } = match;
        const encryption = isAboutEncryption(statement);
        if (encryption && isOver(asked, places)) {
          const text = `${capital(statementName(statement))} denied ${describeCall(asked)}: before the present release of the caller.`;
          return [{ strength: "information", text }];
        }
        const wanted = encryption
          ? ` It wants ${wantedEncryption(statement.conditions)} of each upload.`
          : blame(changes);
        const header = encryption && call.encryption === null ? " The upload had no such header." : "";
        return [
          {
            verdict: encryption ? "s3-encryption-header" : "s3-bucket-policy-deny",
            strength: seen && sure ? "proves" : "supports",
            text: `${capital(statementName(statement))} of the bucket policy denies ${describeCall(asked)}.${header}${wanted}`,
            details: {
              bucket: scope.deployment.buckets.lakehouse,
              statement: statement.index,
              ...(statement.sid === undefined ? {} : { sid: statement.sid }),
              principal: subject.arn,
              refusedMs: call.firstMs,
            },
          },
        ];
      });
      if (findings.length > 0) return findings;
      return [{ strength: "information", text: `Nothing in the bucket policy denies ${describeCall(asked)}.` }];
    }),
});

/** The policy wants the header by design: a caller that has been replaced since its last refusal, or succeeds, sends it again. */
function isOver({ call, subject }: Asked, places: Fact<readonly Workload[]>): boolean {
  if (call.succeededMs !== undefined) return true;
  const own = places.status === "known" ? places.value.filter(({ roleArn }) => nameOf(roleArn) === subject.name) : [];
  return own.some(({ sinceMs }) => sinceMs > call.lastMs);
}

function wantedEncryption(conditions: readonly { key: string; values: readonly string[] }[]): string {
  return conditions.map(({ key, values }) => `${key.replace(/^s3:/i, "")}: ${values.join(" or ")}`).join(" and ");
}

/** Identity policies and permissions boundary. */
export const identityPolicyCheck = defineCheck({
  id: "s3-identity-policy",
  title: "3. The role's own policies",
  diagnoses: ["s3-403"],
  verdicts: ["s3-identity-policy"],
  needs: { denied: deniedCalls, found: subjects },
  uses: { policy: bucketPolicy, changes: rolePolicyChanges },
  judge: ({ denied, found }, scope, { policy, changes }) => [
    ...found.unknown.map(
      ({ name, reason }): Finding => ({
        strength: "information",
        text: `${name}: its policies are not known: ${reason}.`,
      }),
    ),
    ...askedCalls(denied.calls, found, scope).flatMap((asked): Finding[] => {
      const { call, subject, seen } = asked;
      const text = policy.status === "known" ? policy.value.text : undefined;
      const answer = identityAnswer(subject, text, questionOf(call, subject));
      if (answer.effect === "allowed") {
        return [{ strength: "information", text: `Allowed there: ${describeCall(asked)} (${answer.reason}).` }];
      }
      const [near] = answer.narrower;
      const inline = near !== undefined && near.policyId in subject.inline;
      const elsewhere = near
        ? ` ${near.policyId}, ${statementName(near.statement)}, allows it on ${(near.statement.resource ?? []).join(", ")} only.`
        : noPolicies(subject);
      const why = {
        "explicit-deny": answer.reason,
        "beyond-boundary": "the permissions boundary does not allow it",
        "not-allowed": `no policy of the ${subject.kind}${subject.kind === "user" ? " or its groups" : ""} allows it`,
      }[answer.effect];
      const unread = subject.unreadable.length > 0 ? ` Not read: ${subject.unreadable.join("; ")}.` : "";
      return [
        {
          verdict: "s3-identity-policy",
          strength: seen && !answer.conditional && subject.unreadable.length === 0 ? "proves" : "supports",
          text: `${describeCall(asked)}: ${why}.${elsewhere}${unread}${blame(changes, (event) => concerns(event, subject, near?.policyId))}`,
          details: {
            role: subject.kind === "role" ? subject.name : "",
            actions: near?.statement.action ?? [call.action],
            resource: resourceToGrant(call),
            effect: answer.effect,
            ...(inline ? { policy: near.policyId } : {}),
            ...former(changes, subject, near?.policyId),
          },
        },
      ];
    }),
  ],
});

/** The template gives its reader, writer and admin roles no policies: there a 403 is by design. */
function noPolicies({ identity }: Subject): string {
  return identity.length === 0
    ? " The role has no policies at all: the template's reader, writer and admin roles are made so, and what they may do comes from whom they are granted to."
    : "";
}

const concerns = ({ input, name }: TrailEvent, subject: Subject, policy: string | undefined) =>
  [textAt(input, "roleName"), textAt(input, "userName")].includes(subject.name) &&
  (policy === undefined || /^(Attach|Detach)/.test(name) || textAt(input, "policyName") === policy);

/** Everything in the bucket: the tables' prefixes are not in the policy's hands. */
const resourceToGrant = ({ resource, action }: DeniedCall) =>
  /^s3:(List|GetBucket)/.test(action) ? resource : `${resource.split("/")[0]}/*`;

/** The document before the newest PutRolePolicy of this policy, where CloudTrail still has it: the time of its event. */
function former(
  changes: Fact<readonly TrailEvent[]>,
  subject: Subject,
  policy: string | undefined,
): { formerMs?: number } {
  if (changes.status !== "known" || policy === undefined) return {};
  const documents = changes.value.filter(
    (event) =>
      event.name === "PutRolePolicy" &&
      textAt(event.input, "roleName") === subject.name &&
      textAt(event.input, "policyName") === policy &&
      documentOf(member(event.input, "policyDocument")) !== undefined,
  );
  const before = documents[1];
  return before ? { formerMs: before.atMs } : {};
}
