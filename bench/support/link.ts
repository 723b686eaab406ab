/** A connection between a program and the terminal that shows it. */
export interface LinkSpeed {
  bytesPerSecond: number;
  /** There and back, machine ms. */
  roundTripMs: number;
}

/** What an SSH connection takes before it stops reading: its window (2 MB, OpenSSH's default of a session channel). */
const WINDOW_BYTES = 2 * 1024 * 1024;
const STEP_MS = 5;

/**
 * A slow link: bytes come out at the link's rate, half a round trip late; while more than a window waits, the program's output is not
 * read (`pause`).
 */
export class Link {
  readonly #speed: LinkSpeed;
  readonly #deliver: (bytes: Buffer) => void;
  readonly #flow: { pause(): void; resume(): void };
  readonly #timer: NodeJS.Timeout;
  #queue: Buffer[] = [];
  #queued = 0;
  #credit = 0;
  #lastMs = performance.now();
  #paused = false;

  constructor(speed: LinkSpeed, deliver: (bytes: Buffer) => void, flow: { pause(): void; resume(): void }) {
    this.#speed = speed;
    this.#deliver = deliver;
    this.#flow = flow;
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  /** The program wrote. */
  down(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (this.#queued > WINDOW_BYTES && !this.#paused) {
      this.#paused = true;
      this.#flow.pause();
    }
  }

  /** The terminal sends a key or an answer: it arrives half a round trip later. */
  up(send: () => void): void {
    setTimeout(send, this.#speed.roundTripMs / 2);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #step(): void {
    const nowMs = performance.now();
    const perMs = this.#speed.bytesPerSecond / 1000;
    // A link that was idle does not save up: at most one step of a slow timer.
    this.#credit = this.#queue.length === 0 ? 0 : Math.min(this.#credit + perMs * (nowMs - this.#lastMs), perMs * 50);
    this.#lastMs = nowMs;
    while (this.#queue.length > 0 && this.#credit >= 1) {
      const [first] = this.#queue;
      if (!first) break;
      const size = Math.min(first.length, Math.floor(this.#credit));
      const part = first.subarray(0, size);
      if (size === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(size);
      this.#credit -= size;
      this.#queued -= size;
      setTimeout(() => this.#deliver(part), this.#speed.roundTripMs / 2);
    }
    if (this.#paused && this.#queued < WINDOW_BYTES / 2) {
      this.#paused = false;
      this.#flow.resume();
    }
  }
}
