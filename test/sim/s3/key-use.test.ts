import {
  CancelKeyDeletionCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { quiet } from "../../../src/sim/scenarios/quiet.ts";
import { accountStatement, keyPolicy, usageStatement } from "../../../src/sim/world/kms/lakehouse-key.ts";
import { testSimulator } from "../../support/simulator.ts";

async function lakehouse() {
  const simulator = await testSimulator({ scenario: { ...quiet, lakehouseKey: "own" } });
  const { world, clients } = simulator;
  const s3 = new S3Client({ ...clients, forcePathStyle: true });
  const object = { Bucket: world.names.lakehouseBucket, Key: "lakehouse/key-use/a.txt" };
  const put = (client = s3) =>
    client.send(new PutObjectCommand({ ...object, Body: "x", ServerSideEncryption: "aws:kms" }));
  const get = () => s3.send(new GetObjectCommand(object));
  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => "carried out",
      ({ name, message, $metadata }) => `${$metadata?.httpStatusCode} ${name}: ${message}`,
    );
  return { ...simulator, s3, kms: new KMSClient(clients), key: world.ownKey!, object, put, get, refusal };
}

describe("objects under a KMS key of the lakehouse's own", () => {
  test("by default the account's policies decide", async () => {
    const { put, get, key, object, s3 } = await lakehouse();
    await put();
    expect(await (await get()).Body?.transformToString()).toBe("x");
    expect((await s3.send(new HeadObjectCommand(object))).SSEKMSKeyId).toBe(key.arn);
  });

  test("a policy that names others lets nobody else read, write or copy; the head of an object needs no key", async () => {
    const { put, get, refusal, kms, key, object, s3, world } = await lakehouse();
    await put();
    const Policy = keyPolicy(usageStatement(world.names.accountId, [`${world.names.prefix}-lakehouse-writer`]));
    await kms.send(new PutKeyPolicyCommand({ KeyId: key.id, Policy }));
    const why = (action: string) =>
      new RegExp(
        `^403 AccessDenied: User: arn:aws:sts::.* is not authorized to perform: ${action} on resource: ${key.arn} because no resource-based policy allows the ${action} action$`,
      );
    expect(await refusal(get())).toMatch(why("kms:Decrypt"));
    expect(await refusal(put())).toMatch(why("kms:GenerateDataKey"));
    const CopySource = `${object.Bucket}/${object.Key}`;
    const copy = new CopyObjectCommand({ ...object, CopySource, ServerSideEncryption: "aws:kms" });
    expect(await refusal(s3.send(copy))).toMatch(why("kms:Decrypt"));
    expect(await refusal(s3.send(new HeadObjectCommand(object)))).toBe("carried out");
    // The key's own administration is its policy's matter, too: nobody is left who could change it.
    expect(await refusal(kms.send(new PutKeyPolicyCommand({ KeyId: key.arn, Policy })))).toMatch(
      /AccessDeniedException/,
    );
  });

  test("the account is named, but the caller's own policies have nothing of KMS", async () => {
    const { put, refusal, key, clients, world } = await lakehouse();
    const user = new S3Client({
      ...clients,
      forcePathStyle: true,
      credentials: { accessKeyId: "AKIASIMULATEDCIUPLDR", secretAccessKey: "simulated" },
    });
    expect(await refusal(put(user))).toMatch(/because no identity-based policy allows the kms:GenerateDataKey action/);
    key.policy = keyPolicy(accountStatement(world.names.accountId));
    const grantee = world.iam.users.get("ci-uploader")!.arn;
    world.kms.grant(key, { grantee, operations: ["GenerateDataKey"] }, world.kernel.nowMs);
    expect(await refusal(put(user))).toBe("carried out");
  });

  test("disabled, pending deletion, and back", async () => {
    const { put, get, refusal, kms, key } = await lakehouse();
    await put();
    const named = { KeyId: key.arn };
    await kms.send(new DisableKeyCommand(named));
    expect(await refusal(get())).toBe(`400 KMS.DisabledException: ${key.arn} is disabled.`);
    await kms.send(new ScheduleKeyDeletionCommand({ ...named, PendingWindowInDays: 7 }));
    expect(await refusal(put())).toBe(`400 KMS.KMSInvalidStateException: ${key.arn} is pending deletion.`);
    await kms.send(new CancelKeyDeletionCommand(named));
    expect(await refusal(get())).toBe(`400 KMS.DisabledException: ${key.arn} is disabled.`);
    await kms.send(new EnableKeyCommand(named));
    expect(await refusal(get())).toBe("carried out");
  });

  test("AWS's own key cannot be changed", async () => {
    const { kms, refusal } = await lakehouse();
    expect(await refusal(kms.send(new DisableKeyCommand({ KeyId: "5e1f0000-0000-4000-a000-0000000000c3" })))).toMatch(
      /AccessDeniedException/,
    );
  });
});
