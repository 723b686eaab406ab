interface Scheduled {
  atMs: number;
  order: number;
  action: () => void;
  cancelled: boolean;
}

export interface ScheduledEvent {
  cancel(): void;
}

/**
 * The discrete-event kernel: a virtual clock and a queue. Events run at their own virtual time, in order of time and then
 * of scheduling, however large the steps are in which the clock is moved; so speed and stepping never change what happens.
 */
export class Kernel {
  #nowMs: number;
  #order = 0;
  #heap: Scheduled[] = [];

  /** @param startMs virtual time at the start, ms since the Unix epoch. */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** Virtual time of the event that runs now, or of the last step, ms since the Unix epoch. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `action` at `atMs`, rounded to whole ms; a time that has passed means as soon as possible. */
  at(atMs: number, action: () => void): ScheduledEvent {
    const event: Scheduled = {
      atMs: Math.max(Math.round(atMs), this.#nowMs),
      order: this.#order++,
      action,
      cancelled: false,
    };
    this.#push(event);
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }

  /** Runs `action` after `delayMs` of virtual time. */
  after(delayMs: number, action: () => void): ScheduledEvent {
    return this.at(this.#nowMs + delayMs, action);
  }

  /** Runs `action` at `firstMs` and then every `periodMs`, for ever. */
  every(firstMs: number, periodMs: number, action: () => void): void {
    this.at(firstMs, () => {
      action();
      this.every(firstMs + periodMs, periodMs, action);
    });
  }

  /** Carries out everything due until `untilMs` and sets the clock there. An earlier time than now changes nothing. */
  runUntil(untilMs: number): void {
    for (let next = this.#heap[0]; next && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      if (!next.cancelled) next.action();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #before(a: Scheduled, b: Scheduled): boolean {
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #push(event: Scheduled): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && this.#before(heap[right]!, heap[left]!) ? right : left;
      if (!this.#before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}
