import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Failure, failureDetail } from "../../base/failure.ts";
import { collectYoungGarbage } from "../../base/young-garbage.ts";
import type { ExportContext, Exported } from "./contract.ts";
import { type LineBuffer, LineBuffers } from "./line-buffer.ts";
import { finishLogs, type LogCheckpoint, type LogExportRequest } from "./log-files.ts";
import { newShard, type ShardState, shardsOf, splitLargest, takePage } from "./log-shard.ts";
import { Pace } from "./pace.ts";
import { progressText, RecentPace } from "./progress.ts";
import { FIRST_READERS, ReaderCount } from "./reader-count.ts";
import { retrying } from "./retrying.ts";
import { GrowingFile, Workspace } from "./workspace.ts";

/** Shards at the start: few, because each costs about one page that is not full; those with much left are divided later. */
const FIRST_SHARDS = FIRST_READERS;
/** Pages whose lines are compressed at the same time. */
const LINE_BUFFERS = 2;
/** Machine ms between checkpoints: what a crash has to read again. */
const CHECKPOINT_PERIOD_MS = 500;
/** Machine ms after which a reader without work looks whether another one has some to give. */
const IDLE_MS = 50;
/** Log lines shrink to about a tenth at any level; a low one keeps up with 25 pages a second. */
const COMPRESSION = { level: 1 };
const compress = promisify<Uint8Array, object, Buffer>(gzip);

/**
 * Exports the events of a log group over a window: gzip-compressed canonical JSON lines in the order of time, ingestion time and
 * position, and an index. Goes on from its checkpoint when the same export was begun before. Memory does not grow with the window.
 * Never rejects because of AWS: what could not be read is in `missing`, and the files say so.
 */
export async function exportLogs(request: LogExportRequest, context: ExportContext): Promise<Exported> {
  const { logGroup, fromMs } = request;
  const key = JSON.stringify(["logs", logGroup, fromMs, request.toMs]);
  const workspace = await Workspace.open<LogCheckpoint>(context.workFolder, key);
  const known = await workspace.load();
  const toMs = known?.toMs ?? request.toMs ?? context.clock.now();
  const checkpoint: LogCheckpoint = known ?? {
    toMs,
    startedAtMs: context.clock.now(),
    shards: shardsOf(fromMs, toMs, FIRST_SHARDS),
  };
  const reader = new LogReader(request, checkpoint, workspace, context);
  const reason = await reader.readAll();
  return finishLogs(request, checkpoint, reason, workspace, context);
}

class LogReader {
  readonly #request: LogExportRequest;
  readonly #checkpoint: LogCheckpoint;
  readonly #workspace: Workspace<LogCheckpoint>;
  readonly #context: ExportContext;
  readonly #pace: Pace;
  readonly #files = new Map<ShardState, GrowingFile>();
  readonly #claimed = new Set<ShardState>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #beganMs: number;
  readonly #recent = new RecentPace();
  readonly #count: ReaderCount;
  readonly #buffers = new LineBuffers(LINE_BUFFERS);
  readonly #readers: Promise<void>[] = [];
  /** Why not everything could be read. */
  #reason = "";
  #savedMs = 0;
  #saving: Promise<void> | undefined;

