import { systemClock } from "../base/clock.ts";
import { drawOpening } from "../cockpit/opening.ts";
import { type CellDifferenceTerminal, cellDifferenceTerminal } from "../terminal/cell-difference.ts";
import { preferLittleMemory } from "./memory.ts";
import { adoptSkeleton } from "./skeleton.ts";
import { terminalStyle } from "./terminal.ts";

const ENTER = "\u001b[?1049h";
const LEAVE = "\u001b[?1049l";
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const INTERRUPT = 0x03;
const ENDING_SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;

/**
 * The screen from the first moments of the program until the cockpit takes it over: the cockpit's frame without data. What is typed
 * meanwhile is kept for the cockpit; Ctrl-C ends the program at once.
 */
export class OpeningScreen {
  readonly #heading: string;
  readonly #terminal: CellDifferenceTerminal;
  readonly #clock = systemClock();
  readonly #draw = () => this.#drawNow();
  readonly #keep = () => this.#keepTyped();
  readonly #end = (signal: NodeJS.Signals) => void this.hide().then(() => process.kill(process.pid, signal));
  #typed: Buffer[] = [];
  #shown = false;
  #handedOver = false;

  /** @param heading what is being opened, for the first line. */
  constructor(heading: string) {
    this.#heading = heading;
    // Before the launcher's own listeners go: a signal that waits while nobody listens would be lost.
    this.#watchSignals();
    const alternate = adoptSkeleton();
    this.#terminal = cellDifferenceTerminal({ stdin: process.stdin, stdout: process.stdout, alternate });
    this.#show();
  }

  /** Gives the terminal to the cockpit, with what was typed so far. */
  handOver(): CellDifferenceTerminal {
    this.#stopListening();
    this.#handedOver = true;
    if (this.#typed.length > 0) this.#terminal.stdin.unshift(Buffer.concat(this.#typed.splice(0)));
    return this.#terminal;
  }

  /** Restores the terminal, unless the cockpit has it. */
  async hide(): Promise<void> {
    if (this.#handedOver || !this.#shown) return;
    this.#shown = false;
    this.#stopListening();
    this.#terminal.stdin.setRawMode(false);
    await this.#terminal.drain();
    this.#terminal.stdout.write(`${LEAVE}${SHOW_CURSOR}`);
  }

  /** Does something on the plain terminal, such as asking a question, and comes back. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    await this.hide();
    try {
      return await work();
    } finally {
      this.#watchSignals();
      this.#show();
    }
  }

  #show(): void {
    this.#shown = true;
    const { stdin, stdout } = this.#terminal;
    stdout.write(ENTER);
    stdout.write(HIDE_CURSOR);
    stdin.setRawMode(true);
    stdin.on("readable", this.#keep);
    stdout.on("resize", this.#draw);
    this.#drawNow();
  }

  #watchSignals(): void {
    for (const signal of ENDING_SIGNALS) process.on(signal, this.#end);
  }

  #drawNow(): void {
    const { stdout } = this.#terminal;
    const frame = drawOpening({
      heading: this.#heading,
      clock: this.#clock,
      size: { columns: stdout.columns, rows: stdout.rows },
      ...terminalStyle(process.env),
    });
    if (frame !== undefined) stdout.write(frame);
  }

  #keepTyped(): void {
    for (;;) {
      const chunk = this.#terminal.stdin.read() as Buffer | null;
      if (chunk === null) return;
      if (chunk.includes(INTERRUPT)) this.#end("SIGINT");
      this.#typed.push(chunk);
    }
  }

  #stopListening(): void {
    this.#terminal.stdin.off("readable", this.#keep);
    this.#terminal.stdout.off("resize", this.#draw);
    for (const signal of ENDING_SIGNALS) process.off(signal, this.#end);
  }
}

/**
 * Runs a command under an opening screen; whatever happens, the terminal is its owner's again afterwards.
 * Without one (undefined) where the screen is Ink's own or there is no terminal: the command says so.
 */
export async function withOpeningScreen<T>(
  heading: string,
  work: (screen: OpeningScreen | undefined) => Promise<T>,
): Promise<T> {
  preferLittleMemory();
  const screen = canOpen() ? new OpeningScreen(heading) : undefined;
  try {
    return await work(screen);
  } finally {
    await screen?.hide();
  }
}

/** Ink's own output, without the layer that writes changed cells only, is a way out for a terminal that it does not suit. */
export function wantsCellDifference(): boolean {
  return process.stdout.isTTY && (process.env.MAYDAY_PLAIN_OUTPUT ?? "") !== "1";
}

function canOpen(): boolean {
  return wantsCellDifference() && process.stdin.isTTY && process.env.TERM !== "dumb";
}
