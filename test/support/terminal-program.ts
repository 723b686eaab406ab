import { join } from "node:path";
import pty, { type IPty } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import type { ScreenCell } from "../../scripts/docs/screen-svg.ts";

export const LAUNCHER = join(import.meta.dirname, "..", "..", "bin", "mayday.js");

/** The 16 colours of a terminal with a dark background. */
const PALETTE = [
  "#1c2028",
  "#e06c75",
  "#98c379",
  "#d9a94f",
  "#61afef",
  "#c678dd",
  "#56b6c2",
  "#c8ccd4",
  "#7f8694",
  "#ff7b86",
  "#b5e08f",
  "#f0c674",
  "#82c4ff",
  "#dd9bf0",
  "#7fd6e0",
  "#ffffff",
];

export interface ProgramOptions {
  columns?: number;
  rows?: number;
  /** What is run instead of the launcher and its Node; then `env` is all the environment that it gets. */
  program?: string[];
  /** On top of a clean environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Keep every byte that the program wrote. */
  record?: boolean;
}

/**
 * The real program in a real pseudo-terminal, with an emulator that keeps the screen as a person would see it. Tests wait for
 * conditions on that screen, never for a time.
 */
export class TerminalProgram {
  readonly exited: Promise<{ exitCode: number; signal?: number }>;
  raw = "";
  readonly #pty: IPty;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  readonly #watchers = new Set<() => void>();
  #ended = false;

  constructor(args: string[], options: ProgramOptions = {}) {
    const { columns = 120, rows = 40 } = options;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 500 });
    const [file = "", ...before] = options.program ?? [process.execPath, LAUNCHER];
    this.#pty = pty.spawn(file, [...before, ...args], {
      name: "xterm-256color",
      cols: columns,
      rows,
      cwd: options.cwd ?? process.cwd(),
      env: options.program ? definedOnly(options.env ?? {}) : environment(options.env ?? {}),
    });
    this.#terminal.onData((reply) => {
      if (!this.#ended) this.#pty.write(reply);
    });
    this.#pty.onData((data) => {
      if (options.record) this.raw += data;
      this.#terminal.write(data, () => {
        for (const watcher of this.#watchers) watcher();
      });
    });
    this.exited = new Promise((resolve) => {
      this.#pty.onExit((event) => {
        this.#ended = true;
        // What was written last is still being parsed: an empty write comes after it.
        this.#terminal.write("", () => resolve(event));
      });
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  /** True while the program is on the alternate screen. */
  get fullScreen(): boolean {
    return this.#terminal.buffer.active.type === "alternate";
  }

  /** The screen's lines, as they stand. */
  lines(): string[] {
    const buffer = this.#terminal.buffer.active;
    return Array.from(
      { length: this.#terminal.rows },
      (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? "",
    );
  }

  screen(): string {
    return this.lines().join("\n");
  }

  /** The screen's cells with their styles, for pictures. */
  cells(): ScreenCell[][] {
    const buffer = this.#terminal.buffer.active;
    return Array.from({ length: this.#terminal.rows }, (_, row) => {
      const line = buffer.getLine(buffer.baseY + row);
      return Array.from({ length: this.#terminal.cols }, (_, column): ScreenCell => {
        const cell = line?.getCell(column);
        if (!cell) return { text: " ", foreground: undefined, background: undefined, bold: false, dim: false };
        const foreground = cell.isFgPalette() ? PALETTE[cell.getFgColor()] : undefined;
        const background = cell.isBgPalette() ? PALETTE[cell.getBgColor()] : undefined;
        const inverse = cell.isInverse() !== 0;
        return {
          text: cell.getChars() || " ",
          foreground: inverse ? (background ?? "#11151c") : foreground,
          background: inverse ? (foreground ?? "#d5d9e0") : background,
          bold: cell.isBold() !== 0,
          dim: cell.isDim() !== 0,
        };
      });
    });
  }

  /** Everything that scrolled by on the normal screen too. */
  transcript(): string {
    const buffer = this.#terminal.buffer.active;
    return Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? "").join(
      "\n",
    );
  }

  /** Resolves when the screen satisfies the condition; rejects with the screen after `timeoutMs`. */
  async waitFor(condition: RegExp | ((program: TerminalProgram) => boolean), timeoutMs = 30_000): Promise<void> {
    const holds = typeof condition === "function" ? () => condition(this) : () => condition.test(this.screen());
    // In the middle of a frame a line can be missing that neither the frame before nor the one after is without.
    const met = () => !this.#terminal.modes.synchronizedOutputMode && holds();
    if (met()) return;
    await new Promise<void>((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(check);
      };
      const check = () => {
        if (!met()) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`not seen within ${timeoutMs} ms: ${condition}\n${this.screen()}`));
      }, timeoutMs);
      this.#watchers.add(check);
    });
  }

  /** Types text or control sequences. */
  press(keys: string): void {
    if (!this.#ended) this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** Nothing that the program writes is read any more, as when a link hangs, until `resume`. */
  stall(): void {
    this.#pty.pause();
  }

  resume(): void {
    this.#pty.resume();
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    if (!this.#ended) this.#pty.kill(signal);
  }
}

/** Credentials that the simulated account takes, as environment variables. */
export const SIMULATED_CREDENTIALS = { AWS_ACCESS_KEY_ID: "simulated", AWS_SECRET_ACCESS_KEY: "simulated" };

/** The flags that point a command at a simulated account and a state folder of its own. */
export function simulatedConnection(endpoint: string, stateDirectory: string): string[] {
  const lakehouse = ["--project", "lakehouse", "--env", "prod", "--region", "us-east-1"];
  return [...lakehouse, "--endpoint", endpoint, "--state-directory", stateDirectory];
}

/** What a person's shell has, without what a test runner and a CI add, and without AWS settings of this machine. */
export function environment(extra: Record<string, string | undefined>): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|CI$|VITEST|NODE_ENV|FORCE_COLOR|NO_COLOR|MAYDAY_|XDG_|TMUX|STY)/.test(name),
  );
  const merged = {
    ...Object.fromEntries(inherited),
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    AWS_EC2_METADATA_DISABLED: "true",
    ...extra,
  };
  return definedOnly(merged);
}

function definedOnly(variables: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
