import { Transform } from "node:stream";
import type { ContainerLog } from "./contract.ts";
import { dockerFailed } from "./failure.ts";
import { type DockerCommand, streamDocker } from "./process.ts";

/** Lines of a log begin with their time; docker's own words, on the same standard error, do not. */
const STAMPED = /^\d{4}-\d\d-\d\dT/;
const NEWLINE = 10;
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
  // Whoever waits goes on at once; docker is ended meanwhile.
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    reject(signal?.reason);
    running.end();
    stdout.destroy();
    stderr.destroy();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  const ended = Promise.race([running.ended, aborted])
    .then((code) => {
      if (code !== 0) throw dockerFailed("Logs", code, words);
    })
    .finally(() => signal?.removeEventListener("abort", onAbort));
  // A reader that has failed itself may never ask how it ended.
  ended.catch(() => undefined);
  return { stdout, stderr, ended };
}

/** Lets lines with a time pass and gives all others to `take`. Of a line no more is held than its beginning, which decides. */
function withoutWords(take: (words: string) => void): Transform {
  let beginning = Buffer.alloc(0);
  /** Whether the line that goes on passes; undefined at the beginning of one. */
  let passes: boolean | undefined;
  const decide = (line: Buffer) => STAMPED.test(line.subarray(0, STAMP_BYTES).toString("latin1"));
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const all = beginning.byteLength === 0 ? chunk : Buffer.concat([beginning, chunk]);
      beginning = Buffer.alloc(0);
      // What passes is handed on in stretches, not line by line.
      let stretchFrom = 0;
      let from = 0;
      const handOn = (to: number) => {
        if (to > stretchFrom) this.push(all.subarray(stretchFrom, to));
      };
      while (from < all.byteLength) {
        const newline = all.indexOf(NEWLINE, from);
        const to = newline < 0 ? all.byteLength : newline + 1;
        if (passes === undefined) {
          if (newline < 0 && to - from < STAMP_BYTES) break;
          passes = decide(all.subarray(from, to));
        }
        if (!passes) {
          handOn(from);
          take(all.toString("utf8", from, to));
          stretchFrom = to;
        }
        if (newline >= 0) passes = undefined;
        from = to;
      }
      handOn(from);
      beginning = Buffer.from(all.subarray(from));
      done();
    },
    flush(done) {
      if (beginning.byteLength > 0 && decide(beginning)) this.push(beginning);
      else take(beginning.toString("utf8"));
      done();
    },
  });
}
