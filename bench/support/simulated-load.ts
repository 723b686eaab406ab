import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** The simulated account in a process of its own, with a steady rate of log lines. */
export class SimulatedLoad {
  readonly endpoint: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, lines: Interface, endpoint: string) {
    this.#child = child;
    this.#lines = lines;
    this.endpoint = endpoint;
  }

  static async start(linesPerSecond: number): Promise<SimulatedLoad> {
    const script = join(import.meta.dirname, "load-simulator.ts");
    const child = spawn(process.execPath, [script, String(linesPerSecond)], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    const { endpoint } = await nextAnswer<{ endpoint: string }>(lines);
    return new SimulatedLoad(child, lines, endpoint);
  }

  /** Lines written so far. */
  async written(): Promise<number> {
    this.#child.stdin.write("?");
    return (await nextAnswer<{ written: number }>(this.#lines)).written;
  }

  stop(): void {
    this.#child.stdin.end();
  }
}

function nextAnswer<T>(lines: Interface): Promise<T> {
  return new Promise((resolve) => lines.once("line", (line) => resolve(JSON.parse(line) as T)));
}
