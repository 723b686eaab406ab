import { Failure } from "../base/failure.ts";
import type { CallerIdentity, MfaCode, SessionCredentials } from "./contract.ts";
import { serviceLoaders } from "./services/index.ts";

// Calls with other credentials than the session's own. Their clients live for one call, so that nothing remembers the secrets.

const sending = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {});

/** Who the credentials of `configuration` belong to. */
export async function identityOf(configuration: object, signal: AbortSignal | undefined): Promise<CallerIdentity> {
  const { client: Client, commands } = await serviceLoaders.sts();
  const output = await new Client(configuration).send(new commands.GetCallerIdentity({}), sending(signal));
  return { accountId: output.Account ?? "", arn: output.Arn ?? "", userId: output.UserId ?? "" };
}

/** A session of the user whose credentials `configuration` has, opened with an MFA code. */
export async function sessionOf(
  configuration: object,
  { serial, code, durationSeconds }: MfaCode,
  signal: AbortSignal | undefined,
): Promise<SessionCredentials> {
  const { client: Client, commands } = await serviceLoaders.sts();
  const input = { SerialNumber: serial, TokenCode: code, DurationSeconds: durationSeconds };
  const { Credentials } = await new Client(configuration).send(new commands.GetSessionToken(input), sending(signal));
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (AccessKeyId && SecretAccessKey && SessionToken && Expiration) {
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  }
  throw new Failure({
    kind: "bug",
    what: "sts:GetSessionToken",
    why: "the answer has no credentials in it",
    next: "Try again; nothing was begun.",
  });
}
