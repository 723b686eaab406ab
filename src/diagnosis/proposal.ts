import type { Deployment } from "../config/deployment.ts";
import type { Source } from "../state/source.ts";
import type { CockpitState } from "../state/store.ts";
import type { ServiceView } from "../state/views.ts";

/** What the screen shows, as far as proposals look at it. */
export interface ProposalView {
  state: Pick<CockpitState, "services" | "containers" | "targets" | "alarms" | "metrics" | "heldOpen">;
  deployment: Deployment;
  /** What lines of the log said lately, by the sign that they show; see `LOG_SIGNS`. */
  signs: ReadonlyMap<string, LogSign>;
  nowMs: number;
}

export interface LogSign {
  count: number;
  lastAtMs: number;
}

/** A reason to ask a diagnosis. */
export interface Reason {
  diagnosisId: string;
  /** The same cause is proposed once: "targets", "exit 137". */
  cause: string;
  /** In a few words: "targets unhealthy". */
  why: string;
}

/** A line of the log that is a reason of its own. */
interface Sign {
  id: string;
  pattern: RegExp;
  diagnosisId: string;
  why: string;
  /** How long it counts, domain ms; left out: SIGN_MS. */
  lastsMs?: number;
  /** It is about Nessie: no reason while this incident holds Nessie down. */
  ofNessie?: true;
}

/** What does not pass by itself, and is met only when a job runs again, counts for this long, domain ms. */
export const LASTING_SIGN_MS = 60 * 60_000;

/** What is looked for in the hour before the logs' tail begins, as terms of a CloudWatch Logs filter: the signs that last so long. */
export const EARLIER_TERMS: readonly string[] = [
  "FileNotFoundError",
  "NoSuchKey",
  "NoSuchTableError",
  '"Schema drift detected in"',
];

/** Lines of the log that are a reason of their own, by the id under which they are counted. Append yours. */
const SIGNS: readonly Sign[] = [
  {
    id: "jvm-heap",
    pattern: /java\.lang\.OutOfMemoryError/,
    diagnosisId: "nessie-unreachable",
    why: "Java OutOfMemoryError",
    ofNessie: true,
  },
  {
    id: "throttling",
    pattern: /ThrottlingException|ProvisionedThroughputExceeded/,
    diagnosisId: "nessie-unreachable",
    why: "DynamoDB throttles",
    ofNessie: true,
  },
  {
    id: "access-denied",
    pattern:
      /AccessDenied(?!.*dynamodb:)|not authorized to perform: (?:s3|kms|glue|lakeformation):|Insufficient Lake Formation|:kms:\S{1,120} is (?:disabled|pending)/,
    diagnosisId: "s3-403",
    why: "access denied",
  },
  {
    id: "drift",
    pattern: /Schema drift detected in /,
    diagnosisId: "schema-drift",
    why: "the drift sensor found drift",
    // The sensor ticks every hour and has no word for "cleared".
    lastsMs: LASTING_SIGN_MS,
  },
  {
    id: "missing-files",
    pattern: /FileNotFoundError|NoSuchKey/,
    diagnosisId: "data-loss",
    why: "files are missing",
    lastsMs: LASTING_SIGN_MS,
  },
  {
    id: "missing-tables",
    pattern: /NoSuchTableError/,
    diagnosisId: "catalog",
    why: "tables are missing",
    lastsMs: LASTING_SIGN_MS,
  },
  {
    id: "lost-objects",
    pattern: /ObjNotFoundException/,
    diagnosisId: "catalog",
    why: "Nessie does not find objects",
    ofNessie: true,
  },
];

export const LOG_SIGNS: ReadonlyMap<string, RegExp> = new Map(SIGNS.map(({ id, pattern }) => [id, pattern]));

/** Looks at the screen for reasons. Append yours. */
export type Proposer = (view: ProposalView) => Reason[];

const MINUTE_MS = 60_000;
/** Tasks that ended longer ago are an old story, domain ms. */
const STOPPED_MS = 30 * MINUTE_MS;
/** A sign in the log counts for this long, domain ms. */
const SIGN_MS = 10 * MINUTE_MS;
/** Minutes without a request at the load balancer that are silence, or in which failing requests are counted. */
const RECENT_POINTS = 3;
/** This share of the requests answered with 5xx is a reason: a few fail on a good day. */
const FAILING_SHARE = 0.05;

const proposers: readonly Proposer[] = [nessieReasons, dagsterReasons, logReasons];

/**
 * Which diagnoses fit what is red, and why. A pure function over what the screen shows: unknown data is no reason, and what this
 * incident holds down itself is none either.
 */
export function reasons(view: ProposalView): Reason[] {
  return proposers.flatMap((proposer) => proposer(view));
}

const known = <T>(source: Source<T[]>): T[] => (source.status === "ok" ? source.value : []);

const isNessieHeld = ({ state, deployment: { nessie } }: ProposalView) =>
  nessie !== undefined && state.heldOpen.some(({ badge }) => badge.startsWith(`${nessie.service} `));

