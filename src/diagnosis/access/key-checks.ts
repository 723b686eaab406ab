import { defineCheck, type Finding, type Scope } from "../check.ts";
import type { Fact } from "../fact.ts";
import type { TrailEvent } from "../sources/trail.ts";
import { textAt } from "../sources/trail.ts";
import { count, utc, utcDay } from "../words.ts";
import { bucketEncryption } from "./bucket-facts.ts";
import { callerName, type DeniedCall, deniedCalls } from "./denied-calls.ts";
import { statementName } from "./judgement.ts";
import { isKeyArn, type KeyPolicy, keyChanges, keyGrants, keyPolicies, keyStates, objectKey } from "./key-facts.ts";
import { type KeyAnswer, keyAnswer, namedPrincipals } from "./key-judgement.ts";
import { blame } from "./policy-checks.ts";
import { type Subject, type Subjects, subjectOfCall, subjects } from "./subjects.ts";

/** Which of KMS's actions S3 asks for on behalf of who reads or writes an object (S3 user guide, SSE-KMS permissions). */
const KEY_ACTIONS: Record<string, string> = { "s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey" };

const STATES: Record<string, string> = {
  Disabled: "is disabled",
  PendingDeletion: "is pending deletion",
  PendingReplicaDeletion: "is pending deletion",
  PendingImport: "has no key material (pending import)",
  Unavailable: "is unavailable: its key store is not connected",
  missing: "does not exist (any more)",
};

const CAUSE_OF_STATE: Record<string, RegExp> = {
  Disabled: /^(DisableKey|CancelKeyDeletion)$/,
  PendingDeletion: /^ScheduleKeyDeletion$/,
};

const shortKey = (arn: string) => arn.split(":").at(-1) ?? arn;
const POLICY_CHANGES = /^(PutKeyPolicy|RevokeGrant|RetireGrant)$/;

/** Whether an event names the key, by its ARN or its id. */
const isAbout = ({ input }: TrailEvent, arn: string) => [arn, arn.split("/").at(-1)].includes(textAt(input, "keyId"));

/** Whether the key can be used at all. */
export const keyCheck = defineCheck({
  id: "s3-kms-key",
  title: "4. The KMS key",
  diagnoses: ["s3-403"],
  verdicts: ["s3-kms-key-unusable"],
  needs: { denied: deniedCalls, states: keyStates },
  uses: { changes: keyChanges, encryption: bucketEncryption },
  judge: ({ denied, states }, _scope, { changes, encryption }) => [
    ...(encryption.status === "unknown"
      ? [{ strength: "information" as const, text: `The bucket's default key is not known: ${encryption.reason}.` }]
      : []),
    ...states.map((key): Finding => {
      const { arn, state, deletionMs, isBuckets, isObjects } = key;
      const refused = denied.calls.filter(({ resource }) => resource === arn);
      const whose = isBuckets ? "the bucket's default encryption" : isObjects ? "the object" : "a refusal";
      if (state === "Enabled")
        return { strength: "information", text: `${shortKey(arn)}, named by ${whose}, is enabled.` };
      const until =
        deletionMs === undefined
          ? ""
          : ` It is deleted for good at ${utcDay(deletionMs)}: then nothing that it encrypted can be read any more.`;
      const who = blame(changes, (event) => isAbout(event, arn) && (CAUSE_OF_STATE[state]?.test(event.name) ?? false));
      return {
        verdict: "s3-kms-key-unusable",
        strength: refused.length > 0 ? "proves" : "supports",
        text: `The KMS key ${shortKey(arn)} ${STATES[state] ?? `is in the state ${state}`}: S3 can neither encrypt nor decrypt with it.${refusals(refused)}${until}${who}`,
        details: { key: arn, state },
      };
    }),
  ],
});

function refusals(calls: readonly DeniedCall[]): string {
  return calls
    .map(
      ({ by, action, count: times, lastMs }) =>
        ` ${by || "Dagster"}: ${action}, refused ${count(times, "time")}, last ${utc(lastMs)}.`,
    )
    .join("");
}

/** A question to a key: what was refused, or what a refused call on an object needs of it. */
interface KeyQuestion {
  call: DeniedCall;
  subject: Subject;
  key: KeyPolicy;
  /** refused: KMS refused it; implied: S3 gave no reason, or somebody asked; needed: nobody was refused. */
  why: "refused" | "implied" | "needed";
}

