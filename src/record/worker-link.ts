import { Worker } from "node:worker_threads";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { RecordEntry } from "./entries.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./protocol.ts";
import { workerLocation } from "./worker-location.ts";

interface LinkListeners {
  /** Everything that is not the answer to a request. */
  message: (message: FromWorker) => void;
  /** The worker died; another one is started after a pause. */
  lost: (reason: string) => void;
  restarted: () => void;
}

interface Request {
  entries: RecordEntry[];
  resolve: (answer: { entries: RecordEntry[]; alive: string[] }) => void;
  reject: (error: unknown) => void;
}

/** Machine ms before a worker that died is started again. */
const RESTART_MS = 1_000;

/** The main thread's end of the writing worker: requests with answers, and a new worker when one dies. */
export class WorkerLink {
  readonly #task: WorkerTask;
  readonly #workerUrl: URL | string;
  readonly #listeners: LinkListeners;
  readonly #requests = new Map<number, Request>();
  #worker: Worker;
  #nextRequest = 1;
  #closing = false;
  #isDead = false;
  #closed: (() => void) | undefined;
  #restart: NodeJS.Timeout | undefined;

  constructor(task: WorkerTask, workerUrl: URL | string | undefined, listeners: LinkListeners) {
    this.#task = task;
    this.#workerUrl = workerUrl ?? workerLocation(import.meta.url);
    this.#listeners = listeners;
    this.#worker = this.#start();
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  async entries(fromSeq: number): Promise<RecordEntry[]> {
    return (await this.#ask((request) => ({ type: "entries", request, fromSeq }))).entries;
  }

  async liveWriters(): Promise<string[]> {
    return (await this.#ask((request) => ({ type: "writers", request }))).alive;
  }

  /** Lets the worker write what is pending for at most `withinMs` machine ms, then ends it. */
  async close(withinMs: number): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    await new Promise<void>((resolve) => {
      if (this.#isDead) return resolve();
      this.#closed = resolve;
      this.send({ type: "close", withinMs });
      // A worker that is stuck in the file system cannot answer: it is ended from here.
      setTimeout(resolve, withinMs + 1_000).unref();
    });
    await this.#worker.terminate();
    this.#rejectRequests("the record is closed");
  }

  #start(): Worker {
    const worker = new Worker(this.#workerUrl, {
      workerData: this.#task,
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    worker.on("message", (message: FromWorker) => this.#take(message));
    worker.on("error", (error: unknown) => this.#lost(error instanceof Error ? error.message : String(error)));
    return worker;
  }

  #take(message: FromWorker): void {
    if (message.type === "closed") this.#closed?.();
    else if (message.type === "chunk") {
      const request = this.#requests.get(message.request);
      for (const entry of message.entries) request?.entries.push(entry);
      if (message.last) this.#answer(message.request, []);
    } else if (message.type === "writers") this.#answer(message.request, message.alive);
    else if (message.type === "request-failed" && message.request > 0) {
      this.#requests.get(message.request)?.reject(requestFailure(message.reason));
      this.#requests.delete(message.request);
    } else this.#listeners.message(message);
  }

  #answer(id: number, alive: string[]): void {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    request?.resolve({ entries: request.entries, alive });
  }

  #ask(message: (request: number) => ToWorker): Promise<{ entries: RecordEntry[]; alive: string[] }> {
    if (this.#closing) return Promise.reject(requestFailure("the record is closed"));
    return new Promise((resolve, reject) => {
      const request = this.#nextRequest++;
      this.#requests.set(request, { entries: [], resolve, reject });
      this.send(message(request));
    });
  }

  #lost(reason: string): void {
    this.#isDead = true;
    this.#rejectRequests(reason);
    if (this.#closing) {
      this.#closed?.();
      return;
    }
    this.#listeners.lost(`the record's worker ended: ${sanitizeLine(reason)}`);
    this.#restart = setTimeout(() => {
      this.#isDead = false;
      this.#worker = this.#start();
      this.#listeners.restarted();
    }, RESTART_MS);
  }

  #rejectRequests(reason: string): void {
    for (const request of this.#requests.values()) request.reject(requestFailure(reason));
    this.#requests.clear();
  }
}

function requestFailure(reason: string): Failure {
  return new Failure({
    kind: "invalid",
    what: "reading the record",
    why: sanitizeLine(reason),
    next: "Check the disk that holds the incident's folder; `mayday list` shows it.",
  });
}
