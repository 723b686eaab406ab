import { writeFile } from "node:fs/promises";
import { failureDetail } from "../../base/failure.ts";
import { callDocker } from "../../transports/docker/contract.ts";
import { mergeByTime } from "./container-log-merge.ts";
import { type LogSide, newSide, SideWriter } from "./container-log-side.ts";
import type { ExportContext, Exported } from "./contract.ts";
import { bundleName } from "./names.ts";
import { progressText } from "./progress.ts";
import { Workspace } from "./workspace.ts";

export interface ContainerLogRequest {
  project: string;
  container: { id: string; name: string; service: string };
  /** Domain ms; null: from the container's creation on. */
  fromMs: number | null;
  /** Domain ms; null: the time at which the export begins. */
  toMs: number | null;
  /**
   * False: the two outputs stay files of their own. Merging reads them once more, and evidence that is collected before a containment has
   * no time for it.
   */
  merged: boolean;
}

interface Checkpoint {
  startedAtMs: number;
  toMs: number;
  stdout: LogSide;
  stderr: LogSide;
  done: boolean;
}

/** Machine ms between checkpoints, at least. */
const CHECKPOINT_PERIOD_MS = 1000;

/**
 * Exports a container's log over a window as compressed JSON lines with an index: standard output and standard error, merged by the times
 * that docker gave the lines. What has been read is on the disk; the same request goes on after it, where a crash or a time box cut it
 * off. Never rejects because of docker: what could not be read is in `missing`.
 */
export async function exportContainerLog(request: ContainerLogRequest, context: ExportContext): Promise<Exported> {
  const { project, container, fromMs } = request;
  const key = ["container-log", project, container.id, fromMs, request.toMs, request.merged];
  const workspace = await Workspace.open<Checkpoint>(context.workFolder, JSON.stringify(key));
  const nowMs = context.clock.now();
  const checkpoint: Checkpoint = (await workspace.load()) ?? {
    startedAtMs: nowMs,
    toMs: request.toMs ?? nowMs,
    stdout: newSide(),
    stderr: newSide(),
    done: false,
  };
  const reason = checkpoint.done ? "" : await read(request, checkpoint, workspace, context);
  return finish(request, checkpoint, reason, workspace, context);
}

/** Reads on from the checkpoint. Resolves with the reason why not to the end; empty when it was. */
async function read(
  request: ContainerLogRequest,
  checkpoint: Checkpoint,
  workspace: Workspace<Checkpoint>,
  context: ExportContext,
): Promise<string> {
  const { clock, pause } = context;
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const sides = await Promise.all(
    (["stdout", "stderr"] as const).map((name) =>
      SideWriter.open(name, checkpoint[name], workspace.path(`${name}.jsonl.gz`)),
    ),
  );
  const beganMs = clock.monotonic();
  const fractionAtStart = fractionOf(request, checkpoint);
  let savedMs = beganMs;
  let saving = Promise.resolve();
  /** The data first, then the checkpoint that counts it. */
  const save = () => {
    saving = saving.then(async () => {
      const text = JSON.stringify(checkpoint);
      for (const side of sides) await side.sync();
      await workspace.save(text);
    });
    return saving;
  };
  const advanced = async () => {
    context.progress(
      progressText({
        items: checkpoint.stdout.lines + checkpoint.stderr.lines,
        noun: "lines",
        bytes: checkpoint.stdout.bytes + checkpoint.stderr.bytes,
        fraction: fractionOf(request, checkpoint),
        fractionAtStart,
        elapsedMs: clock.monotonic() - beganMs,
        paused: pause.paused,
      }),
    );
    if (clock.monotonic() - savedMs >= CHECKPOINT_PERIOD_MS) {
      savedMs = clock.monotonic();
      await save();
    }
    await pause.passed(signal);
  };
  let reason = "";
  try {
    await save();
    const since = sinceOf(request, checkpoint);
    // docker includes the end: the last ns of its ms.
    const until = new Date(checkpoint.toMs).toISOString().replace("Z", "999999Z");
    const input = { container: request.container.id, until, ...(since === undefined ? {} : { since }) };
    const { output } = await callDocker(context.aws, "Logs", input, { purpose: "evidence", signal });
    const take = (side: SideWriter, index: number) => side.take(index === 0 ? output.stdout : output.stderr, advanced);
    const work = [...sides.map(take), output.ended];
    // One that fails ends the others, or they would wait for lines that do not come.
    await Promise.all(work.map((part) => part.catch((error: unknown) => stop.abort(error))));
    signal.throwIfAborted();
    checkpoint.done = true;
  } catch (error) {
    const cause = context.signal.aborted ? context.signal.reason : error;
    reason = failureDetail(cause, `log of ${request.container.name}`).why;
  }
  await save();
  for (const side of sides) await side.close();
  return reason;
}

