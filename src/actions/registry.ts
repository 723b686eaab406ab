import * as z from "zod";
import { Failure } from "../base/failure.ts";
import { auditAccessKeys } from "./access-keys/audit.ts";
import { deactivateAccessKey } from "./access-keys/deactivate.ts";
import { deleteAccessKey } from "./access-keys/delete.ts";
import { deliverAccessKey, testAccessKey } from "./access-keys/jobs.ts";
import { rotateAccessKey } from "./access-keys/rotate.ts";
import { accessRepairs } from "./access-repairs/index.ts";
import { checkAlertTopic } from "./alert-topic/check.ts";
import { testAlertTopic } from "./alert-topic/send-test.ts";
import { resubscribe } from "./alert-topic/subscribe.ts";
import { setBlastRadius } from "./blast-radius.ts";
import { breakGlassDocumented, breakGlassReview } from "./break-glass/afterwards.ts";
import { beginBreakGlass } from "./break-glass/begin.ts";
import { checkBreakGlass } from "./break-glass/check.ts";
import { secondPerson } from "./break-glass/second-person.ts";
import { breakGlassEnd, breakGlassSession, breakGlassTrail } from "./break-glass/session.ts";
import { bucketEvidence } from "./bucket-evidence.ts";
import { checkCertificate } from "./certificates/check.ts";
import { certificateRecords } from "./certificates/records-job.ts";
import { requestCertificate } from "./certificates/request.ts";
import { resendValidation } from "./certificates/resend.ts";
import { checkAuditLogsAction, checkAuditLogsJob } from "./check-audit-logs.ts";
import { containerEvidence } from "./compose/evidence.ts";
import { preserveContainers } from "./compose/preserve.ts";
import { containDagster } from "./contain-dagster.ts";
import { containNessie } from "./contain-nessie.ts";
import { containS3 } from "./contain-s3.ts";
import type { ActionDefinition, EvidenceChoice } from "./contract.ts";
import { copyBackReplica } from "./copy-back-replica.ts";
import { createChannel } from "./create-channel.ts";
import { declineEscalation, escalate, escalationDone, flagIncident } from "./escalation-actions.ts";
import { holdLifecycle } from "./hold-lifecycle.ts";
import { acknowledge, addNote, markContained, markResolved, setSeverity, setTitle } from "./incident-actions.ts";
import { downloadTerraformState, inspectTerraformState } from "./inspect-terraform-state.ts";
import type { Job, JobJudge } from "./jobs.ts";
import { listS3Damage } from "./list-s3-damage.ts";
import { mendTerraformState } from "./mend-terraform-state.ts";
import { notifyOnCall, notifyStakeholders, statusUpdate } from "./messages.ts";
import { nessieRecoveries } from "./nessie-recovery/index.ts";
import { judgeVerifyNessieTables, verifyNessieTables } from "./nessie-recovery/verify-job.ts";
import { preservationJobs } from "./preservation-jobs.ts";
import {
  preserveCloudTrail,
  preserveEverything,
  preserveLiveState,
  preserveLogs,
  preserveTerraformState,
} from "./preserve-evidence.ts";
import { recoverS3Deleted, recoverS3Versions } from "./recover-s3.ts";
import { recoverTable } from "./recover-table.ts";
import { recoverTerraformState } from "./recover-terraform-state.ts";
import { recoveryJobs } from "./recovery-jobs.ts";
import { redeployDagster } from "./redeploy-dagster.ts";
import { registerRevision } from "./register-revision.ts";
import { releaseTerraformLock } from "./release-terraform-lock.ts";
import { adoptSchema } from "./schema-repairs/adopt-schema.ts";
import { compareSchema } from "./schema-repairs/compare-schema.ts";
import { rollBackSchema } from "./schema-repairs/roll-back-schema.ts";
import { serviceRepairs } from "./service-repairs.ts";
import { terraformStateJobs, terraformStateJudges } from "./terraform-state-jobs.ts";
import { uploadBundleJob, uploadEvidence } from "./upload-evidence.ts";
import { volatileEvidence } from "./volatile-evidence.ts";

/** All actions, in the order of the palette: what stops harm first. */
export const actionDefinitions: readonly ActionDefinition<never>[] = [
  containNessie,
  containS3,
  containDagster,
  holdLifecycle,
  preserveEverything,
  preserveLiveState,
  preserveContainers,
  preserveLogs,
  preserveCloudTrail,
  preserveTerraformState,
  ...serviceRepairs,
  ...accessRepairs,
  rollBackSchema,
  adoptSchema,
  ...nessieRecoveries,
  redeployDagster,
  checkAuditLogsAction,
  inspectTerraformState,
  downloadTerraformState,
  recoverTerraformState,
  mendTerraformState,
  releaseTerraformLock,
  uploadEvidence,
  listS3Damage,
  recoverS3Deleted,
  recoverS3Versions,
  copyBackReplica,
  recoverTable,
  rotateAccessKey,
  deactivateAccessKey,
  deleteAccessKey,
  auditAccessKeys,
  checkCertificate,
  requestCertificate,
  resendValidation,
  checkAlertTopic,
  resubscribe,
  testAlertTopic,
  checkBreakGlass,
  beginBreakGlass,
  breakGlassDocumented,
  breakGlassReview,
  setBlastRadius,
  acknowledge,
  markContained,
  markResolved,
  addNote,
  setSeverity,
  setTitle,
  notifyOnCall,
  createChannel,
  statusUpdate,
  notifyStakeholders,
  flagIncident,
  escalate,
  escalationDone,
  declineEscalation,
] as unknown as readonly ActionDefinition<never>[];

