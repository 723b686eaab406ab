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
  "Incident Response > Containment | docker compose down": {
    how: "action `contain-dagster`: in docker compose `how=stop` (default), `pause`, or `down` last (also asks for the account, keeps all logs first); on ECS the services go to 0; undo with `z`",
    test: {
      file: "test/e2e/contain-compose.test.ts",
      title: "contains Dagster in docker compose from the keyboard on a small screen, guards it and undoes it",
    },
  },
  "Incident Response > Evidence Preservation": {
    how: "action `preserve-everything` (`a`, or `mayday run preserve-everything --yes`), with the containers of docker compose (`preserve-containers`); `mayday verify <id>` checks what was kept, `upload-evidence` copies it to a bucket",
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
    how: "action `preserve-logs`: in order, each event once, goes on after a crash; `P` pauses it",
    test: {
      file: "test/e2e/export-kill.test.ts",
      title: "at its call %i: the same lines as uninterrupted, none lost, none twice",
    },
  },
  "Incident Response > Evidence Preservation | aws s3 cp s3://my-tf-state": {
    how: "action `preserve-tfstate`: every version of the window and the one before, with heads, lock and digest items",
    test: {
      file: "test/incident/preserve-all.test.ts",
      title: "is copied with every version of the window and the one before it, over several pages",
    },
  },
  "Incident Response > Post-Mortem Template": {
    how: "written on exit (`q`), as a draft after a signal, and by `mayday postmortem <id>`",
    test: {
      file: "test/e2e/contain.test.ts",
      title: "leaves a post-mortem that mayday postmortem writes again byte for byte",
    },
  },
  "Disaster Recovery > S3 Data Recovery": {
    how: "actions `list-s3-damage`, `recover-s3-deleted`, `recover-s3-versions`, `recover-table`, `copy-back-replica` ([s3-recovery.md](s3-recovery.md)); undo with `z`",
    test: {
      file: "test/recovery/scenario.test.ts",
      title:
        "5 000 deleted objects among 20 000 versions, one call of twenty turned away: all and only they are back, nothing else changed",
    },
  },
  "Disaster Recovery > S3 Data Recovery | aws s3api list-object-versions": {
    how: "action `list-s3-damage` (`mayday run list-s3-damage --parameter prefix=lakehouse/`): every damaged key in a file, deletions by the minute",
    test: {
      file: "test/e2e/recover-s3.test.ts",
      title: "mayday run lists the damage, undeletes by its time to the scenario's own resolved, and undoes it",
    },
  },
  "Disaster Recovery > S3 Data Recovery | aws s3api delete-object": {
    how: "action `recover-s3-deleted` (`a`, or `mayday run recover-s3-deleted --parameter since=TIME --yes`): 1000 markers a call, nothing but markers",
    test: {
      file: "test/e2e/recover-s3.test.ts",
      title:
        "from the keyboard on a small screen: the time that is missing is told, the plan is read, progress and result are shown",
    },
  },
  "Disaster Recovery > S3 Data Recovery | aws s3api copy-object": {
    how: "action `recover-s3-versions`, with `version=ID` for one object; encrypted by `aws:kms`, without which the bucket refuses it",
    test: {
      file: "test/recovery/actions.test.ts",
      title: "one version by its id, and all that were overwritten; the name has to be typed",
    },
  },
  "Common Failure Runbooks > Nessie Unreachable": {
    how: "`d` (or `mayday diagnose nessie-unreachable`): every cause at once, with the fix as a plan: `raise-memory`, `raise-heap`, `raise-table-maximum`, `reopen-security-group-rule`, `roll-back-deployment`, `restore-desired-count`",
    test: {
      file: "test/e2e/diagnosis.test.ts",
      title: "d, the verdict, its fix: from the keyboard to a larger task, in an 80x24 terminal",
    },
  },
  "Common Failure Runbooks > Dagster OOM (Out of Memory)": {
    how: "`d` (or `mayday diagnose dagster-oom`): exit code with its reason, memory, which run, on ECS or in docker compose; the fix: `raise-memory`, or the compose patch to copy, and reading in batches as it works",
    test: {
      file: "test/diagnosis/compose.test.ts",
      title: "names the run, the limit, and the patch to copy with how to bring it up",
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
    how: "`d`, or `mayday diagnose s3-403`: each layer with the deciding statement, our own quarantine first; actions `remove-bucket-deny`, `grant-role-access`, `restore-role-policy`, `grant-lake-formation`, `open-endpoint-policy`, `enable-kms-key`",
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
      file: "test/e2e/communication-demo.test.ts",
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
  "Monitoring Escalation > CloudWatch Alarms": {
    how: "pane 3 Alarms: each with the runbook's meaning and action, what differs, what can never fire, what is not in this account; Enter opens one with its history. `mayday doctor` and `: findings` say the same before an incident",
    test: {
      file: "test/cockpit/alarm-detail.test.tsx",
      title: "Enter opens the alarm under the cursor: meaning, action, condition, history, why it can never fire",
    },
  },
  "Disaster Recovery > Nessie DynamoDB Recovery (Point-in-Time)": {
    how: "`d` tells logical from physical damage. A bad commit: action `recover-nessie-branch` (history, tag, assign with the expected hash; undo with `z`). A damaged store: `recover-nessie-tables`, then `switch-nessie-tables`, or the Terraform change that it shows",
    test: {
      file: "test/incident/recover-nessie-branch.test.ts",
      title:
        "the diagnosis offers it; main goes back to the commit before the bad one, and undo brings the bad head back",
    },
  },
  "Disaster Recovery > Nessie DynamoDB Recovery (Point-in-Time) | aws dynamodb restore-table-to-point-in-time": {
    how: "action `recover-nessie-tables` (`mayday run recover-nessie-tables --parameter at=TIME --yes`): all tables in use, in parallel, verified; run again it goes on",
    test: {
      file: "test/incident/recover-nessie-tables.test.ts",
      title:
        "restores both tables to before the damage, verifies them, and the switch resolves the scenario; both are undone",
    },
  },
  "Disaster Recovery": {
    how: "by the sections below; `o` shows the time that each component has left, and the ways to recover it",
    test: {
      file: "test/cockpit/objectives.test.tsx",
      title: "Enter on a way that an action carries out prepares it",
    },
  },
  "Disaster Recovery > RTO/RPO Targets": {
    how: "`o`: the table with a clock for each affected component, when to escalate, slow ways suggested early; `RTO nessie 18:53 left` in the header; target against attained in the post-mortem. The rows' recoveries: `recover-terraform-state`, `redeploy-dagster` (ECS and docker compose), `check-audit-logs`, and the sections below",
    test: {
      file: "test/cockpit/objectives.test.tsx",
      title: "shows the runbook's table with the time that is left, and what the selected row means",
    },
  },
  "Disaster Recovery > Terraform State Recovery": {
    how: "actions `inspect-terraform-state`, `download-terraform-state`, `recover-terraform-state`, `mend-terraform-state`, `release-terraform-lock`; undo with `z`",
    test: {
      file: "test/e2e/terraform-state.test.ts",
      title:
        "from the keyboard on a small screen: a dead lock is released, the state of the typed lineage is back, and undo works",
    },
  },
  "Disaster Recovery > Terraform State Recovery | aws s3api list-object-versions": {
    how: "action `inspect-terraform-state`: versions with serial, lineage, resources, writer and time; lock, digest, and what differs",
    test: {
      file: "test/incident/terraform-state-actions.test.ts",
      title: "a table of the versions, what is wrong with the current one, whose lock it is, and what differs",
    },
  },
  "Disaster Recovery > Terraform State Recovery | aws s3api get-object": {
    how: "action `download-terraform-state`: to a private file, with what is in it",
    test: { file: "test/incident/terraform-state-actions.test.ts", title: "downloads a version to a private file" },
  },
  "Disaster Recovery > Terraform State Recovery | aws s3 cp restored-state.tfstate": {
    how: "action `recover-terraform-state` (`a`, or `mayday run recover-terraform-state --confirm BUCKET`): under the locks, with the next serial, its digest and an undo",
    test: {
      file: "test/incident/recover-terraform-state.test.ts",
      title: "an old copy over the newest state: back as Terraform would write it, and undone in the same way",
    },
  },
  "Incident Response": {
    how: "by the sections below",
    test: { file: "test/e2e/contain.test.ts", title: "contains Nessie, guards it and undoes it from the keyboard" },
  },
  "Common Failure Runbooks": {
    how: "`d`: all checks in parallel, a verdict with the reasons for and against, and the fix as a plan",
    test: {
      file: "test/e2e/diagnosis.test.ts",
      title: "d, the verdict, its fix: from the keyboard to a larger task, in an 80x24 terminal",
    },
  },
  "Monitoring Escalation": {
    how: "by the sections below",
    test: {
      file: "test/cockpit/alarm-detail.test.tsx",
      title: "Enter opens the alarm under the cursor: meaning, action, condition, history, why it can never fire",
    },
  },
};
