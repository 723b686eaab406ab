import type { OutputOf } from "../../aws/contract.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { FactReader } from "./reader.ts";

export const operations = ["cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors"];

type Selectors = OutputOf<"cloudtrail", "GetEventSelectors">;

/** One trail, and what it records. */
export interface TrailFacts {
  name: string;
  bucket: string;
  managementEvents: boolean;
  /** ARNs or beginnings of ARNs of S3 objects whose data events it records; `arn:` stands for all buckets. */
  objectEvents: string[];
}

/** The trails that record in this region. */
export async function readTrails(reader: FactReader): Promise<TrailFacts[]> {
  const { trailList = [] } = await reader.call("cloudtrail", "DescribeTrails", {});
  return Promise.all(
    trailList.map(async (trail) => {
      const selectors = await reader.call("cloudtrail", "GetEventSelectors", {
        TrailName: trail.TrailARN ?? trail.Name,
      });
      return {
        name: sanitizeLine(trail.Name ?? ""),
        bucket: sanitizeLine(trail.S3BucketName ?? ""),
        managementEvents: recordsManagement(selectors),
        objectEvents: objectArns(selectors).map(sanitizeLine),
      };
    }),
  );
}

function recordsManagement({ EventSelectors = [], AdvancedEventSelectors = [] }: Selectors): boolean {
  return (
    EventSelectors.some(({ IncludeManagementEvents }) => IncludeManagementEvents) ||
    AdvancedEventSelectors.some((selector) => valuesOf(selector, "eventCategory").includes("Management"))
  );
}

function objectArns({ EventSelectors = [], AdvancedEventSelectors = [] }: Selectors): string[] {
  const basic = EventSelectors.flatMap(({ DataResources = [] }) =>
    DataResources.filter(({ Type }) => Type === "AWS::S3::Object").flatMap(({ Values = [] }) => Values),
  );
  const advanced = AdvancedEventSelectors.filter((selector) =>
    valuesOf(selector, "resources.type").includes("AWS::S3::Object"),
  ).flatMap((selector) => {
    const named = fieldsOf(selector, "resources.ARN");
    // Without a condition on the ARN it is every bucket's.
    return named.length === 0
      ? ["arn:"]
      : named.flatMap(({ Equals = [], StartsWith = [] }) => [...Equals, ...StartsWith]);
  });
  return [...basic, ...advanced];
}

type Advanced = NonNullable<Selectors["AdvancedEventSelectors"]>[number];

const fieldsOf = ({ FieldSelectors = [] }: Advanced, field: string) =>
  FieldSelectors.filter(({ Field }) => Field === field);
const valuesOf = (selector: Advanced, field: string) => fieldsOf(selector, field).flatMap(({ Equals = [] }) => Equals);
