import { createPublicKey } from "node:crypto";
import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";

/** The event history, which moto does not have. */
export const cloudTrail = casesOf("cloudtrail", {
  "a change is in the event history some minutes later": async ({ clients, names, settle }) => {
    await clients.ecs.updateService({ cluster: names.cluster, service: names.service, desiredCount: 2 });
    await settle(300_000);
    const { Events: [event] = [] } = await clients.cloudtrail.lookupEvents({
      LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "UpdateService" }],
    });
    expect(event).toMatchObject({ EventName: "UpdateService", EventSource: "ecs.amazonaws.com", ReadOnly: "false" });
    expect(event?.EventTime).toBeInstanceOf(Date);
    expect(JSON.parse(event!.CloudTrailEvent!).requestParameters).toMatchObject({ service: names.service });
  },

  "a trail says what it records and where it delivers": async ({ clients: { cloudtrail }, names }) => {
    const { trailList: [trail] = [] } = await cloudtrail.describeTrails({});
    expect(trail).toMatchObject({ Name: names.trail, S3BucketName: names.auditBucket, HomeRegion: names.region });
    expect(trail?.LogFileValidationEnabled).toBe(true);
    const { TrailARN, EventSelectors: [selector] = [] } = await cloudtrail.getEventSelectors({
      TrailName: names.trail,
    });
    expect(TrailARN).toBe(trail?.TrailARN);
    expect(selector).toMatchObject({
      IncludeManagementEvents: false,
      DataResources: [{ Type: "AWS::S3::Object", Values: [`arn:aws:s3:::${names.lakehouseBucket}/`] }],
    });
  },

  "a trail that is not there has no selectors": async ({ clients: { cloudtrail } }) => {
    const refused = { name: "TrailNotFoundException", status: 404 };
    expect(await refusal(cloudtrail.getEventSelectors({ TrailName: "no-such-trail" }))).toEqual(refused);
  },

  "a key that signs digests is listed for its time only": async ({ clients: { cloudtrail } }) => {
    const { PublicKeyList: [key] = [] } = await cloudtrail.listPublicKeys({});
    expect(key?.Fingerprint).toMatch(/^[0-9a-f]{32}$/);
    const publicKey = createPublicKey({ key: Buffer.from(key!.Value!), format: "der", type: "pkcs1" });
    expect(publicKey.asymmetricKeyType).toBe("rsa");
    const old = { StartTime: new Date("2001-01-01T00:00:00Z"), EndTime: new Date("2001-01-02T00:00:00Z") };
    expect((await cloudtrail.listPublicKeys(old)).PublicKeyList).toEqual([]);
    const refused = { name: "InvalidTimeRangeException", status: 400 };
    const backwards = { StartTime: old.EndTime, EndTime: old.StartTime };
    expect(await refusal(cloudtrail.listPublicKeys(backwards))).toEqual(refused);
  },

  "more than 50 events a page are refused": async ({ clients: { cloudtrail } }) => {
    const refused = { name: "InvalidMaxResultsException", status: 400 };
    expect(await refusal(cloudtrail.lookupEvents({ MaxResults: 51 }))).toEqual(refused);
  },
});