function logReasons(view: ProposalView): Reason[] {
  const { signs, nowMs } = view;
  return SIGNS.filter(
    ({ id, lastsMs = SIGN_MS, ofNessie }) =>
      (signs.get(id)?.lastAtMs ?? Number.NEGATIVE_INFINITY) >= nowMs - lastsMs && !(ofNessie && isNessieHeld(view)),
  ).map(({ id, diagnosisId, why }) => ({ diagnosisId, cause: id, why }));
}

function nessieReasons(view: ProposalView): Reason[] {
  const { state, deployment, nowMs } = view;
  const { nessie } = deployment;
  if (!nessie || isNessieHeld(view)) return [];
  const found: Omit<Reason, "diagnosisId">[] = [];
  for (const service of known(state.services)) {
    if (service.cluster !== nessie.cluster || service.name !== nessie.service) continue;
    found.push(...endedReasons(service, nowMs));
    if (service.desired === 0) found.push({ cause: "zero", why: "scaled to 0" });
    const [newest] = service.deployments;
    const failing =
      newest?.rolloutState === "FAILED" || (newest?.rolloutState === "IN_PROGRESS" && newest.failedTasks > 0);
    if (newest && failing) found.push({ cause: `rollout ${newest.taskDefinition}`, why: "a deployment fails" });
  }
  const own = known(state.targets).filter(({ name }) => name === nessie.targetGroup);
  const unhealthy = own.flatMap(({ targets }) => targets).filter(({ state: health }) => health.startsWith("unhealthy"));
  if (unhealthy.length > 0) found.push({ cause: "targets", why: "targets unhealthy" });
  for (const alarm of known(state.alarms)) {
    if (alarm.state !== "ALARM" || !alarm.name.includes("nessie")) continue;
    found.push({ cause: `alarm ${alarm.name}`, why: `alarm ${alarm.name.split("nessie-").at(-1)}` });
  }
  const sumOf = (name: string) =>
    known(state.metrics)
      .filter(({ id }) => id.endsWith(name))
      .flatMap(({ points }) => points.slice(-RECENT_POINTS))
      .reduce((sum, { value }) => sum + value, 0);
  if (sumOf("_5XX_Count") > FAILING_SHARE * Math.max(1, sumOf("/RequestCount")))
    found.push({ cause: "5xx", why: "requests fail with 5xx" });
  for (const { id, points } of known(state.metrics)) {
    const recent = points.slice(-RECENT_POINTS);
    if (id.endsWith("/ThrottledRequests") && recent.some(({ value }) => value > 0)) {
      found.push({ cause: "throttling", why: "DynamoDB throttles" });
    }
    const silent = recent.length === RECENT_POINTS && recent.every(({ value }) => value === 0);
    if (id.endsWith("/RequestCount") && silent && points.some(({ value }) => value > 0)) {
      found.push({ cause: "silence", why: "no requests arrive" });
    }
  }
  return found.map((reason) => ({ ...reason, diagnosisId: "nessie-unreachable" }));
}

function dagsterReasons({ state, deployment, nowMs }: ProposalView): Reason[] {
  const { dagster, compose } = deployment;
  const isHeld = (name: string) =>
    state.heldOpen.some(({ badge }) => badge.startsWith(name) || badge.includes("dagster"));
  const onEcs = known(state.services)
    .filter(({ cluster, name }) => dagster?.cluster === cluster && dagster.services.includes(name))
    .flatMap((service) => [
      ...endedReasons(service, nowMs).map(({ why }) => ({ name: service.name, why })),
      ...(service.desired === 0 ? [{ name: service.name, why: "scaled to 0" }] : []),
    ]);
  const inCompose = known(state.containers)
    .filter(({ service }) => compose?.services.includes(service))
    .flatMap(({ service: name, lastExit }) => {
      const { atMs = 0, exitCode = 0, oomKilled = false } = lastExit ?? {};
      if (atMs < nowMs - STOPPED_MS || exitCode === 0 || exitCode === 143) return [];
      return [{ name, why: `exit ${exitCode}${oomKilled ? ", out of memory" : ""}` }];
    });
  return [...onEcs, ...inCompose]
    .filter(({ name }) => !isHeld(name))
    .map(({ name, why }) => ({ diagnosisId: "dagster-oom", cause: `${name} ${why}`, why: `${name}: ${why}` }));
}

/** Tasks that ended by themselves lately: by their exit codes. */
function endedReasons(service: ServiceView, nowMs: number): Omit<Reason, "diagnosisId">[] {
  const codes = new Set<string>();
  for (const { stoppedAtMs, stopCode, containers } of service.tasks) {
    if (stoppedAtMs === undefined || stoppedAtMs < nowMs - STOPPED_MS) continue;
    if (stopCode === "TaskFailedToStart") codes.add("tasks cannot start");
    const code =
      stopCode === "EssentialContainerExited" ? containers.find(({ exitCode }) => exitCode)?.exitCode : undefined;
    if (code !== undefined) codes.add(`exit ${code}`);
  }
  return [...codes].map((why) => ({ cause: why, why }));
}
