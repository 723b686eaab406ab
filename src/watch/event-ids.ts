const SECOND_MS = 1000;

/**
 * Ids of events, by the second of the event. An id is kept as a number of 53 bits: two of the up to ten thousand events of one second
 * share one with a probability of one in ten million seconds, and it takes a tenth of the memory.
 */
export class EventIds {
  readonly #bySecond = new Map<number, NumberSet>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Notes an event. @returns false when it was known. */
  add(atMs: number, eventId: string): boolean {
    const second = Math.floor(atMs / SECOND_MS);
    let ids = this.#bySecond.get(second);
    if (!ids) {
      ids = new NumberSet();
      this.#bySecond.set(second, ids);
    }
    if (!ids.add(hash53(eventId))) return false;
    this.#count += 1;
    return true;
  }

  /**
   * Lets go of the seconds that end at or before `keepFromMs`, and of the oldest ones while there are more than `limit` ids; never of
   * the newest second. @returns the time from which on ids are complete, ms.
   */
  prune(keepFromMs: number, limit: number): number {
    let completeFromMs = keepFromMs;
    const seconds = [...this.#bySecond.keys()].sort((a, b) => a - b);
    for (const second of seconds) {
      const endMs = (second + 1) * SECOND_MS;
      const unwanted = endMs <= keepFromMs;
      if (!unwanted && (this.#count <= limit || second === seconds.at(-1))) break;
      this.#count -= this.#bySecond.get(second)?.size ?? 0;
      this.#bySecond.delete(second);
      completeFromMs = Math.max(completeFromMs, endMs);
    }
    return completeFromMs;
  }
}

/** A set of numbers above 0: open addressing in one array, where a Set of so large numbers makes an object of each. */
class NumberSet {
  #slots = new Float64Array(64);
  size = 0;

  /** @returns false when it was there. */
  add(value: number): boolean {
    if (this.size * 3 >= this.#slots.length * 2) this.#grow();
    const at = this.#find(value);
    if (this.#slots[at] === value) return false;
    this.#slots[at] = value;
    this.size += 1;
    return true;
  }

  /** The slot that holds the value, or the free one where it belongs. */
  #find(value: number): number {
    const mask = this.#slots.length - 1;
    let at = value % this.#slots.length;
    while (this.#slots[at] !== 0 && this.#slots[at] !== value) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(before.length * 2);
    for (const value of before) if (value !== 0) this.#slots[this.#find(value)] = value;
  }
}

/** 53 bits of a text: two multiplicative hashes side by side. */
function hash53(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b);
    low ^= low >>> 13;
  }
  return (high >>> 11) * 4294967296 + (low >>> 0) || 1;
}
