import { Transform } from "node:stream";
import type { ContainerLog } from "./contract.ts";
import { dockerFailed } from "./failure.ts";
import { type DockerCommand, streamDocker } from "./process.ts";

/** Lines of a log begin with their time; docker's own words, on the same standard error, do not. */
const STAMPED = /^\d{4}-\d\d-\d\dT/;
const STAMP_BYTES = "2026-01-15T".length;
/** Bytes of docker's own words that are kept. */
const WORDS_BYTES = 8192;

/**
 * Reads a container's log as docker sends it, without holding more of it than the streams' buffers. When `signal` aborts, docker is ended
 * and `ended` rejects with its reason.
 */
export function logStream(
  docker: DockerCommand,
  args: readonly string[],
  signal: AbortSignal | undefined,
): ContainerLog {
  const running = streamDocker(docker, "Logs", args);
  let words = "";
  const stderr = running.stderr.pipe(withoutWords((text) => (words = (words + text).slice(-WORDS_BYTES))));
  const { stdout } = running;
  const onAbort = () => {
    running.end();
    stdout.destroy();
    stderr.destroy();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  const ended = running.ended
    .then((code) => {
      signal?.throwIfAborted();
      if (code !== 0) throw dockerFailed("Logs", code, words);
    })
    .finally(() => signal?.removeEventListener("abort", onAbort));
  return { stdout, stderr, ended };
}

/** Lets lines with a time pass and gives all others to `take`. Of a line no more is held than its beginning, which decides. */
function withoutWords(take: (words: string) => void): Transform {
  let beginning = Buffer.alloc(0);
  let passes: boolean | undefined;
  const put = (stream: Transform, part: Buffer) => {
    if (passes) stream.push(part);
    else take(part.toString("utf8"));
  };
  const begin = (stream: Transform, line: Buffer) => {
    passes = STAMPED.test(line.subarray(0, STAMP_BYTES).toString("latin1"));
    put(stream, line);
    beginning = Buffer.alloc(0);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let from = 0; from < chunk.byteLength; ) {
        const newline = chunk.indexOf(10, from);
        const to = newline < 0 ? chunk.byteLength : newline + 1;
        const part = chunk.subarray(from, to);
        if (passes !== undefined) put(this, part);
        else {
          beginning = Buffer.concat([beginning, part]);
          if (newline >= 0 || beginning.byteLength >= STAMP_BYTES) begin(this, beginning);
        }
        if (newline >= 0) passes = undefined;
        from = to;
      }
      done();
    },
    flush(done) {
      if (beginning.byteLength > 0) begin(this, beginning);
      done();
    },
  });
}
