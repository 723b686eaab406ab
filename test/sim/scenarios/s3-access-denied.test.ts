import { EC2Client, ModifyVpcEndpointCommand } from "@aws-sdk/client-ec2";
import { DescribeTaskDefinitionCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { EnableKeyCommand, GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { GrantPermissionsCommand, LakeFormationClient } from "@aws-sdk/client-lakeformation";
import { GetBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { accountStatement } from "../../../src/sim/world/kms/lakehouse-key.ts";
import { NETWORK_IDS } from "../../../src/sim/world/lakehouse-network.ts";
import type { TestSimulator } from "../../support/simulator.ts";
import { dagsterLog, dataEvents, history, MINUTE_MS, SEEDS, scenarioWorld, stopDaemon } from "./dagster-support.ts";

interface Case {
  variant: string;
  /** In the error that the log shows. */
  words: RegExp;
  /** The event of the history that shows who did it, its session, and the region in which it is kept. */
  event: { name: string; session: string; region?: string };
  /** The S3 operation that is refused, undefined when the catalog refuses before. */
  refused?: string;
  /** S3's error code; default: AccessDenied. */
  code?: string;
  fix(simulator: TestSimulator): Promise<unknown>;
}

const CASES: Case[] = [
  {
    variant: "identity-policy",
    words: /no identity-based policy allows the s3:GetObject action/,
    event: { name: "PutRolePolicy", session: "pr-1187-least-privilege", region: "us-east-1" },
    refused: "GetObject",
    fix: async ({ clients, world }) => {
      const client = new IAMClient(clients);
      const role = { RoleName: `${world.names.prefix}-dagster-task`, PolicyName: "lakehouse-access" };
      const { PolicyDocument = "" } = await client.send(new GetRolePolicyCommand(role));
      const fixed = decodeURIComponent(PolicyDocument).replace("/staging/*", "/*");
      await client.send(new PutRolePolicyCommand({ ...role, PolicyDocument: fixed }));
    },
  },
  {
    variant: "bucket-policy",
    words: /explicit deny in a resource-based policy/,
    event: { name: "PutBucketPolicy", session: "noor.haddad" },
    refused: "GetObject",
    fix: async ({ clients, world }) => {
      const client = new S3Client(clients);
      const Bucket = world.names.lakehouseBucket;
      const { Policy = "" } = await client.send(new GetBucketPolicyCommand({ Bucket }));
      const document = JSON.parse(Policy);
      const kept = document.Statement.filter(({ Sid }: { Sid: string }) => Sid !== "DenyUnapprovedPrincipals");
      expect(kept).toHaveLength(2);
      const restored = JSON.stringify({ ...document, Statement: kept });
      await client.send(new PutBucketPolicyCommand({ Bucket, Policy: restored }));
    },
  },
  {
    variant: "encryption-header",
    words: /PutObject.*explicit deny in a resource-based policy/,
    event: { name: "RegisterTaskDefinition", session: "release-2026.45.2" },
    refused: "PutObject",
    fix: async ({ clients, world }) => {
      const client = new ECSClient(clients);
      const family = `${world.names.prefix}-dagster-daemon`;
      const names = async (taskDefinition: string) => {
        const { taskDefinition: found } = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
        return found?.containerDefinitions?.[0]?.environment?.map(({ name }) => name);
      };
      expect(await names(`${family}:1`)).toContain("FSSPEC_S3");
      expect(await names(family)).not.toContain("FSSPEC_S3");
      const cluster = `${world.names.prefix}-dagster`;
      const back = { cluster, service: "dagster-daemon", taskDefinition: `${family}:1` };
      await client.send(new UpdateServiceCommand(back));
    },
  },
  {
    variant: "lake-formation",
    words: /AccessDeniedException.*GetTable.*Insufficient Lake Formation permission\(s\): Required Describe on/,
    event: { name: "RevokePermissions", session: "access-review-q4" },
    fix: ({ clients, world }) =>
      new LakeFormationClient(clients).send(
        new GrantPermissionsCommand({
          Principal: {
            DataLakePrincipalIdentifier: `arn:aws:iam::${world.names.accountId}:role/${world.names.prefix}-dagster-task`,
          },
          Resource: { Table: { DatabaseName: world.names.glueDatabase, TableWildcard: {} } },
          Permissions: ["SELECT", "INSERT", "DELETE", "ALTER", "DESCRIBE"],
        }),
      ),
  },
  {
    variant: "vpc-endpoint",
    words: /no VPC endpoint policy allows the s3:GetObject action/,
    event: { name: "ModifyVpcEndpoint", session: "network-hardening" },
    refused: "GetObject",
    fix: ({ clients }) =>
      new EC2Client(clients).send(
        new ModifyVpcEndpointCommand({ VpcEndpointId: NETWORK_IDS.s3Endpoint, ResetPolicy: true }),
      ),
  },
  {
    variant: "kms-key-policy",
    words:
      /not authorized to perform: kms:Decrypt on resource: arn:aws:kms:.*no resource-based policy allows the kms:Decrypt action/,
    event: { name: "PutKeyPolicy", session: "key-hardening" },
    refused: "GetObject",
    fix: async ({ clients, world }) => {
      const client = new KMSClient(clients);
      const KeyId = world.ownKey!.arn;
      const { Policy = "" } = await client.send(new GetKeyPolicyCommand({ KeyId }));
      const document = JSON.parse(Policy);
      document.Statement.push(accountStatement(world.names.accountId));
      await client.send(new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify(document) }));
    },
  },
  {
    variant: "kms-key-disabled",
    code: "KMS.DisabledException",
    words: /KMS\.DisabledException.*GetObject operation: arn:aws:kms:.* is disabled\./,
    event: { name: "DisableKey", session: "unused-keys-cleanup" },
    refused: "GetObject",
    fix: ({ clients, world }) => new KMSClient(clients).send(new EnableKeyCommand({ KeyId: world.ownKey!.arn })),
  },
];

describe.each(CASES)("$variant", ({ variant, words, event, refused, fix, code = "AccessDenied" }) => {
  const id = `s3-access-denied:${variant}`;

  test.each(SEEDS)("runs fail, the cause can be seen, and its fix resolves it (seed %i)", async (seed) => {
    const simulator = await scenarioWorld(id, seed);
    const { world, contained, resolved } = simulator;
    expect([contained(), resolved()]).toEqual([false, false]);
    const errors = await dagsterLog(simulator, `"${code}"`);
    expect(errors.length).toBeGreaterThan(0);
    for (const { message } of errors) expect(message).toMatch(words);
    expect((await dagsterLog(simulator, '"RUN_FAILURE"')).length).toBeGreaterThan(0);

    const [change] = await history(simulator, event.name, event.region);
    expect(change.userIdentity.arn).toMatch(new RegExp(`/${event.session}$`));
    expect(Date.parse(change.eventTime)).toBeLessThan(errors[0]!.timestamp);

    world.advanceBy(7 * MINUTE_MS);
    const role = `${world.names.prefix}-dagster-task`;
    const denials = (await dataEvents(simulator)).filter((record) => record.errorCode === code);
    expect(new Set(denials.map((record) => record.eventName))).toEqual(new Set(refused ? [refused] : []));
    for (const { userIdentity } of denials) expect(userIdentity.sessionContext.sessionIssuer.userName).toBe(role);
    expect(resolved()).toBe(false);

    await fix(simulator);
    world.advanceBy(26 * MINUTE_MS);
    expect([contained(), resolved()]).toEqual([true, true]);
    world.advanceBy(20 * MINUTE_MS);
    expect(resolved()).toBe(true);
  });

  test("left alone it stays as it is; with the daemon stopped it is contained, not resolved", async () => {
    const simulator = await scenarioWorld(id, 6);
    const { world, contained, resolved } = simulator;
    world.advanceBy(45 * MINUTE_MS);
    expect([contained(), resolved()]).toEqual([false, false]);
    await stopDaemon(simulator);
    expect([contained(), resolved()]).toEqual([true, false]);
    world.advanceBy(20 * MINUTE_MS);
    expect([contained(), resolved()]).toEqual([true, false]);
  });
});
