import type { AwsLayer, CallerIdentity, CallReport } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { Failure, failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { Deployment } from "../config/deployment.ts";
import type { DetectorResult } from "../findings/contract.ts";
import { findFindings } from "../findings/find.ts";
import { clockCheck, credentialChecks, ownMfaDevices } from "./caller.ts";
import { type CheckResult, failed } from "./check.ts";
import { dockerChecks } from "./docker.ts";
import { stateFolderChecks, type TerminalFacts, terminalChecks } from "./host.ts";
import { policyStatements } from "./iam-policy.ts";
import { neededPermissions } from "./needs.ts";
import { permissionChecks } from "./permissions.ts";
import { probesOf } from "./probes.ts";
import { type ProbeOutcome, sendProbes } from "./probing.ts";
import { simulateStatements } from "./simulation.ts";

export interface DoctorOptions {
  aws: AwsLayer;
  deployment: Deployment;
  clock: Clock;
  /** Folder that incidents are kept below. */
  stateDirectory: string;
  terminal: TerminalFacts;
  /** Only what reads is asked for. */
  readOnly: boolean;
  onCheck(result: CheckResult): void;
}

export interface Diagnosis {
  identity?: CallerIdentity;
  checks: CheckResult[];
  detectors: DetectorResult[];
  /** Nothing that the cockpit needs is missing. */
  ready: boolean;
}

/** Everything has been answered by then, or is said to hang. Machine ms. */
const DEADLINE_MS = 25_000;

/** Checks everything in parallel and says each result as it is there. Only reads AWS, and writes nothing anywhere. */
export async function examine(options: DoctorOptions): Promise<Diagnosis> {
  const checks: CheckResult[] = [];
  const report = (...results: CheckResult[]) => {
    for (const result of results) {
      checks.push(result);
      options.onCheck(result);
    }
  };
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(tooLate()), DEADLINE_MS);
  try {
    report(...terminalChecks(options.terminal));
    const [account] = await Promise.all([
      examineAccount(options, stop.signal, report),
      stateFolderChecks(options.stateDirectory).then((results) => report(...results)),
      dockerChecks(options.aws, options.deployment.compose, stop.signal).then((results) => report(...results)),
    ]);
    const ready = checks.every(({ status }) => status !== "fail");
    return { ...(account ? { identity: account.identity } : {}), checks, detectors: account?.detectors ?? [], ready };
  } finally {
    clearTimeout(timer);
  }
}

const tooLate = () =>
  new Failure({
    kind: "unreachable",
    what: "mayday doctor",
    why: `no answer within ${DEADLINE_MS / 1000} s`,
    next: "Check the network, proxy and VPC endpoints from this host.",
  });

type Reporter = (...results: CheckResult[]) => void;

async function examineAccount(
  options: DoctorOptions,
  signal: AbortSignal,
  report: Reporter,
): Promise<{ identity: CallerIdentity; detectors: DetectorResult[] } | undefined> {
  const { aws, clock, deployment } = options;
  const reports: CallReport[] = [];
  const unsubscribe = aws.onCall((call) => reports.push(call));
  try {
    const identity = await whoIsIt(options, signal, report, reports);
    if (!identity) {
      report({ check: "permissions", status: "skip", detail: "not asked: AWS does not know the caller" });
      return undefined;
    }
    const probing = sendProbes(aws, probesOf(deployment, clock.now()), signal);
    const [detectors] = await Promise.all([
      findFindings({ aws, deployment, clock, accountId: identity.accountId, signal }),
      examinePermissions(options, identity, probing, signal, report),
      probing.then((outcomes) => report(...nameChecks(outcomes))),
    ]);
    report(reachabilityCheck(reports));
    return { identity, detectors };
  } finally {
    unsubscribe();
  }
}

