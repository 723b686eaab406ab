import type { KeyPair } from "../../aws/contract.ts";
import { globalRegionOf } from "../../aws/partition.ts";
import { Failure, failureDetail } from "../../base/failure.ts";
import { canonicalJson, toJson } from "../../base/json.ts";
import type { Job, JobContext } from "../jobs.ts";
import { isBreakGlass } from "./principal.ts";

/** An hour, seconds: the least that the work needs (STS API reference, GetSessionToken: 900 to 129 600). */
const SESSION_SECONDS = 3600;
/** Wrong answers that are taken before it is given up. */
const TRIES = 3;
/** STS on a wrong code: "MultiFactorAuthentication failed with invalid MFA one time pass code." The key was right then. */
const MFA = /MultiFactorAuthentication/;

/** Begins a session of the break-glass user with MFA, or sees that the caller is that user already. Nothing of it is written anywhere. */
export const breakGlassSession: Job = async (input, context) => {
  const { user, session, serial } = input as { user: string; session: "ask" | "current"; serial: string };
  const expiresAtMs = session === "ask" ? await begin(serial, context) : null;
  const { output } = await context.aws.call(
    "sts",
    "GetCallerIdentity",
    {},
    { purpose: "action", signal: context.signal },
  );
  const arn = output.Arn ?? "";
  if (!isBreakGlass(arn, { breakGlass: { user } })) {
    context.aws.actAs(null);
    throw new Failure({
      kind: "refused",
      what: "break-glass session",
      why: `the caller is ${arn}, not ${user}`,
      next: session === "ask" ? "Type the key of the break-glass user." : "Begin again with session=ask.",
    });
  }
  return { complete: true, missing: [], requestIds: [], output: { arn, expiresAtMs: expiresAtMs ?? 0 } };
};

/** Asks for key and code, again after a slip: what the second person has confirmed must not be lost by it. */
async function begin(serial: string, { aws, ask, signal }: JobContext): Promise<number> {
  let key: KeyPair | undefined;
  let why = "";
  for (let tries = 1; ; tries++) {
    const asked = async (label: string, masked: boolean) => {
      const answer = await ask(`${why}${label}`, { masked }, signal);
      why = "";
      return answer.trim();
    };
    key ??= {
      accessKeyId: await asked("Access key id of the break-glass user", false),
      secretAccessKey: await asked("Its secret access key", true),
    };
    const code = await asked(`Code of MFA device ${serial}`, true);
    try {
      const options = { purpose: "action", signal } as const;
      const session = await aws.sessionOf(key, { serial, code, durationSeconds: SESSION_SECONDS }, options);
      aws.actAs(session);
      return session.expiration.getTime();
    } catch (error) {
      const { kind, why: said } = failureDetail(error, "sts:GetSessionToken");
      if (signal.aborted || kind === "unreachable" || tries === TRIES) throw error;
      why = `${said.replace(/\.$/, "")}. Once more, try ${tries + 1} of ${TRIES}. `;
      if (!MFA.test(said)) key = undefined;
    }
  }
}

/** Forgets the session: from now on calls are made with the credentials that the cockpit was started with. */
export const breakGlassEnd: Job = async (_input, { aws }) => {
  aws.actAs(null);
  return { complete: true, missing: [], requestIds: [], output: {} };
};

/** Keeps what CloudTrail has on the break-glass user since it was asked for, as JSON lines. It delivers minutes late, and this says so. */
export const breakGlassTrail: Job = async (input, { aws, clock, signal, storeEvidence, progress }) => {
  const { user, requestId, fromMs } = input as { user: string; requestId: string; fromMs: number };
  const startedAtMs = clock.now();
  const lines: string[] = [];
  const requestIds: string[] = [];
  const missing = [
    "calls of the last minutes: CloudTrail delivers some 5 minutes late; preserve-cloudtrail with pass=second brings them",
  ];
  // Calls of IAM and STS are in the partition's global region, the others where they were made.
  const regions: (string | undefined)[] = [undefined, globalRegionOf(aws.region)];
  for (const region of regions) {
    let token: string | undefined;
    try {
      do {
        const answer = await aws.call(
          "cloudtrail",
          "LookupEvents",
          {
            LookupAttributes: [{ AttributeKey: "Username", AttributeValue: user }],
            StartTime: new Date(fromMs),
            EndTime: new Date(startedAtMs),
            ...(token ? { NextToken: token } : {}),
          },
          { purpose: "evidence", signal, ...(region ? { region } : {}) },
        );
        requestIds.push(answer.requestId);
        lines.push(...(answer.output.Events ?? []).map((event) => canonicalJson(toJson(event))));
        token = answer.output.NextToken;
        progress(`${lines.length} events`);
      } while (token);
    } catch (error) {
      missing.push(`${region ?? "the incident's region"}: ${failureDetail(error, "cloudtrail:LookupEvents").why}`);
    }
  }
  const unique = [...new Set(lines)];
  const reason = missing.join("; ");
  await storeEvidence(`break-glass-${requestId}.jsonl`, unique.map((line) => `${line}\n`).join(""), {
    source: `cloudtrail:LookupEvents Username=${user}`,
    requestIds,
    status: "partial",
    reason,
  });
  return { complete: false, missing, requestIds, output: { events: unique.length } };
};
