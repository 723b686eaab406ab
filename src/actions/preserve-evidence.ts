import * as z from "zod";
import { globalRegionOf, partitionOf } from "../aws/partition.ts";
import { formatUtc } from "../base/duration.ts";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import type { Deployment } from "../config/deployment.ts";
import {
  CONTAINER_EVIDENCE_OPERATIONS,
  CONTAINER_SECRETS,
  containerLogsPart,
  containerStatePart,
  type EvidencePart,
} from "./compose/parts.ts";
import type { ActionDefinition, JobStep, PrepareContext, Prepared } from "./contract.ts";
import { type EvidenceWindow, windowOf, windowParameters } from "./evidence-window.ts";
import { liveStateOperations } from "./live-state.ts";

const RUNBOOK = "Incident Response > Evidence Preservation";
/** An export has all the time that it needs: 24 h, machine ms. */
const EXPORT_BOX_MS = 24 * 3_600_000;
/** Live state is a few dozen reads. */
export const LIVE_BOX_MS = 120_000;
/** FilterLogEvents: 5 calls/s in many regions, up to 25 in some (CloudWatch Logs quotas). */
const LOGS_START_PER_SECOND = 5;
const LOGS_MOST_PER_SECOND = 25;

const LOG_OPERATIONS = ["logs:FilterLogEvents"];
const TRAIL_OPERATIONS = ["cloudtrail:LookupEvents", "s3:ListObjectsV2", "s3:GetObject"];
const STATE_OPERATIONS = ["dynamodb:GetItem", "s3:ListObjectVersions", "s3:HeadObject", "s3:GetObject"];

type Part = EvidencePart;

/** The part as a step of its own. */
export const stepOf = ({ job, title, input, operations }: Part, boxMs = EXPORT_BOX_MS): JobStep => ({
  kind: "job",
  id: job,
  title,
  job,
  input,
  operations,
  boxMs,
  essential: false,
  ...(boxMs === EXPORT_BOX_MS && operations.length > 0 ? { pausable: true as const } : {}),
});

const SEAL = stepOf({ job: "seal-bundle", title: "Write the manifest", input: {}, operations: [] });

/** A plan that only reads, ends with the manifest, and goes on where an earlier run of it was cut off. */
export function preservationPlan(
  actionId: string,
  title: string,
  parameters: JsonObject,
  steps: JobStep[],
  window: EvidenceWindow | undefined,
  caveats: string[] = [],
  effect = "It reads AWS and changes nothing there; its calls count against the account's API quotas.",
): Prepared {
  const to = window?.toMs === null ? "now" : formatUtc(window?.toMs ?? 0);
  return {
    facts: window ? { from: formatUtc(window.fromMs), to } : {},
    checks: [],
    plan: {
      actionId,
      title,
      parameters,
      tier: "yes",
      resourceName: "",
      effects: [effect],
      caveats: [
        ...caveats,
        "Cut off by a crash, it goes on from its checkpoint when it is run again with the same parameters.",
      ],
      steps: [...steps, SEAL],
      verify: null,
      guard: null,
    },
  };
}

function groupsOf(deployment: Deployment): string[] {
  const { nessie, dagster, logGroups } = deployment;
  return [...new Set([...(nessie ? [nessie.logGroup] : []), ...(dagster?.logGroups ?? []), ...logGroups])];
}

function logsPart(context: PrepareContext, groups: string[], window: EvidenceWindow, callsPerSecond?: number): Part {
  const { region } = context.deployment;
  const pace = {
    callsPerSecond: callsPerSecond ?? LOGS_START_PER_SECOND,
    atMostPerSecond: callsPerSecond ?? LOGS_MOST_PER_SECOND,
  };
  const requests = groups.map((logGroup) => {
    const arn = `arn:${partitionOf(region)}:logs:${region}:${context.accountId}:log-group:${logGroup}`;
    return { logGroup, arn, ...window, ...pace };
  });
  const title = `Export the logs of ${groups.join(", ")}`;
  return { job: "export-logs", title, input: { groups: requests }, operations: LOG_OPERATIONS };
}

