import { Worker } from "node:worker_threads";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { IncidentSummary } from "./contract.ts";
import type { RecordEntry } from "./entries.ts";
import type { FromWorker, WorkerTask } from "./protocol.ts";
import { hostName, machineBootId } from "./this-machine.ts";
import { workerLocation } from "./worker-location.ts";

/** Where the worker's code lies, when it is neither beside the source nor beside the bundle. */
export interface ReadOptions {
  workerUrl?: URL | string;
}

/**
 * Every entry of the record in `folder`, oldest first, without writing to it; also of a record that a killed process left.
 * Rejects with a Failure (`not-found` without a record, otherwise `invalid`).
 */
export async function readRecord(folder: string, options: ReadOptions = {}): Promise<RecordEntry[]> {
  const entries: RecordEntry[] = [];
  await ask({ task: "read", folder }, options, (message) => {
    if (message.type === "chunk") for (const entry of message.entries) entries.push(entry);
  });
  return entries;
}

/** All incidents under the state directory, newest first; unreadable ones are listed with their problem. */
export async function listIncidents(directory: string, options: ReadOptions = {}): Promise<IncidentSummary[]> {
  let incidents: IncidentSummary[] = [];
  const task: WorkerTask = { task: "list", stateDirectory: directory, host: hostName(), bootId: machineBootId() };
  await ask(task, options, (message) => {
    if (message.type === "listed") incidents = message.incidents;
  });
  return incidents;
}

/** Runs a one-off worker to its end. */
function ask(task: WorkerTask, options: ReadOptions, take: (message: FromWorker) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(options.workerUrl ?? workerLocation(import.meta.url), { workerData: task });
    const what = task.task === "read" ? `reading the record in ${task.folder}` : "listing the incidents";
    worker.on("message", (message: FromWorker) => {
      if (message.type !== "request-failed") return take(message);
      const why = sanitizeLine(message.reason);
      const kind = why.startsWith("there is no record") ? "not-found" : "invalid";
      reject(new Failure({ kind, what, why, next: "`mayday list` shows the incidents that can be read." }));
    });
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}