/** All jobs that plans may name. */
export const jobs: ReadonlyMap<string, Job> = new Map<string, Job>([
  ["volatile-evidence", volatileEvidence],
  ["bucket-evidence", bucketEvidence],
  ["second-person", secondPerson],
  ["break-glass-session", breakGlassSession],
  ["break-glass-end", breakGlassEnd],
  ["break-glass-trail", breakGlassTrail],
  ["container-evidence", containerEvidence],
  ["certificate-records", certificateRecords],
  ["register-revision", registerRevision],
  ["compare-schema", compareSchema],
  ["verify-nessie-tables", verifyNessieTables],
  ["deliver-access-key", deliverAccessKey],
  ["test-access-key", testAccessKey],
  ...Object.entries(preservationJobs),
  ...Object.entries(terraformStateJobs),
  ["check-audit-logs", checkAuditLogsJob],
  ["upload-bundle", uploadBundleJob],
  ...Object.entries(recoveryJobs),
]);

/** How a job that was in flight when its cockpit died is judged; one that is not here left only files behind. */
export const jobJudges: ReadonlyMap<string, JobJudge> = new Map<string, JobJudge>([
  ...Object.entries(terraformStateJudges),
  ["verify-nessie-tables", judgeVerifyNessieTables],
]);

/** The action with this id. Throws a Failure that lists the known ones. */
export function actionById(id: string): ActionDefinition<never> {
  const found = actionDefinitions.find((definition) => definition.id === id);
  if (found) return found;
  throw new Failure({
    kind: "not-found",
    what: `action ${id}`,
    why: "there is no action with this id",
    next: `Known actions: ${actionDefinitions.map((definition) => definition.id).join(", ")}. See mayday run --list.`,
  });
}

/** One field that an action asks for. */
export interface ActionField {
  name: string;
  label: string;
  description: string;
  required: boolean;
  /** Set: one of these; else free text. */
  choices?: string[];
  default?: string;
}

/** The parameter of `mayday run` for actions that collect evidence before they destroy something; on the screen it is a key of the plan. */
const EVIDENCE_FIELD: ActionField = {
  name: "evidence",
  label: "Evidence",
  description: "collect: first, what the plan would destroy; skip: knowingly not, and the record says who decided it",
  required: false,
  choices: ["collect", "skip"] satisfies EvidenceChoice[],
  default: "collect",
};

/** What `mayday run` takes: the action's own fields, and the choice about evidence where there is one. */
export function headlessFields(definition: ActionDefinition<never>): ActionField[] {
  return [...actionFields(definition), ...(definition.collectsFirst ? [EVIDENCE_FIELD] : [])];
}

/** The choice about evidence among checked values. */
export const evidenceOf = (values: Record<string, string>): EvidenceChoice =>
  values.evidence === "skip" ? "skip" : "collect";

/** The fields of an action's parameters, from its zod schema: what the form asks and the flags are. */
export function actionFields(definition: ActionDefinition<never>): ActionField[] {
  const schema = z.toJSONSchema(definition.parameters, { io: "input" }) as {
    properties?: Record<string, { description?: string; enum?: string[]; default?: string }>;
    required?: string[];
  };
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    label: name.charAt(0).toUpperCase() + name.slice(1),
    description: property.description ?? "",
    required: schema.required?.includes(name) ?? false,
    ...(property.enum ? { choices: property.enum } : {}),
    ...(property.default !== undefined ? { default: property.default } : {}),
  }));
}

/** Checks the given values against the action's schema. Throws a Failure that names each wrong field. */
export function parseParameters(definition: ActionDefinition<never>, values: Record<string, string>): never {
  const known = new Set(headlessFields(definition).map((field) => field.name));
  const unknown = Object.keys(values).filter((name) => !known.has(name));
  const own = { ...values };
  const wrong: string[] = [];
  if (definition.collectsFirst) {
    delete own.evidence;
    const { evidence } = values;
    if (evidence !== undefined && !EVIDENCE_FIELD.choices?.includes(evidence)) wrong.push("evidence: collect or skip");
  }
  const parsed = definition.parameters.safeParse(own);
  if (parsed.success && unknown.length === 0 && wrong.length === 0) return parsed.data as never;
  const problems = [
    ...unknown.map((name) => `${name}: no such parameter`),
    ...wrong,
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`)),
  ];
  throw new Failure({
    kind: "invalid",
    what: definition.id,
    why: problems.join("; "),
    next:
      known.size === 0
        ? "This action takes no parameters."
        : `Parameters: ${[...known].join(", ")}. See mayday run --list.`,
  });
}
