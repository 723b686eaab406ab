import type * as Wire from "@aws-sdk/client-cloudtrail";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { TrailSettings } from "../../world/data-events/data-trail.ts";
import { PUBLIC_KEY, PUBLIC_KEY_FINGERPRINT } from "../../world/data-events/signing-key.ts";
import { arn } from "../../world/names.ts";
import type { Region } from "../../world/region.ts";

/** A key signs for months; what matters is that the world's whole time lies in it. */
const KEY_LIFE_MS = 365 * 86_400_000;

/** The template's trail, as long as nobody has deleted it. Other regions have none: it is a trail of one region. */
export function trailOperations(region: Region): Operations<typeof Wire> {
  const { names } = region;
  const trails = (): TrailSettings[] => {
    const settings = region.trailSettings();
    return settings ? [settings] : [];
  };
  const arnOf = ({ name }: TrailSettings) => arn(names, "cloudtrail", `trail/${name}`);
  const isNamed = (trail: TrailSettings, name: string) => trail.name === name || arnOf(trail) === name;
  return {
    DescribeTrails: (input) => ({
      trailList: trails()
        .filter((trail) => !input.trailNameList?.length || input.trailNameList.some((name) => isNamed(trail, name)))
        .map((trail) => ({
          Name: trail.name,
          S3BucketName: names.auditBucket,
          IncludeGlobalServiceEvents: true,
          IsMultiRegionTrail: trail.isMultiRegion,
          HomeRegion: names.region,
          TrailARN: arnOf(trail),
          LogFileValidationEnabled: trail.logFileValidation,
          HasCustomEventSelectors: trail.dataEventBuckets.length > 0 || !trail.managementEvents,
          HasInsightSelectors: false,
          IsOrganizationTrail: false,
        })),
    }),
    ListPublicKeys: ({ StartTime, EndTime }) => {
      const { epochMs, kernel } = region.account;
      const endMs = EndTime?.getTime() ?? kernel.nowMs;
      const startMs = StartTime?.getTime() ?? endMs;
      if (startMs > endMs)
        throw new AwsError("InvalidTimeRangeException", "The start time must be before the end time.");
      const [fromMs, toMs] = [epochMs - KEY_LIFE_MS / 2, epochMs + KEY_LIFE_MS / 2];
      const key = {
        Value: PUBLIC_KEY,
        Fingerprint: PUBLIC_KEY_FINGERPRINT,
        ValidityStartTime: new Date(fromMs),
        ValidityEndTime: new Date(toMs),
      };
      return { PublicKeyList: endMs >= fromMs && startMs <= toMs ? [key] : [] };
    },
    GetEventSelectors: (input) => {
      const trail = trails().find((candidate) => isNamed(candidate, input.TrailName ?? ""));
      if (!trail) {
        const unknown = arn(names, "cloudtrail", `trail/${input.TrailName}`);
        throw new AwsError("TrailNotFoundException", `Unknown trail: ${unknown} for the user: ${names.accountId}`);
      }
      const Values = trail.dataEventBuckets.map((bucket) => `arn:aws:s3:::${bucket}/`);
      return {
        TrailARN: arnOf(trail),
        EventSelectors: [
          {
            ReadWriteType: "All",
            IncludeManagementEvents: trail.managementEvents,
            DataResources: Values.length > 0 ? [{ Type: "AWS::S3::Object", Values }] : [],
            ExcludeManagementEventSources: [],
          },
        ],
      };
    },
  };
}