/** The caller, with what is known of the credentials, the clock and the account; undefined when AWS does not know them. */
async function whoIsIt(
  { aws, clock }: DoctorOptions,
  signal: AbortSignal,
  report: Reporter,
  reports: readonly CallReport[],
): Promise<CallerIdentity | undefined> {
  const refused = (error: unknown) =>
    report(failed("credentials", failureDetail(signal.aborted ? signal.reason : error, "sts:GetCallerIdentity")));
  try {
    const [facts, identity] = await Promise.all([aws.credentials(), aws.identity({ purpose: "poll", signal })]);
    const devices = facts.kind === "long-term" ? await ownMfaDevices(aws, identity, signal) : undefined;
    report(...credentialChecks(identity, facts, devices, clock.wall()));
    const answered = reports.find(({ serverDateMs }) => serverDateMs !== undefined);
    const offsetMs = answered?.serverDateMs === undefined ? undefined : answered.serverDateMs - clock.now();
    report(
      clockCheck(
        offsetMs,
        1000 + (answered?.durationMs ?? 0) * clock.speed + (clock.speed > 1 ? 500 * clock.speed : 0),
      ),
    );
    report({
      check: "account",
      status: "pass",
      detail: `${identity.accountId} in ${aws.region}${aws.endpoint ? `, by the endpoint ${sanitizeLine(aws.endpoint)}` : ""}`,
    });
    return identity;
  } catch (error) {
    refused(error);
    return undefined;
  }
}

async function examinePermissions(
  { aws, deployment, readOnly }: DoctorOptions,
  identity: CallerIdentity,
  probing: Promise<ProbeOutcome[]>,
  signal: AbortSignal,
  report: Reporter,
): Promise<void> {
  const needed = neededPermissions().filter(({ access }) => !readOnly || access === "read");
  const partition = identity.arn.split(":")[1] || "aws";
  const statements = policyStatements(needed, {
    deployment,
    accountId: identity.accountId,
    region: aws.region,
    partition,
  });
  const [simulation, outcomes] = await Promise.all([simulateStatements(aws, identity, statements, signal), probing]);
  report(...permissionChecks(needed, simulation, outcomes));
}

/** What is configured and not there. */
function nameChecks(outcomes: readonly ProbeOutcome[]): CheckResult[] {
  const named = outcomes.filter(({ probe }) => probe.names !== undefined);
  const absent = named.filter(({ status }) => status === "absent");
  const lines = absent.map(
    ({ probe: { names } }): CheckResult => ({
      check: "names",
      // The template makes the audit bucket only on request, and nothing but evidence needs it.
      status: names?.setting === "buckets.audit" || names?.setting.startsWith("terraform.") ? "warn" : "fail",
      detail: `${names?.setting} ${sanitizeLine(names?.value ?? "")}: there is no such thing in this account and region`,
      next: "mayday config shows where the name comes from, mayday init looks for the right one.",
    }),
  );
  const found = named.filter(({ status }) => status === "allowed").length;
  if (absent.length > 0 || found === 0) return lines;
  return [
    { check: "names", status: "pass", detail: `all ${found} configured resources that could be looked at are there` },
  ];
}

/** Every service that was asked, and those that gave no answer. */
function reachabilityCheck(all: readonly CallReport[]): CheckResult {
  const check = "reachability";
  // Docker has a check of its own.
  const reports = all.filter(({ service }) => (service as string) !== "docker");
  const silent = new Set(reports.filter(({ error }) => error?.kind === "unreachable").map(({ service }) => service));
  const answered = reports.filter(({ error }) => error?.kind !== "unreachable");
  const services = new Set(answered.map(({ service }) => service));
  const deaf = [...silent].filter((service) => !services.has(service));
  if (deaf.length > 0)
    return {
      check,
      status: "fail",
      detail: `no answer from ${deaf.join(", ")}`,
      next: "Check the network, proxy and VPC endpoints from this host.",
    };
  const times = answered.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const median = Math.round(times[Math.floor(times.length / 2)] ?? 0);
  return {
    check,
    status: silent.size > 0 ? "warn" : "pass",
    detail: `${services.size} services answer, half of the calls within ${median} ms${silent.size > 0 ? `; some calls to ${[...silent].join(", ")} had no answer` : ""}`,
  };
}