function questionsOf(
  calls: readonly DeniedCall[],
  found: Subjects,
  keys: readonly KeyPolicy[],
  { window }: Scope,
  object: Fact<{ arn: string | undefined }>,
): KeyQuestion[] {
  const asked = calls.flatMap((call): KeyQuestion[] => {
    const subject = subjectOfCall(call, found);
    const named = isKeyArn(call.resource) ? keys.find(({ arn }) => arn === call.resource) : undefined;
    if (subject && named) return [{ call, subject, key: named, why: "refused" }];
    const action = KEY_ACTIONS[call.action];
    // Of the object that is asked about the key is known, and it need not be the bucket's.
    const isAsked = call.from === "responder" && object.status === "known" && object.value.arn !== undefined;
    const key = keys.find(({ isBuckets, isObjects }) => (isAsked ? isObjects : isBuckets));
    if (!subject || action === undefined || !key || call.words?.layer !== undefined) return [];
    return [{ call: { ...call, action, resource: key.arn }, subject, key, why: "implied" }];
  });
  if (asked.length > 0 || !found.assumed) return asked;
  const at = { firstMs: window.toMs, lastMs: window.toMs, count: 0, from: "responder" as const };
  return found.known.flatMap((subject) =>
    keys
      .filter(({ isBuckets }) => isBuckets)
      .flatMap((key) =>
        Object.values(KEY_ACTIONS).map((action): KeyQuestion => {
          const call = { arn: subject.arn, by: subject.name, action, resource: key.arn, ...at };
          return { call, subject, key, why: "needed" };
        }),
      ),
  );
}

/** What the key's policy, its grants and the caller's own policies say about the key. */
export const keyPolicyCheck = defineCheck({
  id: "s3-kms-key-policy",
  title: "4a. The KMS key's policy",
  diagnoses: ["s3-403"],
  verdicts: ["s3-kms-key-policy", "s3-identity-policy"],
  needs: { denied: deniedCalls, found: subjects, policies: keyPolicies },
  uses: { grants: keyGrants, changes: keyChanges, object: objectKey },
  judge({ denied, found, policies }, scope, { grants, changes, object }) {
    const foreign = policies.flatMap(({ arn, text, reason }): Finding[] =>
      text === undefined ? [{ strength: "information", text: `${shortKey(arn)}: ${reason}.` }] : [],
    );
    const given = grants.status === "known" ? grants.value : [];
    const judged = questionsOf(denied.calls, found, policies, scope, object).flatMap((question): Finding[] => {
      const { key, call, subject } = question;
      if (key.text === undefined) return [];
      const answer = keyAnswer(subject, key.text, given, call, key.arn.split(":")[3] ?? "");
      const text = inWords(question, answer);
      if (answer.layer === "none") return [{ strength: "information", text }];
      const unread = grants.status === "unknown" ? ` Its grants are not known: ${grants.reason}.` : "";
      const changed = (event: TrailEvent) => isAbout(event, key.arn) && POLICY_CHANGES.test(event.name);
      const who = answer.layer === "key-policy" ? blame(changes, changed) : "";
      return verdictOf(question, answer, `${text}${unread}${who}`);
    });
    return [...foreign, ...judged];
  },
});

function inWords({ call, subject, key, why }: KeyQuestion, answer: KeyAnswer): string {
  const times = why === "refused" ? `, refused ${count(call.count, "time")}, last ${utc(call.lastMs)}` : "";
  const what = `${subject.kind} ${subject.name}: ${call.action} on the KMS key ${shortKey(key.arn)}${times}`;
  const { layer, effect, statement, reason, delegates } = answer;
  if (layer === "none") return `Allowed there: ${what} (${reason}).`;
  if (layer === "boundary")
    return `${what}: the permissions boundary ${effect === "explicit-deny" ? "denies" : "does not allow"} it.`;
  if (layer === "identity") {
    const ownWords = effect === "explicit-deny" ? reason : `no policy of the ${subject.kind} allows it`;
    return `${what}: ${ownWords}. The key's policy ${delegates ? "leaves it to the account's own policies" : "allows it"}.`;
  }
  if (effect === "explicit-deny") return `${what}: ${reason}.`;
  const others = statement ? ` Its ${statementName(statement)} allows it to ${namedPrincipals(statement)} only.` : "";
  return `${what}: no statement of the key's policy allows it, and none names the account, so that the ${subject.kind}'s own policies have no say.${others}`;
}

/** @param text the finding's own words. */
function verdictOf({ call, subject, key, why }: KeyQuestion, answer: KeyAnswer, text: string): Finding[] {
  // Nobody was refused: uploads may name another key, so that this one need not be the caller's.
  if (why === "needed") return [{ strength: "information", text }];
  const { layer, effect, statement, conditional } = answer;
  const verdict = layer === "key-policy" ? ("s3-kms-key-policy" as const) : ("s3-identity-policy" as const);
  const isSure = why === "refused" && !conditional && subject.unreadable.length === 0;
  const ofKey = {
    key: key.arn,
    principal: subject.arn,
    action: call.action,
    ...(statement ? { statement: statement.sid ?? `#${statement.index + 1}` } : {}),
  };
  const ofRole = {
    role: subject.kind === "role" ? subject.name : "",
    actions: Object.values(KEY_ACTIONS),
    resource: key.arn,
  };
  const finding: Finding = {
    verdict,
    strength: isSure ? "proves" : "supports",
    text,
    details: {
      effect: layer === "boundary" ? "beyond-boundary" : effect,
      ...(layer === "key-policy" ? ofKey : ofRole),
    },
  };
  if (call.succeededMs === undefined) return [finding];
  const again = `The same calls of ${callerName(call)} to S3 succeeded again ${utc(call.succeededMs)}: what they met then was not under this key, or the key's policy is about some objects only.`;
  return [finding, { verdict, strength: "against", text: again }];
}