function trailPart(context: PrepareContext, window: EvidenceWindow, secondPass: boolean): Part {
  const { region, buckets } = context.deployment;
  // IAM and STS write their events in the partition's global region only.
  const regions = [...new Set([region, globalRegionOf(region)])];
  const input = { accountId: context.accountId, regions, ...window, secondPass, auditBucket: buckets.audit ?? null };
  const title = `Export CloudTrail of ${regions.join(" and ")}${buckets.audit ? ` and the objects of ${buckets.audit}` : ""}`;
  return { job: "export-cloudtrail", title, input, operations: TRAIL_OPERATIONS };
}

/** Where the state is: as given, else as the deployment has it. Undefined when neither names the bucket. */
function statePart(
  { deployment: { terraform, environment } }: PrepareContext,
  given: { bucket: string; key: string; lockTable: string; versions: string },
  window: EvidenceWindow,
): Part | undefined {
  const bucket = given.bucket || terraform?.stateBucket;
  if (!bucket) return undefined;
  const key = given.key || terraform?.stateKey || `iceberg-lakehouse/${environment}/terraform.tfstate`;
  // A configured state without a lock table has none: Terraform then locks with an object beside the state.
  const lockTable = given.lockTable || (terraform ? terraform.lockTable : "tf-locks");
  const input = { bucket, key, lockTable: lockTable ?? null, ...window, mostVersions: Number(given.versions) };
  const title = `Copy the Terraform state s3://${bucket}/${key} by version`;
  return { job: "export-tfstate", title, input, operations: STATE_OPERATIONS };
}

function livePart({ deployment, clock }: PrepareContext, fromMs = clock.now() - 3_600_000): Part {
  const { nessie, dagster, buckets, alarmPrefixes } = deployment;
  const { lakehouse, audit } = buckets;
  const services = [
    ...(nessie ? [{ cluster: nessie.cluster, service: nessie.service, targetGroup: nessie.targetGroup }] : []),
    ...(dagster?.services ?? []).map((service) => ({ cluster: dagster?.cluster ?? "", service, targetGroup: null })),
  ];
  const input = { services, buckets: [lakehouse, ...(audit ? [audit] : [])], alarmPrefixes, fromMs };
  return { job: "export-live-state", title: "Collect the live state", input, operations: liveStateOperations };
}

const logsParameters = z.object({
  group: z.string().default("").describe("Log group; default: all that the cockpit follows"),
  ...windowParameters,
  callsPerSecond: z
    .string()
    .regex(/^\d*$/)
    .default("")
    .describe("FilterLogEvents calls per second, 1 to 100; default: 5, growing to 25 while the service allows it"),
});

/** Exports log groups over the window. */
export const preserveLogs: ActionDefinition<z.infer<typeof logsParameters>> = {
  id: "preserve-logs",
  title: "Preserve CloudWatch logs",
  description: "Every event of the log groups over the window, in order, as compressed JSON lines with an index.",
  runbook: RUNBOOK,
  tier: "yes",
  parameters: logsParameters,
  operations: LOG_OPERATIONS,
  async prepare(context, parameters) {
    const window = windowOf(parameters, context);
    const groups = parameters.group ? [parameters.group] : groupsOf(context.deployment);
    const rate = parameters.callsPerSecond === "" ? undefined : Number(parameters.callsPerSecond);
    const part = logsPart(context, groups, window, rate && Math.min(100, Math.max(1, rate)));
    return preservationPlan("preserve-logs", part.title, { ...parameters }, [stepOf(part)], window);
  },
};

const trailParameters = z.object({
  ...windowParameters,
  pass: z.enum(["first", "second"]).default("first").describe("second: only events that were delivered late"),
});

/** Exports CloudTrail's event history and the audit bucket's files of the window. */
export const preserveCloudTrail: ActionDefinition<z.infer<typeof trailParameters>> = {
  id: "preserve-cloudtrail",
  title: "Preserve CloudTrail",
  description: "Management events of the window by region, and the audit bucket's data events with their digests.",
  runbook: RUNBOOK,
  tier: "yes",
  parameters: trailParameters,
  operations: TRAIL_OPERATIONS,
  async prepare(context, parameters) {
    const window = windowOf(parameters, context);
    const part = trailPart(context, window, parameters.pass === "second");
    const late =
      "CloudTrail delivers within about five minutes, without a promise: a second pass collects what came later.";
    return preservationPlan("preserve-cloudtrail", part.title, { ...parameters }, [stepOf(part)], window, [late]);
  },
};

