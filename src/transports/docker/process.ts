import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import { badAnswer, dockerFailed, noAnswer, notStarted } from "./failure.ts";

/** How docker is called. */
export interface DockerCommand {
  /** The program and the arguments that come before docker's own: `["docker"]`. */
  command: readonly string[];
  environment: NodeJS.ProcessEnv;
  clock: Clock;
}

export interface RunLimits {
  /** Machine ms after which it is given up. */
  timeoutMs: number;
  /** Bytes of standard output that are taken. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
}

/** Of standard error the end is kept: what went wrong is said last. Bytes. */
const ERROR_BYTES = 32_768;
/** Machine ms from TERM to KILL. */
const KILL_AFTER_MS = 2000;

/** Runs docker to its end and returns its standard output. Rejects with a Failure, or with the signal's reason. */
export async function runDocker(
  docker: DockerCommand,
  operation: string,
  args: readonly string[],
  limits: RunLimits,
): Promise<string> {
  const { signal, timeoutMs, maxBytes } = limits;
  signal?.throwIfAborted();
  const child = start(docker, args);
  const out: Buffer[] = [];
  let bytes = 0;
  // Whoever waits goes on at once; docker is ended meanwhile.
  const { promise: given, reject } = Promise.withResolvers<never>();
  const giveUp = (reason: unknown) => {
    reject(reason);
    end(child, docker.clock);
  };
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) giveUp(badAnswer(operation, `docker wrote more than ${maxBytes} bytes`));
    else out.push(chunk);
  });
  const words = tail(child.stderr);
  const onAbort = () => giveUp(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const box = new AbortController();
  docker.clock.sleep(timeoutMs, box.signal).then(
    () => giveUp(noAnswer(operation, timeoutMs)),
    () => undefined,
  );
  try {
    const code = await Promise.race([ending(child, operation), given]);
    if (code !== 0) throw dockerFailed(operation, code, words());
    return Buffer.concat(out).toString("utf8");
  } finally {
    box.abort();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** A docker that writes for long: its two outputs as they come. The reader's pace is docker's own. */
export interface RunningDocker {
  stdout: Readable;
  stderr: Readable;
  /** docker's exit code. Rejects with a Failure when it could not be started. */
  ended: Promise<number | null>;
  end(): void;
}

/** Starts docker and leaves reading it to the caller. */
export function streamDocker(docker: DockerCommand, operation: string, args: readonly string[]): RunningDocker {
  const child = start(docker, args);
  const { stdout, stderr } = child;
  return { stdout, stderr, ended: ending(child, operation), end: () => end(child, docker.clock) };
}

function start(docker: DockerCommand, args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  const [program = "docker", ...before] = docker.command;
  return spawn(program, [...before, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: docker.environment,
    // A compose file or .env of whatever folder mayday was started in must not count.
    cwd: "/",
    // A session of its own: Ctrl-C does not reach it half-way, and an ssh below it cannot ask for a password on the cockpit's terminal.
    detached: true,
  });
}

function ending(child: ChildProcess, operation: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(notStarted(operation, error)));
    child.once("close", (code) => resolve(code));
  });
}

/** Ends docker and what it has started (its plugins): TERM, then KILL. */
function end(child: ChildProcess, clock: Clock): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // ESRCH: it has ended by itself, which is all that is wanted.
    }
  };
  send("SIGTERM");
  const ended = new AbortController();
  child.once("close", () => ended.abort());
  clock.sleep(KILL_AFTER_MS, ended.signal).then(
    () => send("SIGKILL"),
    () => undefined,
  );
}

/** The end of what a stream says, as text. */
function tail(stream: Readable): () => string {
  let kept = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-ERROR_BYTES);
  });
  return () => kept.toString("utf8");
}
