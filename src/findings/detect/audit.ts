import { s3Arn } from "../../aws/partition.ts";
import type { TrailFacts } from "../facts/trails.ts";
import { detector, listed } from "./detector.ts";

const covers = (trail: TrailFacts, bucket: string, region: string) =>
  trail.objectEvents.some((beginning) => s3Arn(region, bucket, "").startsWith(beginning));

/** Who read and deleted objects is in no event history. */
export const objectEvents = detector({
  id: "object-events",
  question: "where reads and deletions of objects are on record",
  facts: ["trails"],
  detect({ trails }, { deployment, accountId }) {
    const bucket = deployment.buckets.lakehouse;
    const recording = trails.filter((trail) => covers(trail, bucket, deployment.region));
    if (recording.length === 0) {
      return [
        {
          severity: "high",
          title: `Nothing records who reads and deletes objects of ${bucket}`,
          means: "After a leak or a deletion nobody can say what was read or who deleted it.",
          next: "Switch on data events for the bucket (enable_cloudtrail in the template).",
          evidence: [
            trails.length === 0
              ? "There is no trail in this region"
              : `${listed(trails.map(({ name }) => name))} record no S3 data events of it`,
          ],
        },
      ];
    }
    const places = recording.map(({ bucket: audit }) => `s3://${audit}/AWSLogs/${accountId}/CloudTrail/`);
    return [
      {
        severity: "medium",
        title: "Reads and deletions of objects are in the audit bucket alone",
        means: "The runbook's lookup-events shows none of them: an empty answer does not mean that nothing happened.",
        next: `Take both sources as evidence (preserve-cloudtrail does): the event history, and ${listed(places)}.`,
        evidence: recording.map(({ name, bucket: audit }) => `Trail ${name} delivers data events to ${audit}`),
      },
    ];
  },
});

/** Management events that no trail keeps are gone after 90 days. */
export const managementEvents = detector({
  id: "management-events",
  question: "whether a trail keeps management events",
  facts: ["trails"],
  detect({ trails }) {
    if (trails.some((trail) => trail.managementEvents)) return [];
    return [
      {
        severity: "medium",
        title: "No trail keeps management events",
        means:
          "Who changed services, policies and keys is only in the event history: 90 days, two calls a second, nothing signed.",
        next: "Export the incident's window early (preserve-cloudtrail), and again twenty minutes later for what was delivered late.",
        evidence:
          trails.length === 0
            ? ["There is no trail in this region"]
            : trails.map(({ name }) => `Trail ${name}: IncludeManagementEvents is false`),
      },
    ];
  },
});

/** With Nessie as the catalog Glue knows of no change. */
export const schemaChanges = detector({
  id: "schema-changes",
  question: "where changes of a table's schema are on record",
  facts: ["nessie"],
  shows: / describe-task-definition /,
  detect({ nessie }) {
    if (!nessie) return [];
    return [
      {
        severity: "low",
        title: "Schema changes are in Nessie's commit log, and not in CloudTrail",
        means: "The runbook's search for UpdateTable and UpdateSchema finds nothing here, whoever changed the schema.",
        next: "Look at the history of the branch in Nessie: author, time and message of each commit.",
        evidence: [
          `The catalog is Nessie (service ${nessie.name}${nessie.storeType ? `, version store ${nessie.storeType}` : ""})`,
        ],
      },
    ];
  },
});
