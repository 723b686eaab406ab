/** Bytes that it begins with: a page of FilterLogEvents is at most 1 MB, and its lines are a little longer. */
const FIRST_BYTES = 1_500_000;
/** A character of a JavaScript string takes at most this many bytes in UTF-8. */
const MOST_BYTES_A_CHARACTER = 3;

/** Lines as UTF-8 in one piece of memory that is used again for every page: a fresh megabyte for each would be waiting for the collector. */
export class LineBuffer {
  #memory = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  add(line: string): void {
    const most = this.#length + line.length * MOST_BYTES_A_CHARACTER;
    if (most > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(most, 2 * this.#memory.length));
      this.#memory.copy(larger, 0, 0, this.#length);
      this.#memory = larger;
    }
    this.#length += this.#memory.write(line, this.#length);
  }

  /** What was added since it was cleared. A view: it is good until the next change. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }
}

/** A few buffers that are shared: who has lines waits until one is free. */
export class LineBuffers {
  readonly #free: LineBuffer[];
  readonly #waiting: ((buffer: LineBuffer) => void)[] = [];

  constructor(count: number) {
    this.#free = Array.from({ length: count }, () => new LineBuffer());
  }

  /** An empty buffer; give it back. */
  async take(): Promise<LineBuffer> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  giveBack(buffer: LineBuffer): void {
    buffer.clear();
    const next = this.#waiting.shift();
    if (next) next(buffer);
    else this.#free.push(buffer);
  }
}
