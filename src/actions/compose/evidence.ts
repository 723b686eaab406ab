import { formatUtc } from "../../base/duration.ts";
import { failureDetail } from "../../base/failure.ts";
import { type ContainerLogRequest, exportContainerLog } from "../../evidence/export/container-logs.ts";
import { callDocker } from "../../transports/docker/contract.ts";
import type { Job, JobContext, JobResult } from "../jobs.ts";

/** What a container is known by in a plan: nothing of its configuration, which may hold secrets. */
export interface NamedContainer {
  id: string;
  name: string;
  service: string;
}

/** The lines right before a failure come first: what is older waits, domain ms before now. */
const RECENT_MS = 10 * 60_000;
/** docker's daemon remembers some hundred events; asked for more than that, it gives what it has, domain ms. */
const EVENTS_MS = 24 * 3_600_000;

interface StateInput {
  project: string;
}

/**
 * What docker says of the project's containers now: list, whole inspection and the daemon's events, a file each. They hold the containers'
 * environment, and so its secrets: they go into private files of the bundle and nowhere else.
 */
export const containerState: Job = async (input, context) => {
  const { project } = input as unknown as StateInput;
  const missing: string[] = [];
  const files: string[] = [];
  const note = (what: string) => (error: unknown) => {
    missing.push(`${what}: ${reasonOf(error, context, what)}`);
  };
  const store = async (of: string, what: string, api: string, value: unknown, startedAtMs: number) => {
    const endedAtMs = context.clock.now();
    const file = `containers/${formatUtc(endedAtMs).replace(/[-:.]/g, "")}-${of}-${what}.json`;
    const sourceArn = of === project ? `docker://${project}` : `docker://${project}/${of}`;
    const details = { sourceArn, api, startedAtMs, endedAtMs };
    const source = `${what} of ${of}`;
    await context.storeEvidence(file, `${JSON.stringify(value, null, 2)}\n`, { source, requestIds: [], details });
    files.push(file);
    context.progress(`${files.length} stored`);
  };
  const options = evidenceOptions(context);
  const list = async () => {
    const startedAtMs = context.clock.now();
    const { output } = await callDocker(context.aws, "ComposePs", { project, whole: true }, options);
    await store(project, "containers", "docker:ComposePs", output.whole, startedAtMs);
    if (output.containers.length === 0) missing.push(`containers: project ${project} has none on this docker host`);
    await Promise.all(output.containers.map(({ ID, Name }) => inspect(ID, Name).catch(note(`inspection of ${Name}`))));
  };
  const inspect = async (id: string, name: string) => {
    const startedAtMs = context.clock.now();
    const { output } = await callDocker(context.aws, "Inspect", { containers: [id], whole: true }, options);
    await store(name, "inspection", "docker:Inspect", output.whole, startedAtMs);
  };
  const events = async () => {
    const startedAtMs = context.clock.now();
    const since = new Date(startedAtMs - EVENTS_MS).toISOString();
    const until = new Date(startedAtMs).toISOString();
    const { output } = await callDocker(context.aws, "Events", { project, since, until, whole: true }, options);
    await store(project, "events", "docker:Events", output.whole, startedAtMs);
  };
  await Promise.all([list().catch(note("containers")), events().catch(note("events"))]);
  return { complete: missing.length === 0, missing, requestIds: [], output: { files: files.sort() } };
};

interface EvidenceInput extends StateInput {
  containers: NamedContainer[];
  /** recent: the last ten minutes; all: these first, then everything before. */
  logs: "recent" | "all";
}

/**
 * What stopping or removing the containers destroys, as far as the time box lets: state, then the last log lines, then the older ones.
 * What was cut off is partial.
 */
export const containerEvidence: Job = async (input, context) => {
  const { containers, logs, project } = input as unknown as EvidenceInput;
  const nowMs = context.clock.now();
  const of = (fromMs: number | null, toMs: number) =>
    Promise.all(containers.map((container) => logOf({ project, container, fromMs, toMs, merged: false }, context)));
  const first = await Promise.all([containerState({ project }, context), of(nowMs - RECENT_MS, nowMs)]);
  const older = logs === "all" ? await of(null, nowMs - RECENT_MS - 1) : [];
  return together([first[0], ...first[1], ...older]);
};

interface LogsInput extends StateInput {
  /** Domain ms. */
  fromMs: number;
  toMs: number | null;
}

/** The logs of all containers of the project over the window, one after the other: they come from one disk. */
export const containerLogs: Job = async (input, context) => {
  const { project, fromMs, toMs } = input as unknown as LogsInput;
  const results: JobResult[] = [];
  try {
    const { output } = await callDocker(context.aws, "ComposePs", { project }, evidenceOptions(context));
    for (const { ID: id, Name: name, Service: service } of output.containers)
      results.push(await logOf({ project, container: { id, name, service }, fromMs, toMs, merged: true }, context));
    if (output.containers.length === 0) results.push(nothing(`container logs: ${project} has no container here`));
  } catch (error) {
    results.push(nothing(`container logs of ${project}: ${reasonOf(error, context, project)}`));
  }
  return together(results);
};

/** One container's log into the bundle. What was not read to its end can be gone on with, unless it is kept as it is. */
async function logOf(request: ContainerLogRequest, context: JobContext): Promise<JobResult> {
  const { aws, clock, signal, pause, workFolder } = context;
  const { name } = request.container;
  const progress = (detail: string) => context.progress(`${name}: ${detail}`);
  try {
    signal.throwIfAborted();
    const exported = await exportContainerLog(request, { aws, clock, signal, pause, workFolder, progress });
    for (const file of exported.files) await context.adoptEvidence(file);
    if (exported.missing.length === 0 || !request.merged) await exported.discard();
    const output = { files: exported.files.map((file) => file.name), items: exported.items };
    return { complete: exported.missing.length === 0, missing: exported.missing, requestIds: [], output };
  } catch (error) {
    return nothing(`log of ${name}: ${reasonOf(error, context, name)}`);
  }
}

const evidenceOptions = ({ signal }: JobContext) => ({ purpose: "evidence" as const, signal });

const reasonOf = (error: unknown, { signal }: JobContext, what: string): string =>
  failureDetail(signal.aborted ? signal.reason : error, what).why;

const nothing = (problem: string): JobResult => ({ complete: false, missing: [problem], requestIds: [], output: null });

function together(results: readonly JobResult[]): JobResult {
  const missing = results.flatMap((result) => result.missing);
  const output = results.map((result) => result.output);
  return { complete: missing.length === 0, missing, requestIds: [], output };
}
