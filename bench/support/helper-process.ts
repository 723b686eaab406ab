import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** A process of the bench that prints lines of JSON, and ends when its standard input does. */
export class HelperProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  /** @param command arguments of node. */
  constructor(command: readonly string[]) {
    this.#child = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "inherit"] });
    const lines: Interface = createInterface({ input: this.#child.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next line. @throws when the process ends instead. */
  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the process ended without an answer");
    return JSON.parse(value) as T;
  }

  /** What it answers to a line. @throws when the process ends instead. */
  ask<T>(line: string): Promise<T> {
    this.#child.stdin.write(`${line}\n`);
    return this.next<T>();
  }

  async end(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await exited;
  }
}
