import { expect } from "vitest";
import { casesOf, isRecent, refusal } from "../server.ts";
import { newBucket } from "./s3-objects.ts";

/** Buckets and their settings. */
export const s3Buckets = casesOf("s3 buckets", {
  "a bucket is made, listed, found and deleted": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    const { Buckets: buckets = [], Owner: owner } = await s3.listBuckets({});
    expect(isRecent(buckets.find(({ Name }) => Name === Bucket)?.CreationDate)).toBe(true);
    expect(owner?.ID).toMatch(/^[0-9a-f]{32,64}$/);
    expect((await s3.headBucket({ Bucket })).$metadata.httpStatusCode).toBe(200);
    // us-east-1 is told as no location (S3 API reference, GetBucketLocation).
    expect((await s3.getBucketLocation({ Bucket })).LocationConstraint).toBeUndefined();
    await s3.deleteBucket({ Bucket });
    expect((await refusal(s3.headBucket({ Bucket }))).status).toBe(404);
    expect(await refusal(s3.deleteBucket({ Bucket }))).toEqual({ name: "NoSuchBucket", status: 404 });
  },

  "a bucket with something in it is not deleted": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    await s3.putObject({ Bucket, Key: "x", Body: "x" });
    expect(await refusal(s3.deleteBucket({ Bucket }))).toEqual({ name: "BucketNotEmpty", status: 409 });
  },

  "a name that cannot be is refused": async ({ clients: { s3 } }) => {
    const call = s3.createBucket({ Bucket: "no" });
    expect(await refusal(call)).toEqual({ name: "InvalidBucketName", status: 400 });
  },

  "a name with capitals is refused": async ({ clients: { s3 } }) => {
    const call = s3.createBucket({ Bucket: "No-Bucket" });
    expect(await refusal(call)).toEqual({ name: "InvalidBucketName", status: 400 });
  },

  "versioning is never, enabled or suspended": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    expect((await s3.getBucketVersioning({ Bucket })).Status).toBeUndefined();
    for (const Status of ["Enabled", "Suspended"] as const) {
      await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status } });
      expect((await s3.getBucketVersioning({ Bucket })).Status).toBe(Status);
    }
  },

  "a policy comes back as it was put; without one there is NoSuchBucketPolicy": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    const none = { name: "NoSuchBucketPolicy", status: 404 };
    expect(await refusal(s3.getBucketPolicy({ Bucket }))).toEqual(none);
    const Statement = [
      {
        Sid: "Guests",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:PutObject",
        Resource: `arn:aws:s3:::${Bucket}/guests/*`,
      },
    ];
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await s3.putBucketPolicy({ Bucket, Policy });
    expect(JSON.parse((await s3.getBucketPolicy({ Bucket })).Policy!)).toEqual(JSON.parse(Policy));
    await s3.deleteBucketPolicy({ Bucket });
    expect(await refusal(s3.getBucketPolicy({ Bucket }))).toEqual(none);
  },

  "whether a policy is public is told": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    const Statement = [
      { Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource: `arn:aws:s3:::${Bucket}/*` },
    ];
    await s3.putBucketPolicy({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });
    expect((await s3.getBucketPolicyStatus({ Bucket })).PolicyStatus?.IsPublic).toBe(false);
  },

  "public access is blocked part by part": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    };
    await s3.putPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration });
    const back = await s3.getPublicAccessBlock({ Bucket });
    expect(back.PublicAccessBlockConfiguration).toEqual(PublicAccessBlockConfiguration);
    await s3.deletePublicAccessBlock({ Bucket });
    expect(await refusal(s3.getPublicAccessBlock({ Bucket }))).toEqual({
      name: "NoSuchPublicAccessBlockConfiguration",
      status: 404,
    });
  },

  "encryption by a key is put and read": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    const KMSMasterKeyID = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000";
    const Rules = [
      {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID },
        BucketKeyEnabled: true,
      } as const,
    ];
    await s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules: [...Rules] } });
    const back = await s3.getBucketEncryption({ Bucket });
    expect(back.ServerSideEncryptionConfiguration?.Rules).toMatchObject(Rules);
    const put = await s3.putObject({ Bucket, Key: "secret", Body: "x" });
    expect(put).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: KMSMasterKeyID });
  },

  "every new bucket is encrypted": async (server) => {
    const { s3 } = server.clients;
    const back = await s3.getBucketEncryption({ Bucket: await newBucket(server) });
    const [rule] = back.ServerSideEncryptionConfiguration?.Rules ?? [];
    expect(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe("AES256");
  },

  "tags of a bucket are put, read and taken away": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    const none = { name: "NoSuchTagSet", status: 404 };
    expect(await refusal(s3.getBucketTagging({ Bucket }))).toEqual(none);
    const TagSet = [
      { Key: "Project", Value: "lakehouse" },
      { Key: "Owner", Value: "data + on-call" },
    ];
    await s3.putBucketTagging({ Bucket, Tagging: { TagSet } });
    const { TagSet: back = [] } = await s3.getBucketTagging({ Bucket });
    expect(back).toEqual(expect.arrayContaining(TagSet));
    await s3.deleteBucketTagging({ Bucket });
    expect(await refusal(s3.getBucketTagging({ Bucket }))).toEqual(none);
  },

  "lifecycle rules come back as they were put": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    const none = { name: "NoSuchLifecycleConfiguration", status: 404 };
    expect(await refusal(s3.getBucketLifecycleConfiguration({ Bucket }))).toEqual(none);
    const rule = {
      ID: "old versions",
      Status: "Enabled",
      Filter: { Prefix: "lakehouse/" },
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    } as const;
    await s3.putBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules: [rule] } });
    expect((await s3.getBucketLifecycleConfiguration({ Bucket })).Rules).toMatchObject([rule]);
    await s3.deleteBucketLifecycle({ Bucket });
    expect(await refusal(s3.getBucketLifecycleConfiguration({ Bucket }))).toEqual(none);
  },

  "replication needs versions, and comes back as it was put": async (server) => {
    const { s3 } = server.clients;
    const none = { name: "ReplicationConfigurationNotFoundError", status: 404 };
    const [Bucket, target] = [await newBucket(server, true), await newBucket(server, true)];
    expect(await refusal(s3.getBucketReplication({ Bucket }))).toEqual(none);
    const Rule = {
      ID: "copy",
      Priority: 1,
      Status: "Enabled",
      Filter: { Prefix: "" },
      DeleteMarkerReplication: { Status: "Disabled" },
      Destination: { Bucket: `arn:aws:s3:::${target}` },
    } as const;
    const Role = `arn:aws:iam::${server.names.accountId}:role/replication`;
    await s3.putBucketReplication({ Bucket, ReplicationConfiguration: { Role, Rules: [Rule] } });
    const { ReplicationConfiguration: back } = await s3.getBucketReplication({ Bucket });
    expect([back?.Role, back?.Rules?.[0]?.ID, back?.Rules?.[0]?.Destination?.Bucket]).toEqual([
      Role,
      "copy",
      `arn:aws:s3:::${target}`,
    ]);
    await s3.deleteBucketReplication({ Bucket });
    expect(await refusal(s3.getBucketReplication({ Bucket }))).toEqual(none);
  },

  "what nobody set is empty": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    expect((await s3.getBucketLogging({ Bucket })).LoggingEnabled).toBeUndefined();
    const notifications = await s3.getBucketNotificationConfiguration({ Bucket });
    expect([notifications.QueueConfigurations ?? [], notifications.TopicConfigurations ?? []]).toEqual([[], []]);
    expect(await refusal(s3.getObjectLockConfiguration({ Bucket }))).toEqual({
      name: "ObjectLockConfigurationNotFoundError",
      status: 404,
    });
  },

  "the bucket's owner owns its objects": async (server) => {
    const { s3 } = server.clients;
    const { OwnershipControls: controls } = await s3.getBucketOwnershipControls({ Bucket: await newBucket(server) });
    expect(controls?.Rules).toEqual([{ ObjectOwnership: "BucketOwnerEnforced" }]);
  },
});
