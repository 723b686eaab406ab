import { sanitizeLine } from "../../base/text.ts";
import { deploymentOf } from "../../config/load.ts";
import type { DetectorResult } from "../../findings/contract.ts";
import { bySeverity } from "../../findings/find.ts";
import { type Diagnosis, examine } from "../../readiness/doctor.ts";
import { EXIT } from "../exit.ts";
import { terminalStyle } from "../terminal.ts";
import { checkText, findingsText, type TextStyle } from "./doctor-text.ts";
import { connect, type StartOptions } from "./start.ts";

export interface DoctorCommandOptions extends StartOptions {
  json: boolean;
}

/** Columns of text that goes into a file or a pipe. */
const COLUMNS_WITHOUT_TERMINAL = 100;

/**
 * `mayday doctor`: checks whether the cockpit can work here, and where the runbook and the deployment disagree. 0 when nothing that the
 * cockpit needs is missing, else 1; findings alone do not count. Only reads AWS.
 */
export async function runDoctor(options: DoctorCommandOptions): Promise<number> {
  const connected = await connect(options);
  const { config, clock, aws } = connected;
  const deployment = deploymentOf(config, aws.region);
  const style: TextStyle = {
    columns: process.stdout.columns ?? COLUMNS_WITHOUT_TERMINAL,
    colour: process.stdout.isTTY === true && terminalStyle(process.env).colour,
  };
  const say = (text: string) => {
    if (!options.json) process.stdout.write(text);
  };
  say(`mayday doctor: ${sanitizeLine(deployment.project)} ${sanitizeLine(deployment.environment)}, ${aws.region}\n\n`);
  const diagnosis = await examine({
    aws,
    deployment,
    clock,
    stateDirectory: config.values.stateDirectory.value,
    readOnly: config.values.readOnly.value,
    terminal: {
      ...(process.stdout.isTTY ? { columns: process.stdout.columns, rows: process.stdout.rows } : {}),
      environment: process.env,
    },
    onCheck: (result) => say(checkText(result, style)),
  });
  aws.close();
  if (options.json) process.stdout.write(`${JSON.stringify(doctorJson(diagnosis, aws.region), null, 2)}\n`);
  else {
    if (diagnosis.detectors.length > 0) say(findingsText(diagnosis.detectors, style));
    say(`\n${diagnosis.ready ? "Ready." : "Not ready: see FAIL above."}\n`);
  }
  return diagnosis.ready ? EXIT.ok : EXIT.failed;
}

/** The same for programs: `{ ready, account, region, caller, checks, findings, unknown }`. */
function doctorJson({ identity, checks, detectors, ready }: Diagnosis, region: string) {
  const findings = detectors.flatMap((result) => (result.status === "done" ? result.findings : []));
  const unknown = detectors.flatMap((result) => (result.status === "unknown" ? [unknownJson(result)] : []));
  return {
    ready,
    account: identity?.accountId ?? null,
    region,
    caller: identity ? sanitizeLine(identity.arn) : null,
    checks,
    findings: bySeverity(findings),
    unknown,
  };
}

const unknownJson = ({ detector, question, failure }: Extract<DetectorResult, { status: "unknown" }>) => ({
  detector,
  question,
  failure,
});
