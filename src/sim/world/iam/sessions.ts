import type { Policy } from "../../../policy/document.ts";
import { AwsError } from "../../wire/aws-error.ts";
import type { Principal, Principals, Session } from "../principals.ts";
import type { Iam } from "./directory.ts";
import { accessKeyId, secretAccessKey, sessionToken } from "./identifiers.ts";
import type { Role, User } from "./model.ts";
import { givenPolicyText } from "./policy-text.ts";
import { stepOfCode } from "./totp.ts";

/** Temporary credentials as STS hands them out. */
export interface IssuedCredentials {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken: string;
  Expiration: Date;
}

/** Durations in seconds (STS API reference): shortest of all; of GetSessionToken longest, default, and longest for root. */
const SHORTEST = 900;
const TOKEN = { longest: 129_600, default: 43_200, root: 3_600 };
/** Of AssumeRole: the default, and the longest when a role session assumes the next role. */
const ROLE = { default: 3_600, chained: 3_600 };
/** Managed session policies a call; characters of an inline one (STS API reference, AssumeRole). */
const SESSION_POLICIES = 10;
const SESSION_POLICY_SIZE = 2_048;

const validation = (message: string) => new AwsError("ValidationError", message);
const mfaFailed = (why: string) =>
  new AwsError("AccessDenied", `MultiFactorAuthentication failed${why}`, { status: 403 });

/** What a caller gives to prove that it holds its MFA device. */
export interface MfaProof {
  serialNumber?: string | undefined;
  code?: string | undefined;
}

export interface RoleRequest {
  role: Role;
  sessionName: string;
  durationSeconds?: number | undefined;
  /** JSON of an inline session policy. */
  policy?: string | undefined;
  policyArns: string[];
  mfa: MfaProof;
}

/** Hands out temporary credentials, which are principals of their own from then on. */
export class Sessions {
  readonly #iam: Iam;
  readonly #principals: Principals;

  constructor(iam: Iam, principals: Principals) {
    this.#iam = iam;
    this.#principals = principals;
  }

  /**
   * sts:GetSessionToken, at virtual time `nowMs`.
   * @throws AwsError AccessDenied for a caller with temporary credentials and for a wrong code; ValidationError for the duration.
   */
  sessionToken(
    caller: Principal,
    durationSeconds: number | undefined,
    mfa: MfaProof,
    nowMs: number,
  ): IssuedCredentials {
    if (caller.type === "role-session" || caller.session?.issued) {
      throw new AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", { status: 403 });
    }
    const root = caller.type === "root";
    const seconds = root ? Math.min(TOKEN.root, durationSeconds ?? TOKEN.root) : (durationSeconds ?? TOKEN.default);
    checkDuration(seconds, TOKEN.longest);
    const mfaAtMs = this.#mfaTime(caller, mfa, nowMs);
    const session = { issuedAtMs: nowMs, ...(mfaAtMs === undefined ? {} : { mfaAtMs }) };
    return this.#issue({ ...caller, session }, seconds, nowMs);
  }

  /**
   * sts:AssumeRole, at virtual time `nowMs`; that the caller may was decided before.
   * @throws AwsError ValidationError for the duration, MalformedPolicyDocument, NoSuchEntity for session policies.
   */
  assumeRole(
    caller: Principal,
    request: RoleRequest,
    nowMs: number,
  ): { principal: Principal; issued: IssuedCredentials } {
    const { role, sessionName } = request;
    if (caller.type === "root") {
      throw new AwsError("AccessDenied", "Roles may not be assumed by root accounts.", { status: 403 });
    }
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) throw validation(`"${sessionName}" is not a role session name.`);
    const seconds = request.durationSeconds ?? ROLE.default;
    const chained = caller.session !== undefined;
    if (chained && seconds > ROLE.chained) {
      throw validation(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
      );
    }
    if (seconds > role.maxSessionSeconds) {
      throw validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    }
    checkDuration(seconds, role.maxSessionSeconds);
    // The code counts for the trust policy alone: a role's session carries no MFA (IAM user guide, MFA-protected API access).
    this.#mfaTime(caller, request.mfa, nowMs);
    const policies = this.#sessionPolicies(request);
    const principal = this.#principals.roleSession(role.name, sessionName);
    const session: Session = {
      issuedAtMs: nowMs,
      ...(policies.length > 0 ? { policies } : {}),
    };
    return { principal, issued: this.#issue({ ...principal, session }, seconds, nowMs) };
  }

  #issue(principal: Principal & { session: Session }, seconds: number, nowMs: number): IssuedCredentials {
    const random = this.#iam.keyStream(`session/${principal.arn}`);
    const expiresAtMs = Math.floor(nowMs / 1000 + seconds) * 1000;
    const key = accessKeyId("ASIA", random);
    const token = sessionToken(random);
    this.#principals.add({
      ...principal,
      accessKeyId: key,
      session: { ...principal.session, issued: { token, expiresAtMs } },
    });
    return {
      AccessKeyId: key,
      SecretAccessKey: secretAccessKey(random),
      SessionToken: token,
      Expiration: new Date(expiresAtMs),
    };
  }

  /** When MFA was given with this call: now, or undefined for a call without. A code is good once. */
  #mfaTime(caller: Principal, { serialNumber, code }: MfaProof, nowMs: number): number | undefined {
    if (serialNumber === undefined && code === undefined) return undefined;
    if (serialNumber === undefined || code === undefined) {
      throw mfaFailed(", must provide both MFA serial number and one time pass code.");
    }
    const user: User | undefined = caller.type === "user" ? this.#iam.users.get(caller.userName) : undefined;
    const device = user?.mfaDevices.find((one) => one.serialNumber === serialNumber);
    if (!device) {
      const help = "Please verify your MFA serial number is valid and associated with this user.";
      throw mfaFailed(`, unable to validate MFA code.  ${help}`);
    }
    const step = stepOfCode(device.secret, code, nowMs);
    if (step === undefined || step <= device.lastStep) throw mfaFailed(" with invalid MFA one time pass code.");
    device.lastStep = step;
    return nowMs;
  }

  #sessionPolicies({ policy, policyArns }: RoleRequest): Policy[] {
    if ((policy?.length ?? 0) > SESSION_POLICY_SIZE) {
      throw validation(`The session policy is longer than ${SESSION_POLICY_SIZE} characters.`);
    }
    if (policyArns.length > SESSION_POLICIES) throw validation(`More than ${SESSION_POLICIES} session policies.`);
    const inline = policy === undefined ? [] : [givenPolicyText(policy, "session policy", "identity").policy];
    const managed = policyArns.map((arn) => {
      const found = this.#iam.defaultVersion(arn);
      if (!found) throw validation(`Session policy ${arn} does not exist.`);
      return found;
    });
    return [...inline, ...managed];
  }
}

function checkDuration(seconds: number, longest: number): void {
  if (seconds < SHORTEST || seconds > longest) {
    throw validation(`DurationSeconds must be between ${SHORTEST} and ${longest}, not ${seconds}.`);
  }
}
