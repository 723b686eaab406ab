import type { LogStream } from "../logs/log-store.ts";
import type { Container } from "./model.ts";

/** A line of a container's log. */
export interface ContainerLine {
  atMs: number;
  stream: "stdout" | "stderr";
  message: string;
}

const MINUTE_MS = 60_000;
/** uvicorn's access lines go to standard output; Python's logging and tracebacks to standard error. */
const ACCESS_LINE = /^INFO: {5}/;

/** The container's lines of all its lives from `fromMs` to `toMs`, both inclusive, in order of time: made as they are asked for, and none of a pause. */
export function* linesOf(container: Container, fromMs: number, toMs: number): Generator<ContainerLine> {
  for (const log of container.logs) yield* linesOfLife(log, container, fromMs, toMs);
}

function* linesOfLife(log: LogStream, container: Container, fromMs: number, toMs: number): Generator<ContainerLine> {
  const span = log.span(toMs);
  const firstMs = Math.max(span.firstMs, Math.floor(fromMs / MINUTE_MS) * MINUTE_MS);
  for (let minuteMs = firstMs; minuteMs <= Math.min(span.lastMs, toMs); minuteMs += MINUTE_MS) {
    for (const { atMs, message } of log.between(Math.max(minuteMs, fromMs), Math.min(minuteMs + MINUTE_MS, toMs + 1))) {
      if (container.pauses.some((pause) => atMs >= pause.fromMs && atMs < pause.toMs)) continue;
      yield { atMs, stream: ACCESS_LINE.test(message) ? "stdout" : "stderr", message };
    }
  }
}
