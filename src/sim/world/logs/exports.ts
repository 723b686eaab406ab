import { gzipSync } from "node:zlib";
import { AwsError } from "../../wire/aws-error.ts";
import type { Kernel } from "../kernel.ts";
import { type RandomStream, randomUuid } from "../random.ts";
import type { Bucket } from "../s3/bucket.ts";
import { StoredContent, textContent } from "../s3/content.ts";
import type { LogGroup, LogStream } from "./log-store.ts";
import { readStream } from "./stream-reader.ts";

/** How long an export takes. */
const DURATION_MS = { pending: 20_000, from: 90_000, to: 300_000 };

export type ExportStatus = "PENDING" | "RUNNING" | "COMPLETED" | "CANCELLED";

export interface ExportTask {
  id: string;
  name: string | undefined;
  group: LogGroup;
  streamPrefix: string;
  fromMs: number;
  toMs: number;
  bucket: Bucket;
  prefix: string;
  status: ExportStatus;
  createdAtMs: number;
  completedAtMs: number | undefined;
}

/** Exports of log groups to buckets, one at a time in the account and region (CloudWatch Logs quotas). */
export class LogExports {
  /** Newest first. */
  readonly tasks: ExportTask[] = [];
  readonly #kernel: Kernel;
  readonly #random: RandomStream;

  constructor(kernel: Kernel, random: RandomStream) {
    this.#kernel = kernel;
    this.#random = random;
  }

  /** @throws AwsError LimitExceededException while another one is active. */
  start(
    draft: Pick<ExportTask, "name" | "group" | "streamPrefix" | "fromMs" | "toMs" | "bucket" | "prefix">,
  ): ExportTask {
    if (this.tasks.some((task) => active(task)))
      throw new AwsError("LimitExceededException", "Resource limit exceeded.");
    const task: ExportTask = {
      ...draft,
      id: randomUuid(this.#random),
      status: "PENDING",
      createdAtMs: this.#kernel.nowMs,
      completedAtMs: undefined,
    };
    this.tasks.unshift(task);
    // CloudWatch Logs tries whether it may write, and leaves the object.
    const test = textContent("Permission Check Successful");
    task.bucket.write(`${task.prefix}/aws-logs-write-test`, test, { atMs: this.#kernel.nowMs, origin: "client" });
    this.#kernel.after(DURATION_MS.pending, () => {
      if (task.status === "PENDING") task.status = "RUNNING";
    });
    this.#kernel.after(this.#random.between(DURATION_MS.from, DURATION_MS.to), () => this.#finish(task));
    return task;
  }

  /** @throws AwsError InvalidOperationException for a task that is not active. */
  cancel(task: ExportTask): void {
    if (!active(task))
      throw new AwsError("InvalidOperationException", "The specified export task has already finished.");
    task.status = "CANCELLED";
    task.completedAtMs = this.#kernel.nowMs;
  }

  #finish(task: ExportTask): void {
    if (!active(task)) return;
    const nowMs = this.#kernel.nowMs;
    for (const stream of task.group.streams.values()) {
      if (stream.name.startsWith(task.streamPrefix)) this.#write(task, stream, nowMs);
    }
    task.status = "COMPLETED";
    task.completedAtMs = nowMs;
  }

  #write(task: ExportTask, stream: LogStream, nowMs: number): void {
    const query = { fromMs: task.fromMs, toMs: task.toMs, limit: Number.POSITIVE_INFINITY, forward: true };
    const events = readStream(stream, query, nowMs);
    if (events.length === 0) return;
    const text = events.map((event) => `${new Date(event.atMs).toISOString()} ${event.message}\n`).join("");
    const key = `${task.prefix}/${task.id}/${stream.name.replaceAll("/", "-")}/000000.gz`;
    task.bucket.write(key, new StoredContent(gzipSync(text)), { atMs: nowMs, origin: "client" });
  }
}

/** Whether a task is under way. */
function active(task: ExportTask): boolean {
  return task.status === "PENDING" || task.status === "RUNNING";
}
