import { Writable } from "node:stream";
import { difference } from "./difference.ts";
import { blankGrid, type Grid, readFrame } from "./grid.ts";
import type { Pacing } from "./pacing.ts";
import { QUESTION } from "./replies.ts";
import { StyleTable } from "./sgr.ts";

const BEGIN_UPDATE = "\u001b[?2026h";
const END_UPDATE = "\u001b[?2026l";
const ENTER_ALTERNATE = "\u001b[?1049h";
const LEAVE_ALTERNATE = "\u001b[?1049l";

/**
 * Changes of at most this length are drawn as one anyway: they arrive in one piece. Marking them as an update would double what a clock
 * costs.
 */
const ATOMIC_LENGTH = 100;

/** How Ink takes the last frame away before the next one: lines erased upwards, or the whole screen from its corner. */
const ERASURE = /^(?:\u001b\[(?:\d*[ABG]|2K|1;1H|0?J))+/;

/**
 * Takes Ink's whole frames and writes what changed. Frames exist on the alternate screen only; everything else (modes, cursor,
 * OSC 52) goes through as it is, at once.
 */
export class TerminalOutput extends Writable {
  readonly isTTY = true;
  readonly #target: NodeJS.WriteStream;
  readonly #pacing: () => Pacing;
  readonly #table = new StyleTable();
  readonly #onResize = () => {
    this.#shown = undefined;
    this.emit("resize");
  };
  /** What the terminal shows; undefined when that is not known. */
  #shown: Grid | undefined;
  #pending: string | undefined;
  #alternate: boolean;

  /** @param alternate the target is on its alternate screen already. */
  constructor(target: NodeJS.WriteStream, pacing: () => Pacing, alternate: boolean) {
    super({ decodeStrings: false });
    this.#target = target;
    this.#pacing = pacing;
    this.#alternate = alternate;
    target.on("resize", this.#onResize);
  }

  get columns(): number {
    return this.#target.columns;
  }

  get rows(): number {
    return this.#target.rows;
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const text = typeof chunk === "string" ? chunk : chunk.toString();
    // Ink waits with an empty write until all before it is out.
    if (text === "" && this.#target.writable) this.#target.write("", done);
    else {
      if (text !== "") this.#take(text);
      done();
    }
  }

  /** Sends the newest frame that waits, if it may be sent now. */
  flush(): void {
    if (this.#pending === undefined || !this.#pacing().open) return;
    const size = { columns: this.columns, rows: this.rows };
    const known =
      this.#shown?.columns === size.columns && this.#shown.rows.length === size.rows ? this.#shown : undefined;
    const next = readFrame(this.#pending, size, this.#table, known);
    this.#pending = undefined;
    this.#shown = next;
    const changes = difference(known ?? blankGrid(size, this.#table), next, this.#table);
    const sequence = known ? changes : `\u001b[m\u001b[H\u001b[J${changes}`;
    if (sequence === "") return;
    const { asking } = this.#pacing();
    const update = sequence.length > ATOMIC_LENGTH ? `${BEGIN_UPDATE}${sequence}${END_UPDATE}` : sequence;
    this.#send(`${update}${asking ? QUESTION : ""}`);
    if (asking) this.#pacing().asked();
  }

  #take(text: string): void {
    if (text === ENTER_ALTERNATE && this.#alternate) {
      // Entered once more it would be cleared, and what it shows already had to be sent again.
      this.#pacing().resume();
      return;
    }
    if (text.includes(ENTER_ALTERNATE) || text.includes(LEAVE_ALTERNATE)) {
      this.#alternate = text.lastIndexOf(ENTER_ALTERNATE) > text.lastIndexOf(LEAVE_ALTERNATE);
      this.#shown = undefined;
      this.#pending = undefined;
      if (this.#alternate) this.#pacing().resume();
      this.#send(text);
      return;
    }
    if (this.#alternate) this.#draw(text);
    else this.#send(text);
  }

  #draw(text: string): void {
    if (text === BEGIN_UPDATE || text === END_UPDATE) return;
    const erasure = ERASURE.exec(text)?.[0] ?? "";
    const frame = text.slice(erasure.length);
    if (frame === "") this.#pending = undefined;
    else if (erasure !== "" || (frame.includes("\n") && !/^\u001b[\]P]/.test(frame))) {
      this.#pending = frame;
      this.flush();
    } else this.#send(text);
  }

  #send(text: string): void {
    if (this.#target.writable) this.#target.write(text);
  }
}