const stateFields = {
  key: z.string().default("").describe("Key of the state; default: terraform.stateKey of the configuration"),
  lockTable: z.string().default("").describe("DynamoDB table of the locks; default: terraform.lockTable"),
  versions: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, "a number from 1 to 9999")
    .default("100")
    .describe("Versions of the window that are copied at most; when there are more, the run is partial and says so"),
};
const stateParameters = z.object({
  bucket: z.string().default("").describe("Bucket of the Terraform state; default: terraform.stateBucket"),
  ...stateFields,
  ...windowParameters,
});

/** Copies the Terraform state by version. */
export const preserveTerraformState: ActionDefinition<z.infer<typeof stateParameters>> = {
  id: "preserve-tfstate",
  title: "Preserve the Terraform state",
  description:
    "Its versions of the window and the one before, with their heads, lock and digest item. It holds secrets: private files, never shown.",
  runbook: RUNBOOK,
  tier: "yes",
  parameters: stateParameters,
  operations: STATE_OPERATIONS,
  async prepare(context, parameters) {
    const window = windowOf(parameters, context);
    const part = statePart(context, parameters, window);
    if (!part) {
      throw new Failure({
        kind: "invalid",
        what: "preserve the Terraform state",
        why: "it is not known in which bucket it is",
        next: "Give the parameter bucket, or set terraform.stateBucket in mayday.yaml; mayday init looks for it.",
      });
    }
    const secret = "The state may hold secrets: the bundle then does, too.";
    return preservationPlan("preserve-tfstate", part.title, { ...parameters }, [stepOf(part)], window, [secret]);
  },
};

const noParameters = z.object({});

/** Collects how things are now, in the order in which it goes away. */
export const preserveLiveState: ActionDefinition<z.infer<typeof noParameters>> = {
  id: "preserve-live-state",
  title: "Preserve the live state",
  description:
    "Tasks and stopped reasons, network interfaces, targets, events, scaling, alarms, policies, security groups.",
  runbook: RUNBOOK,
  tier: "yes",
  parameters: noParameters,
  operations: liveStateOperations,
  async prepare(context) {
    const part = livePart(context);
    return preservationPlan("preserve-live-state", part.title, {}, [stepOf(part, LIVE_BOX_MS)], undefined);
  },
};

const everythingParameters = z.object({
  ...windowParameters,
  stateBucket: z.string().default("").describe("Bucket of the Terraform state; default: terraform.stateBucket"),
  ...stateFields,
});

/** Everything, the most volatile first, then the exports in parallel, each within its own quota. */
export const preserveEverything: ActionDefinition<z.infer<typeof everythingParameters>> = {
  id: "preserve-everything",
  title: "Preserve all evidence",
  description:
    "Containers and live state first, then logs, CloudTrail and the Terraform state in parallel, with one manifest.",
  runbook: RUNBOOK,
  tier: "yes",
  parameters: everythingParameters,
  operations: [
    ...new Set([
      ...CONTAINER_EVIDENCE_OPERATIONS,
      ...liveStateOperations,
      ...LOG_OPERATIONS,
      ...TRAIL_OPERATIONS,
      ...STATE_OPERATIONS,
    ]),
  ],
  async prepare(context, parameters) {
    const window = windowOf(parameters, context);
    const state = statePart(context, { ...parameters, bucket: parameters.stateBucket }, window);
    const { compose } = context.deployment;
    const exports = [
      ...(compose ? [containerLogsPart(compose, window)] : []),
      ...(state ? [state] : []),
      trailPart(context, window, false),
      logsPart(context, groupsOf(context.deployment), window),
    ];
    const together = stepOf({
      job: "export-together",
      title: exports.map(({ title }) => title).join("; "),
      input: { parts: exports.map(({ job, input }) => ({ job, input })) },
      operations: [...new Set(exports.flatMap(({ operations }) => operations))],
    });
    const steps = [
      // Whoever may use docker can remove a container for good; ECS still shows a stopped task for an hour.
      ...(compose ? [stepOf(containerStatePart(compose), LIVE_BOX_MS)] : []),
      stepOf(livePart(context, window.fromMs), LIVE_BOX_MS),
      together,
    ];
    const caveats = state
      ? []
      : [
          "The Terraform state is left out: its bucket is not known (stateBucket, or terraform.stateBucket in mayday.yaml).",
        ];
    if (compose) caveats.push(CONTAINER_SECRETS);
    return preservationPlan("preserve-everything", "Preserve all evidence", { ...parameters }, steps, window, caveats);
  },
};
