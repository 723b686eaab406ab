import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";

const minutesFromNow = (date: Date | undefined) => Math.round(((date?.getTime() ?? 0) - Date.now()) / 60_000);

/** Who calls, and temporary credentials. */
export const sts = casesOf("sts", {
  "the caller is told with account, ARN and id": async ({ clients, names }) => {
    const caller = await clients.sts.getCallerIdentity({});
    expect(caller).toMatchObject({
      Account: names.accountId,
      Arn: expect.stringContaining(`::${names.accountId}:`),
      UserId: expect.stringMatching(/^A[A-Z0-9]+/),
    });
  },

  "a role is assumed; its credentials are those of its session": async ({ clients, names, as }) => {
    const RoleArn = `arn:aws:iam::${names.accountId}:role/visitor`;
    const answer = await clients.sts.assumeRole({
      RoleArn,
      RoleSessionName: "guest@example.com",
      DurationSeconds: 900,
    });
    const session = `arn:aws:sts::${names.accountId}:assumed-role/visitor/guest@example.com`;
    expect(answer.AssumedRoleUser).toMatchObject({
      Arn: session,
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}:guest@example\.com$/),
    });
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "", Expiration } = answer.Credentials ?? {};
    expect([AccessKeyId.slice(0, 4), AccessKeyId.length, SecretAccessKey.length]).toEqual(["ASIA", 20, 40]);
    expect(minutesFromNow(Expiration)).toBeGreaterThanOrEqual(14);
    const guest = as({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
    expect((await guest.sts.getCallerIdentity({})).Arn).toBe(session);
  },

  "a session of less than a quarter of an hour is refused": async ({ clients, names }) => {
    const RoleArn = `arn:aws:iam::${names.accountId}:role/visitor`;
    const call = clients.sts.assumeRole({ RoleArn, RoleSessionName: "short", DurationSeconds: 60 });
    expect(await refusal(call)).toEqual({ name: "ValidationError", status: 400 });
  },

  "a user gets a session token": async ({ as, names }) => {
    const user = as({ accessKeyId: "AKIASIMULATEDBRGLASS", secretAccessKey: "simulated" });
    const { Credentials: credentials } = await user.sts.getSessionToken({ DurationSeconds: 3_600 });
    expect(credentials?.AccessKeyId).toMatch(/^ASIA|^AKIA/);
    expect(credentials?.SessionToken?.length).toBeGreaterThan(100);
    expect(minutesFromNow(credentials?.Expiration)).toBeGreaterThanOrEqual(59);
    const info = await user.sts.getAccessKeyInfo({ AccessKeyId: "AKIASIMULATEDBRGLASS" });
    expect(info.Account).toBe(names.accountId);
  },

  "a session token is its user's": async ({ clients, as, names }) => {
    const { AccessKeyMetadata: [key] = [] } = await clients.iam.listAccessKeys({ UserName: "break-glass" });
    const user = as({ accessKeyId: key!.AccessKeyId!, secretAccessKey: "simulated" });
    const { Credentials: session } = await user.sts.getSessionToken({});
    const { AccessKeyId, SecretAccessKey, SessionToken } = session!;
    const own = as({ accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! });
    expect((await own.sts.getCallerIdentity({})).Arn).toBe(`arn:aws:iam::${names.accountId}:user/break-glass`);
  },
});
