import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../base/clock.ts";
import { listIncidentsBlocking } from "./list-blocking.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./protocol.ts";
import { readChunks } from "./read-blocking.ts";
import { storageReason } from "./sqlite-error.ts";
import { RecordWriter } from "./writer.ts";

// The record worker: the only thread that touches the database (SQLite's calls block, and a blocked key is not acceptable
// in an incident). It runs on the machine's clock: domain time reaches it inside the drafts.

const port = parentPort;
if (!port) throw new Error("the record worker was started outside a worker thread");
const post = (message: FromWorker) => port.postMessage(message);
const task = workerData as WorkerTask;

function write(folder: string, writer: Extract<WorkerTask, { task: "write" }>["writer"]): void {
  const recordWriter = new RecordWriter(folder, writer, systemClock(), post);
  port?.on("message", (message: ToWorker) => {
    if (message.type === "append") recordWriter.append(message.drafts);
    else if (message.type === "allow-unsaved") recordWriter.allowUnsaved(message.allowed);
    else if (message.type === "entries") recordWriter.sendEntries(message.request, message.fromSeq);
    else if (message.type === "writers") recordWriter.sendLiveWriters(message.request);
    else recordWriter.close(message.withinMs);
  });
}

function answerOnce(answer: () => void): void {
  try {
    answer();
  } catch (error) {
    post({ type: "request-failed", request: 0, reason: storageReason(error) });
  }
}

if (task.task === "write") write(task.folder, task.writer);
else if (task.task === "read") {
  answerOnce(() => readChunks(task.folder, (entries, last) => post({ type: "chunk", request: 0, entries, last })));
} else {
  answerOnce(() =>
    post({ type: "listed", incidents: listIncidentsBlocking(task.stateDirectory, task.host, task.bootId) }),
  );
}
