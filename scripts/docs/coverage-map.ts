/** How one item of the runbook is done, and the test that proves it. */
export interface Coverage {
  /** Action id, key or command. */
  how: string;
  /** Test file and the title of a test in it. */
  test: { file: string; title: string };
}

/**
 * What the cockpit does already, by section of the runbook: the section's heading stands for itself, and a command is looked up by its
 * section and the beginning of its text. Everything that is not here is "not yet".
 */
export const coverage: Record<string, Coverage> = {
  "Incident Response > Containment": {
    how: "Blast radius: `b`, proposed from live data. S3: action `contain-s3` (`a`, or `mayday run contain-s3 --parameter level=deny-all --confirm BUCKET`), with `hold-lifecycle` beside it; undo with `z`. The services: by the commands below",
    test: {
      file: "test/e2e/contain-s3.test.ts",
      title: "contains S3 from the keyboard on a small screen, and undo gives the same policy back",
    },
  },
  "Incident Response > Containment | aws ecs update-service": {
    how: "action `contain-nessie` (`a`, or `mayday run contain-nessie --confirm NAME`); undo with `z`",
    test: { file: "test/e2e/contain.test.ts", title: "contains Nessie, guards it and undoes it from the keyboard" },
  },
  "Incident Response > Evidence Preservation": {
    how: "action `preserve-everything` (`a`, or `mayday run preserve-everything --yes`); `mayday verify <id>` checks what was kept",
    test: {
      file: "test/incident/preserve.test.ts",
      title:
        "everything: live state first, then the exports, one manifest that verifies, nothing of the state in the record",
    },
  },
  "Incident Response > Evidence Preservation | aws cloudtrail lookup-events": {
    how: "action `preserve-cloudtrail`: by region, with the audit bucket's files; `pass=second` for late events",
    test: {
      file: "test/evidence/export/trail.test.ts",
      title: "gives every event of the window once, at two calls a second",
    },
  },
  "Incident Response > Evidence Preservation | aws logs filter-log-events": {
    how: "action `preserve-logs`: in order, each event once, goes on after a crash",
    test: {
      file: "test/evidence/export/logs.test.ts",
      title: "gives every event once, in order of time, ingestion and position, in private files",
    },
  },
  "Incident Response > Evidence Preservation | aws s3 cp s3://my-tf-state": {
    how: "action `preserve-tfstate`: by version, with heads, lock and digest items",
    test: {
      file: "test/incident/preserve.test.ts",
      title: "each on its own, also in read-only mode, because nothing in AWS changes",
    },
  },
  "Incident Response > Post-Mortem Template": {
    how: "written on exit (`q`), as a draft after a signal, and by `mayday postmortem <id>`",
    test: {
      file: "test/e2e/contain.test.ts",
      title: "leaves a post-mortem that mayday postmortem writes again byte for byte",
    },
  },
  "Common Failure Runbooks > Nessie Unreachable | aws ecs describe-services": {
    how: "pane 1 ECS: desired, running, rollout, events, stopped tasks",
    test: { file: "test/e2e/demo.test.ts", title: "shows live data in every pane and records the outage by itself" },
  },
  "Common Failure Runbooks > Nessie Unreachable | aws elbv2 describe-target-health": {
    how: "pane 2 Targets: state with reason code",
    test: { file: "test/e2e/demo.test.ts", title: "shows live data in every pane and records the outage by itself" },
  },
  "Common Failure Runbooks > Nessie Unreachable | aws logs tail": {
    how: "pane 5 Logs: follow, search `/`, filter `&`",
    test: { file: "test/e2e/demo.test.ts", title: "shows live data in every pane and records the outage by itself" },
  },
  "Common Failure Runbooks > Schema Drift Alert": {
    how: "`d`, or `mayday diagnose schema-drift --alert TEXT`: live schema against the YAML templates, who changed it, meant or not; actions `roll-back-schema` (by accident) and `adopt-schema` (on purpose); both compare again and name the sensor's next tick",
    test: {
      file: "test/incident/schema-repairs.test.ts",
      title: "an accident: the table goes back, the scenario is resolved, and undo brings back what was there",
    },
  },
  "Common Failure Runbooks > Schema Drift Alert | terraform apply": {
    how: "action `adopt-schema`: the patch of the template and `terraform apply` as your steps",
    test: {
      file: "test/incident/schema-repairs.test.ts",
      title: "on purpose: the patch and terraform apply are a person's, then both are compared again",
    },
  },
  "Common Failure Runbooks > S3 403 Forbidden": {
    how: "`d`, or `mayday diagnose s3-403`: each layer with the deciding statement, our own quarantine first; actions `remove-bucket-deny`, `grant-role-access`, `restore-role-policy`, `grant-lake-formation`, `open-endpoint-policy`",
    test: {
      file: "test/incident/access-repairs.test.ts",
      title: "what the diagnosis of S3 403 offers first resolves the scenario, and its undo brings back what was there",
    },
  },
  "Common Failure Runbooks > S3 403 Forbidden | aws iam simulate-principal-policy": {
    how: "diagnosis `s3-403`, rung 3a: IAM's policy simulator on the refused role, with the bucket's own ARN for ListBucket",
    test: { file: "test/diagnosis/access/ladder.test.ts", title: "IAM's simulator: %s" },
  },
  "Credential Rotation > IAM Access Keys": {
    how: "actions `rotate-access-key` (create, hand over, test, update consumers, deactivate; compromised: deactivate first), `deactivate-access-key`, `audit-access-keys` (ages over 90 days)",
    test: {
      file: "test/incident/access-keys.test.ts",
      title:
        "hands over a tested second key, deactivates the old one, leaves the secret nowhere, and undo takes it back",
    },
  },
  "Credential Rotation > IAM Access Keys | aws iam create-access-key": {
    how: "action `rotate-access-key` (`a`, or `mayday run rotate-access-key --parameter user=NAME --confirm NAME`)",
    test: {
      file: "test/e2e/access-key.test.ts",
      title:
        "rotates an access key from the keyboard on a small screen; the secret is on that one screen and nowhere else",
    },
  },
  "Credential Rotation > IAM Access Keys | aws iam delete-access-key": {
    how: "action `delete-access-key`: only an inactive key, with who still asked for it",
    test: {
      file: "test/incident/access-keys.test.ts",
      title: "is contained first, replaced, and both compromised keys are deleted: the scenario is resolved",
    },
  },
  "Credential Rotation": {
    how: "by the sections below",
    test: {
      file: "test/incident/access-keys.test.ts",
      title: "ages are shown for all users, and the old ones flagged",
    },
  },
  "Credential Rotation > ACM Certificates (Nessie ALB)": {
    how: "actions `check-certificate`, `request-certificate` (with the DNS records and the tfvars line), `resend-validation-email`",
    test: {
      file: "test/incident/certificates.test.ts",
      title: "is requested, its records are shown, and once they exist it is issued; undo deletes it",
    },
  },
  "Credential Rotation > ACM Certificates (Nessie ALB) | aws acm describe-certificate": {
    how: "action `check-certificate` (`a`, or `mayday run check-certificate --yes`)",
    test: {
      file: "test/incident/certificates.test.ts",
      title: "is found by its listener and told in full; confirming writes it to the timeline",
    },
  },
  "Credential Rotation > SNS Subscription Confirmation": {
    how: "actions `check-alert-topic` (who has not confirmed, alarms that tell nobody) and `test-alert-topic`",
    test: {
      file: "test/incident/alert-topic.test.ts",
      title: "is told, with who has not confirmed and which alarms tell nobody",
    },
  },
  "Credential Rotation > SNS Subscription Confirmation | aws sns subscribe": {
    how: "action `resubscribe` (`a`, or `mayday run resubscribe --parameter endpoint=ADDRESS --yes`)",
    test: {
      file: "test/incident/alert-topic.test.ts",
      title: "that was not confirmed asks its addressee again, waits for them, and undo takes it away",
    },
  },
  "Incident Response > Communication": {
    how: "`u`: status update, every 30 minutes with a countdown; actions `notify-on-call` (PagerDuty, Slack, SNS), `create-channel` (`#inc-YYYY-MM-DD-...`), `status-update`, `notify-stakeholders`, also by `mayday run ... --yes`; `mayday status` and the handover brief for others",
    test: {
      file: "test/e2e/communication.test.ts",
      title: "sends the status update that was read and changed to Slack, at 80x24",
    },
  },
  "Monitoring Escalation > Escalation Path": {
    how: "`e`: what is due with its drafted message; countdowns in the header; actions `acknowledge`, `escalate`, `escalation-done`, `decline-escalation`, `flag` (data loss, security incident, breach)",
    test: {
      file: "test/e2e/communication.test.ts",
      title: "proposes what is due on the escalation path, takes the answer, and tells the simulated Slack alone",
    },
  },
  "Break-Glass Access": {
    how: "by the sections below",
    test: {
      file: "test/incident/break-glass.test.ts",
      title: "prerequisites are told without being asked to use it",
    },
  },
  "Break-Glass Access > Prerequisites": {
    how: "action `check-break-glass`: AdministratorAccess, MFA, console password, key age, logging",
    test: {
      file: "test/incident/break-glass.test.ts",
      title: "prerequisites are told without being asked to use it",
    },
  },
  "Break-Glass Access > Procedure": {
    how: "action `begin-break-glass`, `mayday confirm CODE` by the second person; `z` ends it; `:break-glass` shows the six steps with their times",
    test: {
      file: "test/incident/break-glass.test.ts",
      title:
        "needs a second person from another login, acts in a session that is only in memory, and ends with what is asked for",
    },
  },
};
