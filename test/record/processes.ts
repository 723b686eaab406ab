import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A child process that runs a TypeScript file of this folder, with its lines of output as they come. */
export class TestProcess {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly ended: Promise<number | null>;

  constructor(file: string, parameters: string[], wrapper: string[] = []) {
    const script = fileURLToPath(new URL(file, import.meta.url));
    const [command = process.execPath, ...rest] = [...wrapper, process.execPath, script, ...parameters];
    this.child = spawn(command, rest, { stdio: ["ignore", "pipe", "inherit"] });
    const reader = createInterface({ input: this.child.stdout! });
    reader.on("line", (line) => this.lines.push(line));
    this.ended = new Promise((resolve) => {
      // The lines end with the pipe, which may be after the process.
      reader.on("close", () =>
        this.child.exitCode === null && this.child.signalCode === null
          ? this.child.once("exit", resolve)
          : resolve(this.child.exitCode),
      );
    });
  }

  get entries(): { seq: number; id: string }[] {
    return this.lines.flatMap((line) => {
      const match = /^(\d+) (\S+)$/.exec(line);
      return match ? [{ seq: Number(match[1]), id: match[2] ?? "" }] : [];
    });
  }
}
