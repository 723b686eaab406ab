import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { FactReader } from "../fact.ts";
import type { EcsTask, TaskDefinition } from "./ecs.ts";

/** A line of a log group. `task`: the id of the ECS task that wrote it, the last part of its stream. */
export interface LogEvent {
  atMs: number;
  task: string;
  text: string;
}

export interface LogExcerpt {
  logGroup: string;
  fromMs: number;
  toMs: number;
  /** Oldest first. */
  events: LogEvent[];
  /** False: there was more than was read. */
  whole: boolean;
}

export const LOG_OPERATIONS = ["logs:FilterLogEvents"];

/** Characters of a line that are looked at; a Java or Python error is told in the first of them. */
const TEXT_LIMIT = 1000;

export interface LogQuestion {
  logGroup: string;
  fromMs: number;
  toMs: number;
  /** CloudWatch's filter pattern: `?one ?"two words"` finds lines with either. */
  pattern?: string;
  streams?: string[];
  /** Pages with events that are read at most: a page is 1 MB or 10 000 events, and the API allows few calls a second. */
  pages: number;
}

/** Reads a stretch of a log group. A stream that does not exist has no lines. Rejects with a Failure. */
export async function readLog(reader: FactReader, question: LogQuestion): Promise<LogExcerpt> {
  const { logGroup, fromMs, toMs, pattern, streams } = question;
  const events: LogEvent[] = [];
  let nextToken: string | undefined;
  let pages = 0;
  do {
    const output = await reader
      .call("logs", "FilterLogEvents", {
        logGroupName: logGroup,
        startTime: Math.floor(fromMs),
        endTime: Math.floor(toMs),
        ...(pattern === undefined ? {} : { filterPattern: pattern }),
        ...(streams === undefined ? {} : { logStreamNames: streams }),
        ...(nextToken === undefined ? {} : { nextToken }),
      })
      .catch((error: unknown) => {
        // A task that never wrote has no stream.
        if (streams !== undefined && error instanceof Failure && error.kind === "not-found")
          return { events: [], nextToken: undefined };
        throw error;
      });
    for (const event of output.events ?? []) {
      events.push({
        atMs: event.timestamp ?? 0,
        task: sanitizeLine(event.logStreamName?.split("/").at(-1) ?? ""),
        text: sanitizeLine((event.message ?? "").slice(0, TEXT_LIMIT)),
      });
    }
    // Empty pages beside a token are normal where a filter finds nothing.
    if ((output.events ?? []).length > 0) pages += 1;
    nextToken = output.nextToken;
  } while (nextToken !== undefined && pages < question.pages);
  return { logGroup, fromMs, toMs, events: events.sort((a, b) => a.atMs - b.atMs), whole: nextToken === undefined };
}

/** The last lines of one container of a task. */
export interface LogEnd {
  task: string;
  container: string;
  /** Oldest first. */
  lines: { atMs: number; text: string }[];
}

/** How far before its end a process's lines are read, domain ms; and after it, as lines may be stamped late. */
const BEFORE_END_MS = 10 * 60_000;
const AFTER_END_MS = 30_000;
/** Lines that are kept of an end. */
const END_LINES = 60;

/** The last lines of the container of a stopped task, by its definition's awslogs configuration; undefined where it has none. */
export async function readLogEnd(
  reader: FactReader,
  task: EcsTask,
  container: string,
  definition: TaskDefinition | undefined,
): Promise<LogEnd | undefined> {
  const { logGroup, logPrefix } = definition?.containers.find(({ name }) => name === container) ?? {};
  if (logGroup === undefined || logPrefix === undefined || task.stoppedAtMs === undefined) return undefined;
  const { events } = await readLog(reader, {
    logGroup,
    fromMs: Math.max(task.startedAtMs ?? 0, task.stoppedAtMs - BEFORE_END_MS),
    toMs: task.stoppedAtMs + AFTER_END_MS,
    // awslogs names a stream prefix/container/task id (Amazon ECS developer guide, awslogs-stream-prefix).
    streams: [`${logPrefix}/${container}/${task.id}`],
    pages: 3,
  });
  return { task: task.id, container, lines: events.slice(-END_LINES).map(({ atMs, text }) => ({ atMs, text })) };
}
