import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pty, { type IPty } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import {
  environment,
  LAUNCHER,
  SIMULATED_CREDENTIALS,
  simulatedConnection,
} from "../../test/support/terminal-program.ts";
import { Link, type LinkSpeed } from "./link.ts";
import { cpuMs, rssMb } from "./process-usage.ts";

export interface Size {
  columns: number;
  rows: number;
}

export interface WatchedOptions extends Size {
  /** Ink's own output instead of the layer that writes changed cells. */
  plain?: boolean;
  /** A link between the program and its terminal. */
  link?: LinkSpeed;
  /** Keep every byte. */
  record?: boolean;
}

/** What a stretch of time cost. */
export interface Cost {
  bytesPerSecond: number;
  /** Of one core, percent. */
  cpuPercent: number;
  rssMb: number;
}

/** A cockpit on a simulated account, in a pseudo-terminal whose bytes are counted, or another full-screen program. */
export class WatchedProgram {
  readonly exited: Promise<void>;
  bytes = 0;
  recorded: Buffer[] = [];
  readonly #pty: IPty;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  readonly #link: Link | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), "mayday-bench-"));
  readonly #watchers = new Set<() => void>();
  #stalled = false;
  #ended = false;

  /** Opens `mayday start` on a simulated account. */
  static cockpit(endpoint: string, options: WatchedOptions): WatchedProgram {
    return new WatchedProgram(
      (folder) => [process.execPath, LAUNCHER, "start", ...simulatedConnection(endpoint, folder)],
      options,
    );
  }

  constructor(command: (folder: string) => string[], options: WatchedOptions) {
    const { columns, rows, plain, link, record } = options;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
    const [file = "", ...args] = command(this.#folder);
    this.#pty = pty.spawn(file, args, {
      name: "xterm-256color",
      cols: columns,
      rows,
      cwd: this.#folder,
      env: environment({ ...SIMULATED_CREDENTIALS, ...(plain ? { MAYDAY_PLAIN_OUTPUT: "1" } : {}) }),
      encoding: null,
    });
    this.#link = link && new Link(link, (bytes) => this.#show(bytes), this.#pty);
    this.#terminal.onData((answer) => this.press(answer));
    this.#pty.onData((data) => {
      const bytes = Buffer.from(data as unknown as Uint8Array);
      this.bytes += bytes.length;
      if (record) this.recorded.push(bytes);
      if (this.#link) this.#link.down(bytes);
      else this.#show(bytes);
    });
    this.exited = new Promise((resolve) => {
      this.#pty.onExit(() => {
        this.#ended = true;
        this.#link?.close();
        rmSync(this.#folder, { recursive: true, force: true });
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  get rssMb(): number {
    return rssMb(this.pid);
  }

  screen(): string {
    const { active } = this.#terminal.buffer;
    return Array.from(
      { length: this.#terminal.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? "",
    ).join("\n");
  }

  press(keys: string): void {
    const send = () => {
      if (!this.#ended) this.#pty.write(keys);
    };
    if (this.#link) this.#link.up(send);
    else send();
  }

  /** Nothing is read any more, as when a link hangs. */
  stall(): void {
    this.#stalled = true;
    this.#pty.pause();
  }

  resume(): void {
    this.#stalled = false;
    this.#pty.resume();
  }

  get stalled(): boolean {
    return this.#stalled;
  }

  /** Machine ms until the screen satisfies the condition. @throws with the screen after `withinMs`. */
  async shows(condition: (screen: string) => boolean, withinMs = 30_000): Promise<number> {
    const startedMs = performance.now();
    if (condition(this.screen())) return 0;
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(check);
      };
      const check = () => {
        if (!condition(this.screen())) return;
        done();
        resolve(performance.now() - startedMs);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`not seen within ${withinMs} ms\n${this.screen()}`));
      }, withinMs);
      this.#watchers.add(check);
    });
  }

  /** Bytes, CPU and memory over so many machine ms. */
  async cost(durationMs: number): Promise<Cost> {
    const before = { bytes: this.bytes, cpu: cpuMs(this.pid), atMs: performance.now() };
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    const elapsedMs = performance.now() - before.atMs;
    return {
      bytesPerSecond: ((this.bytes - before.bytes) * 1000) / elapsedMs,
      cpuPercent: ((cpuMs(this.pid) - before.cpu) * 100) / elapsedMs,
      rssMb: this.rssMb,
    };
  }

  async end(): Promise<void> {
    if (!this.#ended) this.#pty.kill("SIGKILL");
    await this.exited;
  }

  #show(bytes: Buffer): void {
    this.#terminal.write(bytes, () => {
      for (const watcher of this.#watchers) watcher();
    });
  }
}
