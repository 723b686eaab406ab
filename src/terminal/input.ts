import { Readable } from "node:stream";
import type { Clock } from "../base/clock.ts";
import type { Pacing } from "./pacing.ts";
import { ReplyFilter } from "./replies.ts";

/** How long the beginning of an answer waits for its rest, machine ms, before it counts as typed (the escape key). */
const HOLD_MS = 50;

/** What is typed at `source`, without the terminal's answers. It is read while raw mode is on. */
export class TerminalInput extends Readable {
  readonly isTTY = true;
  isRaw = false;
  readonly #source: NodeJS.ReadStream;
  readonly #pacing: Pacing;
  readonly #clock: Clock;
  readonly #filter = new ReplyFilter();
  #reading = false;

  constructor(source: NodeJS.ReadStream, pacing: Pacing, clock: Clock) {
    super();
    this.#source = source;
    this.#pacing = pacing;
    this.#clock = clock;
  }

  override _read(): void {}

  /** Raw mode of the terminal. It ends only when the answers still due are in, or they would be echoed on the shell's screen. */
  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    this.#pacing.listen(raw);
    if (raw) this.#start();
    else if (this.#pacing.expecting) void this.settled();
    else this.#stop();
    return this;
  }

  /** Resolves when raw mode is what was asked for last. */
  async settled(): Promise<void> {
    await this.#pacing.settled();
    if (!this.isRaw) this.#stop();
  }

  ref(): this {
    this.#source.ref();
    return this;
  }

  unref(): this {
    if (!this.#reading) this.#source.unref();
    return this;
  }

  #start(): void {
    this.#source.setRawMode(true);
    if (this.#reading) return;
    this.#reading = true;
    this.#source.on("data", this.#take);
    this.#source.resume();
  }

  #stop(): void {
    if (!this.#reading) return;
    this.#reading = false;
    this.#source.off("data", this.#take);
    this.#source.pause();
    this.#source.setRawMode(false);
    this.#source.unref();
  }

  readonly #take = (chunk: Buffer | string): void => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    const { input, answers } = this.#filter.push(bytes.toString("latin1"), this.#pacing.expecting);
    this.#pass(input);
    for (let count = 0; count < answers; count++) this.#pacing.answer();
    if (this.#filter.holds) void this.#clock.sleep(HOLD_MS).then(() => this.#pass(this.#filter.release()));
  };

  #pass(input: string): void {
    if (input !== "" && this.isRaw) this.push(Buffer.from(input, "latin1"));
  }
}