/** Both sides have everything before the earlier one of their last lines; what is read again is known by its time. */
function sinceOf({ fromMs }: ContainerLogRequest, { stdout, stderr }: Checkpoint): string | undefined {
  const from = fromMs === null ? undefined : new Date(fromMs).toISOString();
  const reached = [stdout.last, stderr.last].filter((last) => last !== "");
  return reached.length < 2 ? from : reached.sort()[0];
}

function fractionOf({ fromMs }: ContainerLogRequest, { stdout, stderr, startedAtMs, toMs }: Checkpoint): number {
  const last = [stdout.last, stderr.last].sort().at(-1) ?? "";
  const first = [stdout.first, stderr.first].filter((stamp) => stamp !== "").sort()[0];
  if (last === "" || first === undefined) return 0;
  const beginMs = fromMs ?? Date.parse(first);
  return Math.min(1, Math.max(0, (Date.parse(last) - beginMs) / Math.max(1, (toMs || startedAtMs) - beginMs)));
}

async function finish(
  request: ContainerLogRequest,
  checkpoint: Checkpoint,
  reason: string,
  workspace: Workspace<Checkpoint>,
  context: ExportContext,
): Promise<Exported> {
  const { project, container, fromMs } = request;
  const { stdout, stderr, startedAtMs, toMs } = checkpoint;
  const discard = () => workspace.discard();
  const items = stdout.lines + stderr.lines;
  const missing = reason ? [`log of ${container.name}: ${reason}`] : [];
  if (items === 0 && reason) return { files: [], missing, items, discard };
  const endedAtMs = context.clock.now();
  const firstMs = fromMs ?? (Date.parse([stdout.first, stderr.first].filter(Boolean).sort()[0] ?? "") || startedAtMs);
  const name = `containers/${bundleName(container.name, firstMs, toMs, reason ? endedAtMs : undefined)}`;
  const about = {
    sourceArn: `docker://${project}/${container.name}`,
    version: container.id,
    api: "docker:Logs",
    requestIds: [],
    startedAtMs,
    endedAtMs,
    partialReason: reason,
  };
  if (!request.merged) {
    const sides = (["stdout", "stderr"] as const).filter((side) => checkpoint[side].lines > 0);
    const fileOf = (side: string) => ({ path: workspace.path(`${side}.jsonl.gz`), name: `${name}-${side}.jsonl.gz` });
    return { files: sides.map((side) => ({ ...about, ...fileOf(side) })), missing, items, discard };
  }
  const data = workspace.path("merged.jsonl.gz");
  const pathOf = (side: "stdout" | "stderr") =>
    checkpoint[side].bytes === 0 ? undefined : workspace.path(`${side}.jsonl.gz`);
  const content = {
    ...indexOf(request, checkpoint),
    ...(await mergeByTime([pathOf("stdout"), pathOf("stderr")], data)),
    complete: reason === "",
    reasons: reason ? [reason] : [],
  };
  const index = workspace.path("index.json");
  await writeFile(index, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  const files = [
    { ...about, path: data, name: `${name}.jsonl.gz` },
    { ...about, path: index, name: `${name}.index.json` },
  ];
  return { files, missing, items, discard };
}

function indexOf({ project, container, fromMs }: ContainerLogRequest, { stdout, stderr, toMs }: Checkpoint): object {
  return {
    project,
    service: container.service,
    container: container.name,
    containerId: container.id,
    from: fromMs === null ? null : new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    order: "timestamp, stdout before stderr, position in the stream",
    lines: stdout.lines + stderr.lines,
    ofStdout: stdout.lines,
    ofStderr: stderr.lines,
    first: [stdout.first, stderr.first].filter(Boolean).sort()[0] ?? null,
    last: [stdout.last, stderr.last].sort().at(-1) || null,
  };
}