  constructor(
    request: LogExportRequest,
    checkpoint: LogCheckpoint,
    workspace: Workspace<LogCheckpoint>,
    context: ExportContext,
  ) {
    this.#request = request;
    this.#checkpoint = checkpoint;
    this.#workspace = workspace;
    this.#context = context;
    this.#signal = AbortSignal.any([context.signal, this.#stop.signal]);
    this.#beganMs = this.#workedMs();
    this.#pace = new Pace(context.aws, context.clock, {
      service: "logs",
      operation: "FilterLogEvents",
      callsPerSecond: request.callsPerSecond,
      atMost: request.atMostPerSecond,
    });
    this.#count = new ReaderCount(context.clock, () => this.#pace.isUnused);
  }

  /** Reads until every shard is done. Resolves with the reason why not, empty when they are. */
  async readAll(): Promise<string> {
    await this.#save();
    this.#addReaders();
    // A reader may add others while it is waited for.
    for (let at = 0; at < this.#readers.length; at++) await this.#readers[at];
    await this.#save();
    for (const file of this.#files.values()) await file.close();
    return this.#reason;
  }

  #addReaders(): void {
    while (this.#readers.length < this.#count.wanted) this.#readers.push(this.#read());
  }

  async #read(): Promise<void> {
    try {
      await this.#readShards();
    } catch (error) {
      if (!this.#reason) {
        const cause = this.#context.signal.aborted ? this.#context.signal.reason : error;
        this.#reason = failureDetail(cause, `logs of ${this.#request.logGroup}`).why;
      }
      this.#stop.abort(error);
    }
  }

  async #readShards(): Promise<void> {
    const { shards } = this.#checkpoint;
    while (shards.some((shard) => !shard.done)) {
      const shard = shards.find((candidate) => !candidate.done && !this.#claimed.has(candidate)) ?? this.#divide();
      if (!shard) {
        await this.#context.clock.sleep(IDLE_MS, this.#signal);
        continue;
      }
      this.#claimed.add(shard);
      while (!shard.done) {
        await this.#readPage(shard);
        this.#addReaders();
      }
    }
  }

  /** A part of what another reader has left; none while those who read use all the calls that are allowed. */
  #divide(): ShardState | undefined {
    if (!this.#pace.hasSpare) return undefined;
    const { shards } = this.#checkpoint;
    const rest = splitLargest(shards);
    if (rest) shards.push(rest);
    return rest;
  }

  async #readPage(shard: ShardState): Promise<void> {
    const taken = await this.#takePage(shard);
    if (!taken) return this.#beginAgain(shard);
    const { next, requestId, lines } = taken;
    const compressed = await this.#compressed(lines);
    const file = await this.#fileOf(shard);
    const bytes = compressed ? await file.append(compressed) : file.bytes;
    Object.assign(shard, next, { bytes });
    shard.requestIds.push(requestId);
    collectYoungGarbage();
    this.#report();
    await this.#saveSometimes();
  }

  /** One page, of which only its lines are left: its events must not be held while they are written. Undefined when the token has run out. */
  async #takePage(shard: ShardState) {
    const answer = await this.#ask(shard).catch((error: unknown) => {
      if (shard.token === null || !(error instanceof Failure) || error.detail.code !== "InvalidParameterException")
        throw error;
    });
    if (!answer) return undefined;
    const { output, requestId } = answer;
    const lines = await this.#buffers.take();
    const next = takePage(shard, output.events ?? [], output.nextToken ?? null, lines);
    // At once, so that nobody divides the shard before what is being written.
    shard.reachedMs = next.reachedMs;
    return { next, requestId, lines };
  }

  async #compressed(lines: LineBuffer): Promise<Buffer | undefined> {
    try {
      return lines.bytes.length === 0 ? undefined : await compress(lines.bytes, COMPRESSION);
    } finally {
      this.#buffers.giveBack(lines);
    }
  }

  /** A token runs out after 24 hours (CloudWatch Logs API reference): what the shard has is read again. */
  async #beginAgain(shard: ShardState): Promise<void> {
    await this.#files.get(shard)?.close();
    this.#files.delete(shard);
    Object.assign(shard, newShard(shard.startMs, shard.endMs));
  }

  #ask(shard: ShardState) {
    const { context, request } = { context: this.#context, request: this.#request };
    return retrying(context, this.#signal, this.#pace, () =>
      context.aws.call(
        "logs",
        "FilterLogEvents",
        {
          logGroupName: request.logGroup,
          startTime: shard.startMs,
          endTime: shard.askedEndMs,
          ...(shard.token === null ? {} : { nextToken: shard.token }),
        },
        { purpose: "evidence", signal: this.#signal },
      ),
    );
  }

  async #fileOf(shard: ShardState): Promise<GrowingFile> {
    const open = this.#files.get(shard);
    if (open) return open;
    const file = await GrowingFile.open(this.#workspace.path(`${shard.startMs}.jsonl.gz`), shard.bytes);
    this.#files.set(shard, file);
    return file;
  }

  async #saveSometimes(): Promise<void> {
    const nowMs = this.#context.clock.monotonic();
    if (this.#saving || nowMs - this.#savedMs < CHECKPOINT_PERIOD_MS) return;
    this.#savedMs = nowMs;
    this.#saving = this.#save().finally(() => {
      this.#saving = undefined;
    });
    await this.#saving;
  }

  /** The data first, then the checkpoint that counts it. */
  async #save(): Promise<void> {
    if (this.#saving) await this.#saving;
    const text = JSON.stringify(this.#checkpoint);
    for (const file of this.#files.values()) await file.sync();
    await this.#workspace.save(text);
  }

  /** Machine ms without those for which it stood still: they are no measure of how fast it is. */
  #workedMs(): number {
    return this.#context.clock.monotonic() - this.#context.pause.stoodStillMs;
  }

  #fraction(): number {
    const { shards } = this.#checkpoint;
    const length = ({ startMs, endMs }: ShardState) => endMs - startMs + 1;
    const all = shards.reduce((sum, shard) => sum + length(shard), 0);
    const read = shards.reduce((sum, shard) => sum + (shard.done ? length(shard) : shard.reachedMs - shard.startMs), 0);
    return all === 0 ? 1 : read / all;
  }

  #report(): void {
    const { shards } = this.#checkpoint;
    const fraction = this.#fraction();
    this.#context.progress(
      progressText({
        items: shards.reduce((sum, shard) => sum + shard.events + shard.held.length, 0),
        noun: "events",
        bytes: shards.reduce((sum, shard) => sum + shard.bytes, 0),
        fraction,
        ...this.#recent.since(fraction, this.#workedMs() - this.#beganMs),
        paused: this.#context.pause.paused,
      }),
    );
  }
}
